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
}

const CLIENT: readonly Side[] = ['client'];
const SERVER: readonly Side[] = ['server'];
const BOTH: readonly Side[] = ['client', 'server'];

/** In the order of their codes, from 1. */
const TABLE: readonly (readonly [
  name: PacketTypeName,
  senders: readonly Side[],
  flags: number | undefined,
])[] = [
  ['connect', CLIENT, 0],
  ['connack', SERVER, 0],
  ['publish', BOTH, undefined],
  ['puback', BOTH, 0],
  ['pubrec', BOTH, 0],
  ['pubrel', BOTH, 2],
  ['pubcomp', BOTH, 0],
  ['subscribe', CLIENT, 2],
  ['suback', SERVER, 0],
  ['unsubscribe', CLIENT, 2],
  ['unsuback', SERVER, 0],
  ['pingreq', CLIENT, 0],
  ['pingresp', SERVER, 0],
  ['disconnect', BOTH, 0],
  ['auth', BOTH, 0],
];

/** Indexed by the type code, the upper four bits of the first byte; 0 is forbidden. [5:2.1.2] [3.1.1:2.2.1] */
export const PACKET_TYPES: readonly (PacketTypeFact | undefined)[] = [
  undefined,
  ...TABLE.map(([name, senders, flags], index) => ({
    code: index + 1,
    name,
    title: name.toUpperCase(),
    flags,
    senders,
  })),
];

/** The fact of a packet type by its name. */
export function packetType(name: PacketTypeName): PacketTypeFact {
  return PACKET_TYPES.find((t) => t?.name === name) as PacketTypeFact;
}
