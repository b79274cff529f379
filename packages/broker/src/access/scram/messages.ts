// The messages of SCRAM as a server reads and writes them. Parses and refuses; computes nothing. [RFC 5802 5, 7]

import { fromBase64 } from '../passwords/base64.ts';

/** As much as a name and a nonce of sensible length need. */
const BYTES_MAX = 2048;

export interface ClientFirst {
  /** Without the GS2 header: it is part of what both ends sign. */
  readonly bare: string;
  /** With its last comma, as `c=` has to repeat it. */
  readonly gs2Header: string;
  readonly userName: string;
  readonly nonce: string;
}

/** Undefined for what is none, a client that insists on channel binding or acts for somebody else among it. */
export function readClientFirst(data: Uint8Array | undefined): ClientFirst | undefined {
  const [, gs2Header = '', authzid, bare = '', name = '', nonce = ''] = FIRST.exec(textOf(data)) ?? [];
  const userName = nameOf(name);
  if (nonce === '' || userName === undefined) return undefined;
  if (authzid !== undefined && nameOf(authzid) !== userName) return undefined;
  return { bare, gs2Header, userName, nonce };
}

/** `m=` in front of the name must be understood, and none is; behind the nonce there may be what is not. */
const FIRST = /^((?:n|y),(?:a=([^,\0]+))?,)(n=([^,\0]+),r=([\x21-\x2b\x2d-\x7e]+)(?:,[a-zA-Z]=[^\0,]+)*)$/;

/** A comma is `=2C`, an equals sign `=3D`, and no other `=` stands in a name. */
function nameOf(text: string): string | undefined {
  const isEscaped = /^(?:[^=]|=2C|=3D)+$/.test(text);
  return isEscaped ? text.replaceAll('=2C', ',').replaceAll('=3D', '=') : undefined;
}

export interface ClientFinal {
  /** Signed by both ends. */
  readonly withoutProof: string;
  /** What `c=` holds. */
  readonly channelBinding: string;
  readonly nonce: string;
  readonly proof: Uint8Array;
}

export function readClientFinal(data: Uint8Array | undefined): ClientFinal | undefined {
  const [, withoutProof = '', channelBinding = '', nonce = '', base64 = ''] = FINAL.exec(textOf(data)) ?? [];
  const proof = fromBase64(base64, 'padded');
  return proof === undefined ? undefined : { withoutProof, channelBinding, nonce, proof };
}

const FINAL = /^(c=([A-Za-z0-9+/=]+),r=([\x21-\x2b\x2d-\x7e]+)(?:,[a-zA-Z]=[^\0,]+)*),p=([A-Za-z0-9+/=]+)$/;

/** Empty for what is no text, or too long. */
function textOf(data: Uint8Array | undefined): string {
  if (data === undefined || data.length > BYTES_MAX) return '';
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(data);
  } catch {
    return '';
  }
}
