// Reason String and User Properties of an answer only explain: they are left out where with them the packet would be
// larger than the receiver takes.
// [5:MQTT-3.4.2-2] [5:MQTT-3.4.2-3] [5:MQTT-3.5.2-2] [5:MQTT-3.5.2-3] [5:MQTT-3.6.2-2] [5:MQTT-3.6.2-3]
// [5:MQTT-3.7.2-2] [5:MQTT-3.7.2-3] [5:MQTT-3.9.2-1] [5:MQTT-3.9.2-2] [5:MQTT-3.11.2-1] [5:MQTT-3.11.2-2]
// [5:MQTT-3.14.2-3] [5:MQTT-3.14.2-4] [5:MQTT-3.15.2-2] [5:MQTT-3.15.2-3]

import type { AnyProperties } from '../spec/properties.ts';

interface Explained {
  readonly properties: AnyProperties;
}

/** First without User Properties, then without Reason String, too; undefined where nothing is left to leave out. */
function without<T extends Explained>(packet: T): T | undefined {
  const { userProperties, ...rest } = packet.properties;
  if (userProperties !== undefined) return { ...packet, properties: rest };
  const { reasonString, ...least } = rest;
  if (reasonString !== undefined) return { ...packet, properties: least };
  return undefined;
}

export const explanatory = { without } as const;
