// The packet types as a table: code, fixed flags, who sends them. Owns facts only.

export type PacketTypeName =
  | 'connect'
  | 'connack'
  | 'publish'
  | 'puback'
  | 'pubrec'
  | 'pubrel'
  | 'pubcomp'
  | 'subscribe'
  | 'suback'
  | 'unsubscribe'
  | 'unsuback'
  | 'pingreq'
  | 'pingresp'
  | 'disconnect'
  | 'auth';

/** One end of a connection. */
export type Side = 'client' | 'server';

export interface PacketTypeFact {
  readonly code: number;
  readonly name: PacketTypeName;
  /** The word the standard writes. */
  readonly title: string;
  /** The fixed value of the four flag bits; undefined for PUBLISH, whose flags mean something. [5:2.1.3] */
  readonly flags: number | undefined;
  /** Who may send it; DISCONNECT from a server and AUTH exist in 5.0 only. */
  readonly senders: readonly Side[];
  /** One sentence. */
  readonly text: string;
}

const CLIENT: readonly Side[] = ['client'];
const SERVER: readonly Side[] = ['server'];
const BOTH: readonly Side[] = ['client', 'server'];

/** Indexed by the type code, the upper four bits of the first byte; 0 is forbidden. [5:2.1.2] [3.1.1:2.2.1] */
export const PACKET_TYPES: readonly (PacketTypeFact | undefined)[] = [
  undefined,
  { code: 1, name: 'connect', title: 'CONNECT', flags: 0, senders: CLIENT, text: 'Connection request' },
  { code: 2, name: 'connack', title: 'CONNACK', flags: 0, senders: SERVER, text: 'Connect acknowledgment' },
  { code: 3, name: 'publish', title: 'PUBLISH', flags: undefined, senders: BOTH, text: 'Publish message' },
  {
    code: 4,
    name: 'puback',
    title: 'PUBACK',
    flags: 0,
    senders: BOTH,
    text: 'Publish acknowledgment (QoS 1)',
  },
  {
    code: 5,
    name: 'pubrec',
    title: 'PUBREC',
    flags: 0,
    senders: BOTH,
    text: 'Publish received (QoS 2, part 1)',
  },
  {
    code: 6,
    name: 'pubrel',
    title: 'PUBREL',
    flags: 2,
    senders: BOTH,
    text: 'Publish release (QoS 2, part 2)',
  },
  {
    code: 7,
    name: 'pubcomp',
    title: 'PUBCOMP',
    flags: 0,
    senders: BOTH,
    text: 'Publish complete (QoS 2, part 3)',
  },
  { code: 8, name: 'subscribe', title: 'SUBSCRIBE', flags: 2, senders: CLIENT, text: 'Subscribe request' },
  { code: 9, name: 'suback', title: 'SUBACK', flags: 0, senders: SERVER, text: 'Subscribe acknowledgment' },
  {
    code: 10,
    name: 'unsubscribe',
    title: 'UNSUBSCRIBE',
    flags: 2,
    senders: CLIENT,
    text: 'Unsubscribe request',
  },
  {
    code: 11,
    name: 'unsuback',
    title: 'UNSUBACK',
    flags: 0,
    senders: SERVER,
    text: 'Unsubscribe acknowledgment',
  },
  { code: 12, name: 'pingreq', title: 'PINGREQ', flags: 0, senders: CLIENT, text: 'PING request' },
  { code: 13, name: 'pingresp', title: 'PINGRESP', flags: 0, senders: SERVER, text: 'PING response' },
  {
    code: 14,
    name: 'disconnect',
    title: 'DISCONNECT',
    flags: 0,
    senders: BOTH,
    text: 'Disconnect notification',
  },
  { code: 15, name: 'auth', title: 'AUTH', flags: 0, senders: BOTH, text: 'Authentication exchange' },
];

/** The fact of a packet type by its name. */
export function packetType(name: PacketTypeName): PacketTypeFact {
  return PACKET_TYPES.find((t) => t?.name === name) as PacketTypeFact;
}
