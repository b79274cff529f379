// What each packet type is for, in the standard's words. Facts as a table. [5:2.1.2]

import type { PacketTypeName } from '../spec/packet-types.ts';

export const PACKET_MEANINGS: Readonly<Record<PacketTypeName, string>> = {
  connect: 'Connection request',
  connack: 'Connect acknowledgment',
  publish: 'Publish message',
  puback: 'Publish acknowledgment (QoS 1)',
  pubrec: 'Publish received (QoS 2, part 1)',
  pubrel: 'Publish release (QoS 2, part 2)',
  pubcomp: 'Publish complete (QoS 2, part 3)',
  subscribe: 'Subscribe request',
  suback: 'Subscribe acknowledgment',
  unsubscribe: 'Unsubscribe request',
  unsuback: 'Unsubscribe acknowledgment',
  pingreq: 'PING request',
  pingresp: 'PING response',
  disconnect: 'Disconnect notification',
  auth: 'Authentication exchange',
};
