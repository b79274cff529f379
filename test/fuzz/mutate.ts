// Bytes made of bytes: what lines, proxies and bad programs do to packets.

import type { Random } from './random.ts';

type Mutation = (bytes: Uint8Array, random: Random, other: Uint8Array) => Uint8Array;

const TELLING = [0x00, 0x01, 0x02, 0x0b, 0x23, 0x26, 0x7f, 0x80, 0xff];

const MUTATIONS: readonly Mutation[] = [
  // Bits turn over.
  (bytes, random) =>
    changed(bytes, (copy) => {
      for (let n = 1 + random.below(4); n > 0; n--) {
        const at = random.below(copy.length);
        copy[at] = (copy[at] ?? 0) ^ (1 << random.below(8));
      }
    }),
  // A byte becomes one that often means something.
  (bytes, random) =>
    changed(bytes, (copy) => {
      copy[random.below(copy.length)] = random.pick(TELLING);
    }),
  // The first byte: type and flags.
  (bytes, random) =>
    changed(bytes, (copy) => {
      copy[0] = random.below(256);
    }),
  // Remaining Length: one off, none, or of more bytes.
  (bytes, random) => {
    const size = bytes[1] ?? 0;
    const lengths = [
      [size + 1],
      [size - 1],
      [0],
      [size | 0x80, 0],
      [0xff, 0xff, 0xff, 0x7f],
      [0x80, 0x80, 0x80, 0x80],
    ];
    return joined(bytes.subarray(0, 1), Uint8Array.from(random.pick(lengths)), bytes.subarray(2));
  },
  // Any length inside: two bytes one off.
  (bytes, random) =>
    changed(bytes, (copy) => {
      const at = random.below(copy.length);
      copy[at] = (copy[at] ?? 0) + (random.chance(0.5) ? 1 : -1);
    }),
  // The end is missing.
  (bytes, random) => bytes.slice(0, random.below(bytes.length)),
  // A piece is missing.
  (bytes, random) => {
    const [from, to] = piece(bytes, random);
    return joined(bytes.subarray(0, from), bytes.subarray(to));
  },
  // A piece comes twice.
  (bytes, random) => {
    const [from, to] = piece(bytes, random);
    return joined(bytes.subarray(0, to), bytes.subarray(from));
  },
  // The beginning of one and the end of another.
  (bytes, random, other) =>
    joined(bytes.subarray(0, random.below(bytes.length + 1)), other.subarray(random.below(other.length + 1))),
  // Bytes from nowhere in the middle.
  (bytes, random) => {
    const at = random.below(bytes.length + 1);
    return joined(bytes.subarray(0, at), random.bytes(1 + random.below(8)), bytes.subarray(at));
  },
];

/** One or two mutations, or three. @param other what may be spliced in */
export function mutated(bytes: Uint8Array, random: Random, other: Uint8Array): Uint8Array {
  let made = bytes;
  for (let n = 1 + random.below(3); n > 0; n--) {
    if (made.length > 0) made = random.pick(MUTATIONS)(made, random, other);
  }
  return made;
}

function changed(bytes: Uint8Array, change: (copy: Uint8Array) => void): Uint8Array {
  const copy = bytes.slice();
  change(copy);
  return copy;
}

function piece(bytes: Uint8Array, random: Random): readonly [number, number] {
  const from = random.below(bytes.length);
  return [from, from + 1 + random.below(Math.min(16, bytes.length - from))];
}

export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** The same bytes in chunks: whole as a rule, cut at some places, or byte by byte where they are few. */
export function split(bytes: Uint8Array, random: Random): readonly Uint8Array[] {
  if (bytes.length < 2 || random.chance(0.8)) return [bytes];
  if (bytes.length <= 12 && random.chance(0.2)) return Array.from(bytes, (byte) => Uint8Array.of(byte));
  const cut = 1 + random.below(bytes.length - 1);
  return [bytes.subarray(0, cut), bytes.subarray(cut)];
}
