// Reads what a machine under test sends: strictly, in its dialect, frame by frame. Owns no rule of its own.

import { Decoder, type Dialect, type Packet } from '@anax/protocol';
import { FuzzFailure, hex } from './failure.ts';

const NO_LIMIT = 268_435_460;

export interface Heard {
  readonly packet: Packet;
  readonly bytes: number;
}

export class Listener {
  readonly #decoder: Decoder;

  constructor(sender: 'client' | 'server', dialect: Dialect | undefined) {
    this.#decoder = new Decoder({ sender, dialect, maximumPacketSize: NO_LIMIT });
  }

  /** @param bytes whole packets: a machine never sends a part @throws FuzzFailure where they are not legal */
  hear(bytes: Uint8Array): readonly Heard[] {
    const heard: Heard[] = [];
    for (let at = 0; at < bytes.length; ) {
      const size = frameBytes(bytes, at);
      const frame = bytes.subarray(at, at + size);
      this.#decoder.push(frame);
      const packet = at + size <= bytes.length ? this.#decoder.next() : undefined;
      if (packet === undefined) throw new FuzzFailure(`what was sent is no whole packet: ${hex(frame)}`);
      if (packet.type === 'fault')
        throw new FuzzFailure(
          `what was sent is not legal: ${packet.message} ${packet.clause}: ${hex(frame)}`,
        );
      heard.push({ packet, bytes: size });
      at += size;
    }
    return heard;
  }
}

function frameBytes(bytes: Uint8Array, at: number): number {
  let remaining = 0;
  for (let k = 1; k <= 4; k++) {
    const byte = bytes[at + k] ?? 0;
    remaining += (byte & 0x7f) * 2 ** (7 * (k - 1));
    if (byte < 0x80) return 1 + k + remaining;
  }
  return bytes.length - at;
}
