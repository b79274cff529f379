// Whole packets as bytes for whoever wants to see them: cuts a stream at the packets' own lengths, checks nothing.

/** Every packet in the order it passed; `at` is in ms since 1970. The bytes are the listener's to keep. */
export interface Trace {
  sent(bytes: Uint8Array, at: number): void;
  /** What came after the last whole packet is told when the connection ends. */
  received(bytes: Uint8Array, at: number): void;
}

export class PacketSplitter {
  /** What has come of a packet that is not complete; joined once enough is there. */
  #parts: Uint8Array[] = [];
  #length = 0;
  /** Bytes that the packet needs; 0 where that cannot be known yet. */
  #needed = 0;

  /** The packets that are complete with this chunk. */
  push(chunk: Uint8Array): readonly Uint8Array[] {
    this.#parts.push(new Uint8Array(chunk));
    this.#length += chunk.length;
    if (this.#length < this.#needed) return [];
    const bytes = this.rest();
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
    const rest = bytes.slice(at);
    this.#parts = [rest];
    this.#length = rest.length;
    this.#needed = packetSize(rest, 0);
    return packets;
  }

  /** What has come of a packet that is not complete. */
  rest(): Uint8Array {
    const [only] = this.#parts;
    if (only !== undefined && this.#parts.length === 1) return only;
    const bytes = new Uint8Array(this.#length);
    let at = 0;
    for (const part of this.#parts) {
      bytes.set(part, at);
      at += part.length;
    }
    return bytes;
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
