// A unique integer as a payload and back. The size and every byte follow from the integer, so that a payload that was
// damaged on its way through the disk is seen. Knows no client.

/** Small ones beside their reference, large ones over several pages of a store. */
const SIZES_BYTES = [0, 0, 0, 40, 400, 3_000, 20_000] as const;

export function payloadOf(value: number): Uint8Array {
  const text = String(value);
  const sizeBytes = Math.max(SIZES_BYTES[value % SIZES_BYTES.length] ?? 0, text.length + 1);
  const bytes = new Uint8Array(sizeBytes).fill(97 + (value % 26));
  for (let at = 0; at < text.length; at += 1) bytes[at] = text.charCodeAt(at);
  bytes[text.length] = 32;
  return bytes;
}

/** The integer, or undefined where the bytes are not what it was sent with. */
export function valueIn(payload: Uint8Array): number | undefined {
  const end = payload.indexOf(32);
  if (end < 1 || end > 15) return undefined;
  const value = Number(String.fromCharCode(...payload.subarray(0, end)));
  if (!Number.isSafeInteger(value) || value < 0) return undefined;
  const expected = payloadOf(value);
  if (expected.length !== payload.length) return undefined;
  for (let at = 0; at < expected.length; at += 1) if (expected[at] !== payload[at]) return undefined;
  return value;
}
