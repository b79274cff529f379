// Topic filters that are no text at all, and the packets that carry them as bytes.

import type { Dialect } from '@anax/protocol';
import { field, frame, fromHex, uint16 } from '../wire/bytes.ts';

/** Bytes that no UTF-8 has. [5:1.5.4] [3.1.1:1.5.3] */
export const BAD_UTF8: readonly { readonly bytes: Uint8Array; readonly why: string }[] = [
  { bytes: fromHex('61 2f ff'), why: 'a byte that UTF-8 has not' },
  { bytes: fromHex('61 2f c3 28'), why: 'a two-byte character whose second byte is missing' },
  { bytes: fromHex('61 2f e2 82'), why: 'a character that is cut off by the end' },
  { bytes: fromHex('61 2f c1 a1'), why: 'a letter written in two bytes' },
  { bytes: fromHex('61 2f ed a0 80'), why: 'a surrogate' },
];

const PACKET_ID = uint16(10);

/** SUBSCRIBE with one filter of these bytes, at QoS 0. */
export function subscribeBytes({ properties }: Dialect, filter: Uint8Array): Uint8Array {
  return frame(0x82, PACKET_ID, properties ? [0] : [], field(filter), [0]);
}

/** UNSUBSCRIBE with one filter of these bytes. */
export function unsubscribeBytes({ properties }: Dialect, filter: Uint8Array): Uint8Array {
  return frame(0xa2, PACKET_ID, properties ? [0] : [], field(filter));
}

/** PUBLISH at QoS 0 to a topic of these bytes. */
export function publishBytes({ properties }: Dialect, topic: Uint8Array): Uint8Array {
  return frame(0x30, field(topic), properties ? [0] : [], fromHex('78'));
}
