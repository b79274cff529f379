// Where packets end in a stream, by Remaining Length alone: what is wrong inside a packet does not matter here.
// Owns the bytes of a packet that has not arrived whole.

import { joined } from './bytes.ts';

export class Frames {
  #kept: Uint8Array = new Uint8Array(0);

  /** The packets that are whole now. A Remaining Length of more than four bytes ends it: the rest is one piece. */
  push(chunk: Uint8Array): readonly Uint8Array[] {
    let bytes = joined(this.#kept, chunk);
    const frames: Uint8Array[] = [];
    for (let size = sizeOf(bytes); size !== undefined && size <= bytes.length; size = sizeOf(bytes)) {
      frames.push(bytes.slice(0, size));
      bytes = bytes.subarray(size);
    }
    this.#kept = bytes;
    return frames;
  }

  /** What has arrived of a packet that is not whole. */
  get rest(): Uint8Array {
    return this.#kept;
  }
}

function sizeOf(bytes: Uint8Array): number | undefined {
  let remaining = 0;
  for (let k = 1; k <= 4; k++) {
    const byte = bytes[k];
    if (byte === undefined) return undefined;
    remaining += (byte & 0x7f) * 2 ** (7 * (k - 1));
    if (byte < 0x80) return 1 + k + remaining;
  }
  return bytes.length;
}
