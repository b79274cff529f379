// What a message of a benchmark says of itself: who published it, its number, when, and whether it is the last one. Owns the
// layout of these bytes; reads no clock.

/**
 * | offset | bytes | |
 * | 0 | 4 | `ANX1` |
 * | 4 | 4 | run: a number by chance, the same for all publishers of one process |
 * | 8 | 4 | publisher within the run, from 0 |
 * | 12 | 8 | flags (highest byte: 1 for the last message of this publisher), then its number, from 0 |
 * | 20 | 8 | microseconds since 1970 |
 * All of them unsigned, the highest byte first. Behind them letters up to the size that is wanted.
 */
export interface Stamp {
  readonly run: number;
  readonly publisher: number;
  readonly sequence: number;
  readonly sentAtUs: number;
  readonly last: boolean;
}

export const STAMP_BYTES = 28;

const MAGIC = 0x41_4e_58_31;
const LAST = 0x01_00_00_00;
const HIGH = 2 ** 32;

/** A payload to copy: letters, with room for a stamp. @param bytes at least `STAMP_BYTES`. */
export function templateOf(bytes: number): Uint8Array {
  const template = new Uint8Array(bytes);
  for (let i = STAMP_BYTES; i < bytes; i++) template[i] = 0x61 + ((i - STAMP_BYTES) % 26);
  return template;
}

export function stamped(template: Uint8Array, stamp: Stamp): Uint8Array {
  const payload = template.slice();
  const view = new DataView(payload.buffer, payload.byteOffset, STAMP_BYTES);
  view.setUint32(0, MAGIC);
  view.setUint32(4, stamp.run);
  view.setUint32(8, stamp.publisher);
  view.setUint32(12, (stamp.last ? LAST : 0) + Math.floor(stamp.sequence / HIGH));
  view.setUint32(16, stamp.sequence % HIGH);
  view.setUint32(20, Math.floor(stamp.sentAtUs / HIGH));
  view.setUint32(24, Math.floor(stamp.sentAtUs) % HIGH);
  return payload;
}

/** Undefined where it is no message of a benchmark. */
export function stampOf(payload: Uint8Array): Stamp | undefined {
  if (payload.length < STAMP_BYTES) return undefined;
  const view = new DataView(payload.buffer, payload.byteOffset, STAMP_BYTES);
  if (view.getUint32(0) !== MAGIC) return undefined;
  const high = view.getUint32(12);
  return {
    run: view.getUint32(4),
    publisher: view.getUint32(8),
    sequence: (high % LAST) * HIGH + view.getUint32(16),
    sentAtUs: view.getUint32(20) * HIGH + view.getUint32(24),
    last: high >= LAST,
  };
}
