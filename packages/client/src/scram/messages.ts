// The messages of SCRAM as text: written for the client, read from the server. Parses and refuses; computes nothing.
// [RFC 5802 5.1, 7]

/** `n,,`: this client binds to no channel, as it has none to bind to. */
export const GS2_HEADER = 'n,,';
/** The same, as `c=` repeats it. */
const CHANNEL_BINDING = 'biws';

export interface ServerFirst {
  /** As it came: it is part of what both ends sign. */
  readonly text: string;
  readonly nonce: string;
  readonly salt: Uint8Array<ArrayBuffer>;
  readonly iterations: number;
}

export type ServerFinal =
  | { readonly type: 'signature'; readonly signature: Uint8Array }
  | { readonly type: 'error'; readonly error: string };

/** Without the GS2 header. */
export function clientFirstBare(userName: string, nonce: string): string {
  return `n=${userName.replaceAll('=', '=3D').replaceAll(',', '=2C')},r=${nonce}`;
}

export function clientFinalWithoutProof(nonce: string): string {
  return `c=${CHANNEL_BINDING},r=${nonce}`;
}

export function clientFinal(withoutProof: string, proof: Uint8Array): string {
  return `${withoutProof},p=${toBase64(proof)}`;
}

/**
 * Attributes come in one order; behind the last there may be extensions, which are signed and ignored. One in front,
 * `m=`, must be understood, and none is. Undefined for what is not of this form.
 */
export function readServerFirst(data: Uint8Array): ServerFirst | undefined {
  const text = utf8(data);
  const found = /^r=([\x21-\x2b\x2d-\x7e]+),s=([^,]+),i=([1-9][0-9]{0,15})(?:,[a-zA-Z]=[^\0,]+)*$/.exec(
    text ?? '',
  );
  if (text === undefined || found === null) return undefined;
  const [, nonce = '', base64 = '', iterations = ''] = found;
  const salt = fromBase64(base64);
  if (salt === undefined) return undefined;
  return { text, nonce, salt, iterations: Number(iterations) };
}

export function readServerFinal(data: Uint8Array): ServerFinal | undefined {
  const found = /^(?:v=([^,]+)|e=([\w-]+))(?:,[a-zA-Z]=[^\0,]+)*$/.exec(utf8(data) ?? '');
  if (found === null) return undefined;
  const [, base64, error] = found;
  if (error !== undefined) return { type: 'error', error };
  const signature = fromBase64(base64 ?? '');
  return signature === undefined ? undefined : { type: 'signature', signature };
}

export function toBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

/** Undefined for what is not written as it has to be, and for nothing. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text) || text === '')
    return undefined;
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  // Bits behind the last byte are to be 0: one text for the same bytes.
  return toBase64(bytes) === text ? bytes : undefined;
}

function utf8(data: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(data);
  } catch {
    return undefined;
  }
}
