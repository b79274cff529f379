// Base64 that is written in one way only: no two texts for the same bytes. Pure.

/** `bare` has no `=` at its end, as PHC writes it. Undefined for what is not of the form, and for nothing. */
export function fromBase64(text: string, padding: 'bare' | 'padded'): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  const again = bytes.toString('base64');
  const expected = padding === 'bare' ? again.replaceAll('=', '') : again;
  return bytes.length > 0 && expected === text ? bytes : undefined;
}
