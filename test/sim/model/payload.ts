// What a payload says: the number of its message, in digits. Knows nothing of who sent it.

import type { Packet } from '@anax/protocol';

/** Empty payloads have no number; the model knows the topic only. */
const CLEARED = 'clear';

/** What tells a message from another under the same packet identifier. */
export function contentOf(packet: Packet): string {
  if (packet.type !== 'publish') return '';
  return packet.payload.length === 0 ? CLEARED : String(numberIn(packet.payload));
}

/** Digits, up to the first byte that is none. */
export function numberIn(payload: Uint8Array): number {
  let number = payload.length === 0 ? -1 : 0;
  for (const byte of payload) {
    if (byte < 48 || byte > 57) break;
    number = number * 10 + byte - 48;
  }
  return number;
}
