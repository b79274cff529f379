// Whole packets as bytes for whoever wants to see them: cuts a stream at the packets' own lengths, checks nothing.

/** Every packet in the order it passed; `at` is in ms since 1970. The bytes are the listener's to keep. */
export interface Trace {
  sent(bytes: Uint8Array, at: number): void;
  /** What came after the last whole packet is told when the connection ends. */
  received(bytes: Uint8Array, at: number): void;
}

export class PacketSplitter {
  #rest = new Uint8Array(0);

  /** The packets that are complete with this chunk. */
  push(chunk: Uint8Array): readonly Uint8Array[] {
    const bytes = new Uint8Array(this.#rest.length + chunk.length);
    bytes.set(this.#rest);
    bytes.set(chunk, this.#rest.length);
    const packets: Uint8Array[] = [];
    let at = 0;
    for (
      let size = packetSize(bytes, at);
      size > 0 && at + size <= bytes.length;
      size = packetSize(bytes, at)
    ) {
      packets.push(bytes.slice(at, at + size));
      at += size;
    }
    this.#rest = bytes.slice(at);
    return packets;
  }

  /** What has come of a packet that is not complete. */
  rest(): Uint8Array {
    return this.#rest;
  }
}

/** With its header; 0 where it cannot be known (yet). */
function packetSize(bytes: Uint8Array, at: number): number {
  let remaining = 0;
  for (let k = 1; k <= 4; k++) {
    const byte = bytes[at + k];
    if (byte === undefined) return 0;
    remaining += (byte & 0x7f) * 128 ** (k - 1);
    if (byte < 0x80) return 1 + k + remaining;
  }
  return 0;
}
