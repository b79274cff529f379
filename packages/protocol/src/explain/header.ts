// The fixed header, and fields that many packets share. [5:2.1] [3.1.1:2.2]

import { PACKET_TYPES, type PacketTypeFact, type PacketTypeName } from '../spec/packet-types.ts';
import { reasonTitle } from '../spec/reason-titles.ts';
import { PACKET_MEANINGS } from './packet-meanings.ts';
import { counted } from './shown.ts';
import type { BitFact, Walker } from './walker.ts';

const TYPE_CLAUSE = '[5:2.1.2] [3.1.1:2.2.1]';
const FLAGS_CLAUSE = '[5:2.1.3] [3.1.1:2.2.2]';
const REMAINING_LENGTH_CLAUSE = '[5:2.1.4] [3.1.1:2.2.3]';

const QOS = ['at most once delivery', 'at least once delivery', 'exactly once delivery'] as const;

export function qosMeaning(qos: number): string {
  return QOS[qos] ?? 'there is no QoS 3';
}

const TYPE: BitFact = {
  name: 'MQTT Control Packet type',
  clause: TYPE_CLAUSE,
  mask: 0xf0,
  shift: 4,
  tell: (code) => {
    const fact = PACKET_TYPES[code];
    return fact === undefined ? 'forbidden' : `${fact.title}: ${PACKET_MEANINGS[fact.name]}`;
  },
};

const PUBLISH_FLAGS: readonly BitFact[] = [
  {
    name: 'DUP',
    clause: '[5:3.3.1.1] [3.1.1:3.3.1.1]',
    mask: 0x08,
    shift: 3,
    tell: (dup) => (dup === 0 ? 'sent for the first time' : 'may have been sent before'),
  },
  { name: 'QoS', clause: '[5:3.3.1.2] [3.1.1:3.3.1.2]', mask: 0x06, shift: 1, tell: qosMeaning },
  {
    name: 'RETAIN',
    clause: '[5:3.3.1.3] [3.1.1:3.3.1.3]',
    mask: 0x01,
    shift: 0,
    tell: (retain) =>
      retain === 0
        ? 'not to be retained, or sent as it was published'
        : 'to be retained, or sent because it was retained',
  },
];

/** What the four flag bits of each type are. */
function flagsOf(fact: PacketTypeFact | undefined): readonly BitFact[] {
  if (fact !== undefined && fact.flags === undefined) return PUBLISH_FLAGS;
  const must = fact?.flags;
  return [
    {
      name: 'Flags',
      clause: FLAGS_CLAUSE,
      mask: 0x0f,
      shift: 0,
      show: binaryNibble,
      tell: (flags) => flagsMeaning(flags, must),
    },
  ];
}

function binaryNibble(flags: number): string {
  return flags.toString(2).padStart(4, '0');
}

function flagsMeaning(flags: number, must: number | undefined): string {
  if (must === undefined) return 'of a packet type that does not exist';
  return flags === must ? 'reserved, as they must be' : `reserved, must be ${binaryNibble(must)}`;
}

export function walkHeader(walker: Walker): void {
  walker.open('Fixed Header', '[5:2.1.1] [3.1.1:2.2]');
  const fact = PACKET_TYPES[(walker.peek() ?? 0) >> 4];
  walker.flags(
    'Packet Type and Flags',
    TYPE_CLAUSE,
    [TYPE, ...flagsOf(fact)],
    () => fact?.title ?? 'forbidden',
  );
  walker.variable('Remaining Length', REMAINING_LENGTH_CLAUSE, (length) => {
    const size = walker.at + length;
    return `${counted(length, 'byte')} follow${length === 1 ? 's' : ''}, the packet has ${size}`;
  });
  walker.close();
}

export function walkPacketId(walker: Walker): void {
  walker.uint16('Packet Identifier', '[5:2.2.1] [3.1.1:2.3.1]', (id) =>
    id === 0 ? '0 is not a packet identifier' : '',
  );
}

/** A reason code of 5.0, by its title in this packet. */
export function walkReasonCode(walker: Walker, name: string, packet: PacketTypeName, clause: string): void {
  walker.code(name, clause, (code) => reasonTitle(code, packet));
}
