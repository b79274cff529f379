export {
  DIALECTS,
  type Dialect,
  type DialectName,
  dialectFromText,
  findDialect,
  MQTT_3_1,
  MQTT_3_1_1,
  MQTT_5_0,
} from './dialects.ts';
export { type Fault, MqttError } from './fault.ts';
export {
  KEEP_ALIVE_GRACE_FACTOR,
  PACKET_BYTES_MAX,
  PACKET_ID_MAX,
  RECEIVE_MAXIMUM_DEFAULT,
  SESSION_EXPIRY_NEVER_SECONDS,
  STRING_BYTES_MAX,
  VARIABLE_BYTE_INTEGER_MAX,
} from './limits.ts';
export {
  PACKET_TYPES,
  type PacketTypeFact,
  type PacketTypeName,
  packetType,
  type Side,
} from './packet-types.ts';
export {
  type AnyProperties,
  NO_PROPERTIES,
  PROPERTIES,
  PROPERTY_BY_ID,
  PROPERTY_BY_NAME,
  type PropertiesOf,
  type PropertyFact,
  type PropertyName,
  type PropertyPlace,
  type PropertyType,
} from './properties.ts';
export { REASON_CODES, type ReasonCodeFact, reasonCodeFact } from './reason-code-facts.ts';
export { RETURN_CODES, Reason, type ReasonCode, reasonCodeAllowed } from './reason-codes.ts';
export { reasonTitle } from './reason-titles.ts';
