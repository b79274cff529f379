// The shape of what `explain` gives: a packet as a tree of annotated byte ranges. Owns shapes and how to go through
// them; reads no byte.

import type { Packet } from '../codec/packets.ts';
import type { Dialect, DialectName } from '../spec/dialects.ts';
import type { Fault } from '../spec/fault.ts';
import type { PacketTypeName, Side } from '../spec/packet-types.ts';

/**
 * `group`: only holds others. `field`: bytes that were read. `bits`: some bits of the byte above it. `absent`: nothing on
 * the wire, which also means something. `unread`: bytes behind a fault, or of a field that has not arrived whole.
 */
export type AnnotationKind = 'group' | 'field' | 'bits' | 'absent' | 'unread';

export type RawValue = number | string | Uint8Array | undefined;

export interface Annotation {
  readonly kind: AnnotationKind;
  /** Bytes from the start of the packet. */
  readonly offset: number;
  /** Bytes; 0 for an empty string and for what is absent. */
  readonly length: number;
  /** The standard's words. */
  readonly name: string;
  /** For people: quoted, escaped, and shortened where it is long; `raw` is whole. */
  readonly value: string;
  readonly raw: RawValue;
  /** What it says, in words; empty where name and value say it all. */
  readonly meaning: string;
  /** Tags of this packet's dialect, like `[5:3.1.2.10]`; 3.1 is told by the sections of 3.1.1. */
  readonly clause: string;
  /** Where in the byte at `offset` the value is: `(byte & mask) >> shift`. Of kind `bits` only. */
  readonly bits: BitRange | undefined;
  readonly children: readonly Annotation[];
}

export interface BitRange {
  readonly mask: number;
  readonly shift: number;
}

export type ExplainedState = 'good' | 'malformed' | 'incomplete';

export interface ExplainedPacket {
  readonly state: ExplainedState;
  /** Where the packet begins in the bytes given; offsets within the packet count from here. */
  readonly offset: number;
  /** Its bytes: a view of those given. The leaves of `tree` cover each exactly once. */
  readonly bytes: Uint8Array;
  /** Bytes it has by its header; undefined while, or because, that cannot be read. */
  readonly announcedBytes: number | undefined;
  /** Undefined for type 0, and where nothing has arrived. */
  readonly type: PacketTypeName | undefined;
  /** The dialect it was read in. */
  readonly dialect: Dialect;
  /** Who may have sent it: as told, else as found; undefined where either side may have. */
  readonly sender: Side | undefined;
  /** One line. Text that the peer chose is quoted and escaped. */
  readonly summary: string;
  readonly tree: Annotation;
  /** What the decoder gave, if the packet is good. */
  readonly packet: Packet | undefined;
  /** Why the decoder refused, if it is malformed. */
  readonly fault: Fault | undefined;
  /** For a malformed packet whose dialect nobody told: the dialects that it would be good in. */
  readonly goodIn: readonly DialectName[];
}

/** The annotations that cover bytes, in order: fields, with or without bits below them, and what was not read. */
export function leavesOf(tree: Annotation): readonly Annotation[] {
  const leaves: Annotation[] = [];
  // The tree is as deep as this room builds it and never as deep as a peer wishes; a stack does all the same.
  const open: Annotation[] = [tree];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (node.kind === 'field' || node.kind === 'unread') leaves.push(node);
    else for (let i = node.children.length - 1; i >= 0; i--) open.push(node.children[i] as Annotation);
  }
  return leaves;
}
