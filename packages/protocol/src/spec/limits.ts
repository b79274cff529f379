// The numbers the standards fix. Owns no setting: what a server or client chooses lives with the server or client.

/** The largest Variable Byte Integer, and so the largest Remaining Length. [5:1.5.5] [3.1.1:2.2.3] */
export const VARIABLE_BYTE_INTEGER_MAX = 268_435_455;
/** The largest packet: first byte, four bytes of Remaining Length, the rest. [5:2.1.4] */
export const PACKET_BYTES_MAX = VARIABLE_BYTE_INTEGER_MAX + 5;
/** UTF-8 strings and binary data have a two-byte length. [5:1.5.4] [5:1.5.6] */
export const STRING_BYTES_MAX = 65_535;
/** Packet identifiers are 1 to 65,535. [5:MQTT-2.2.1-3] */
export const PACKET_ID_MAX = 65_535;
/** Receive Maximum where none is given. [5:3.1.2.11.3] [5:3.2.2.3.3] */
export const RECEIVE_MAXIMUM_DEFAULT = 65_535;
/** A Session Expiry Interval that never ends, in seconds. [5:3.1.2.11.2] */
export const SESSION_EXPIRY_NEVER_SECONDS = 0xffff_ffff;
/** The server waits this many times Keep Alive. [5:MQTT-3.1.2-22] [3.1.1:MQTT-3.1.2-24] */
export const KEEP_ALIVE_GRACE_FACTOR = 1.5;
