// The dialect of a file that speaks one: in place of `spec/dialects.ts` of the protocol, whose answers are folded.

export const MQTT_5_0 = { name: '5.0' };
/** Of who refuses. */
export const MQTT_3_1_1 = { name: '3.1.1' };
export const DIALECTS = [MQTT_5_0];
