// An explained packet as a JSON value for programs: the same tree, with the bytes of every range in hex.

import { type Annotation, type ExplainedPacket, type Fault, reasonTitle } from '@anax/protocol';
import { hexOf } from './hex.ts';
import { printableJson } from './printable.ts';

/** One line of JSON, safe to print on a terminal. */
export function packetJson(packet: ExplainedPacket): string {
  const { offset, goodIn } = packet;
  return printableJson({
    offset,
    ...packetFacts(packet),
    goodIn: goodIn.length === 0 ? undefined : goodIn,
    fields: fieldsJson(packet),
  });
}

/** What there is to say without its fields. */
export function packetFacts(packet: ExplainedPacket): Readonly<Record<string, unknown>> {
  const { state, bytes, announcedBytes, type, dialect, sender, summary, fault } = packet;
  return {
    state,
    length: bytes.length,
    announcedBytes,
    type,
    mqttVersion: dialect.name,
    sender,
    summary,
    fault: fault === undefined ? undefined : faultJson(fault),
    hex: hexOf(bytes),
  };
}

/** Its fields, as a tree. */
export function fieldsJson({ tree, bytes }: ExplainedPacket): unknown {
  return tree.children.map((child) => annotationJson(child, bytes));
}

function faultJson(fault: Fault): unknown {
  const { reasonCode, message, clause, offset } = fault;
  return { reasonCode, reason: reasonTitle(reasonCode), message, clause, offset };
}

/** Only as deep as `explain` builds its trees, which no peer has a say in. */
function annotationJson(node: Annotation, bytes: Uint8Array): unknown {
  const { kind, offset, length, name, value, raw, meaning, clause, bits, children } = node;
  return {
    kind,
    offset,
    length,
    hex: kind === 'field' || kind === 'unread' ? hexOf(bytes.subarray(offset, offset + length)) : undefined,
    bits,
    name,
    value: value === '' ? undefined : value,
    raw: raw instanceof Uint8Array ? undefined : raw,
    meaning: meaning === '' ? undefined : meaning,
    clause: clause === '' ? undefined : clause,
    children: children.length === 0 ? undefined : children.map((child) => annotationJson(child, bytes)),
  };
}
