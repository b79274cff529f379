// The header that a proxy puts before the bytes of a client: PROXY protocol, versions 1 and 2, as HAProxy describes it.
// Bytes to facts; reads no socket. What it does not allow is a fault, and the connection is closed at once.

import { isIPv4, isIPv6 } from 'node:net';
import type { CertificateFacts } from '../peer.ts';
import { canonicalAddress } from './addresses.ts';

/** Of a whole header, with everything that a proxy may add in version 2. */
export const PROXY_HEADER_BYTES_MAX = 4096;
/** With CR and LF. */
const V1_BYTES_MAX = 107;

export interface ProxyHeader {
  /** How many bytes it has; what follows is the client's. */
  readonly bytes: number;
  /** Of the client; undefined where the proxy speaks for itself, or does not know. */
  readonly address: string | undefined;
  /** What the client has proved to the proxy, by TLS. */
  readonly certificate: CertificateFacts | undefined;
}

export type ProxyResult = ProxyHeader | 'incomplete' | { readonly fault: string };

const V1 = bytesOf('PROXY ');
const V2 = bytesOf('\r\n\r\n\0\r\nQUIT\n');
const V2_FIXED_BYTES = 16;

/** @param bytes all that has come so far */
export function readProxyHeader(bytes: Uint8Array): ProxyResult {
  if (begins(bytes, V2)) return bytes.length < V2_FIXED_BYTES ? 'incomplete' : version2(bytes);
  if (begins(bytes, V1)) return bytes.length < V1.length ? 'incomplete' : version1(bytes);
  return fault('no PROXY header');
}

/** Whether they are the same as far as there are any. */
function begins(bytes: Uint8Array, start: Uint8Array): boolean {
  const length = Math.min(bytes.length, start.length);
  for (let i = 0; i < length; i++) if (bytes[i] !== start[i]) return false;
  return true;
}

const fault = (text: string): { readonly fault: string } => ({ fault: text });

/** `PROXY TCP4 192.0.2.1 192.0.2.2 56324 1883\r\n`, or `PROXY UNKNOWN ...` */
function version1(bytes: Uint8Array): ProxyResult {
  const lineFeed = bytes.subarray(0, V1_BYTES_MAX).indexOf(0x0a);
  if (lineFeed < 0) {
    return bytes.length < V1_BYTES_MAX ? 'incomplete' : fault('a PROXY header without an end');
  }
  if (bytes[lineFeed - 1] !== 0x0d) return fault('a PROXY header that does not end with CR and LF');
  const words = String.fromCharCode(...bytes.subarray(V1.length, lineFeed - 1)).split(' ');
  const [family, source = '', destination = '', ...ports] = words;
  const header = { bytes: lineFeed + 1, certificate: undefined };
  if (family === 'UNKNOWN') return { ...header, address: undefined };
  const isAddress = family === 'TCP4' ? isIPv4 : family === 'TCP6' ? isPlainIPv6 : undefined;
  if (isAddress === undefined) return fault('a PROXY header of no known family');
  const good = isAddress(source) && isAddress(destination) && ports.length === 2 && ports.every(isPort);
  return good
    ? { ...header, address: canonicalAddress(source) }
    : fault('a PROXY header with wrong addresses');
}

/** Without a zone, which means nothing here. */
function isPlainIPv6(text: string): boolean {
  return isIPv6(text) && !text.includes('%');
}

function isPort(text: string): boolean {
  return /^(?:0|[1-9]\d{0,4})$/.test(text) && Number(text) <= 65_535;
}

const COMMAND = { local: 0x20, proxy: 0x21 } as const;
const FAMILY = { unspecified: 0x00, tcp4: 0x11, tcp6: 0x21, unix: 0x31 } as const;
/** Bytes of both addresses and both ports. */
const ADDRESS_BYTES: Readonly<Record<number, number>> = {
  [FAMILY.unspecified]: 0,
  [FAMILY.tcp4]: 12,
  [FAMILY.tcp6]: 36,
  [FAMILY.unix]: 216,
};

function version2(bytes: Uint8Array): ProxyResult {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const command = view.getUint8(12);
  const family = view.getUint8(13);
  const end = V2_FIXED_BYTES + view.getUint16(14);
  if (command !== COMMAND.local && command !== COMMAND.proxy)
    return fault('a PROXY header of no known command');
  if (end > PROXY_HEADER_BYTES_MAX) return fault('a PROXY header that is too long');
  if (bytes.length < end) return 'incomplete';
  // The proxy itself, to see whether we are there: whatever else it says is not looked at.
  if (command === COMMAND.local) return { bytes: end, address: undefined, certificate: undefined };
  const addressBytes = ADDRESS_BYTES[family];
  if (addressBytes === undefined) return fault('a PROXY header of no known family');
  const extras = V2_FIXED_BYTES + addressBytes;
  if (extras > end) return fault('a PROXY header with incomplete addresses');
  const certificate = certificateIn(bytes.subarray(extras, end));
  if (certificate === 'malformed') return fault('a PROXY header with malformed extensions');
  return { bytes: end, address: addressIn(view, family), certificate };
}

function addressIn(view: DataView, family: number): string | undefined {
  if (family === FAMILY.tcp4) {
    return [0, 1, 2, 3].map((i) => view.getUint8(V2_FIXED_BYTES + i)).join('.');
  }
  if (family !== FAMILY.tcp6) return undefined;
  const groups = Array.from({ length: 8 }, (_, i) => view.getUint16(V2_FIXED_BYTES + 2 * i).toString(16));
  return canonicalAddress(groups.join(':'));
}

const TYPE_SSL = 0x20;
const TYPE_SSL_COMMON_NAME = 0x22;
const CLIENT_SSL = 0x01;
/** Shown on this connection, or on an earlier one of the same TLS session. */
const CLIENT_CERTIFICATE = 0x02 | 0x04;
const SSL_FIXED_BYTES = 5;

/** Facts of a certificate that the proxy has verified; unknown extensions are passed over. */
function certificateIn(bytes: Uint8Array): CertificateFacts | undefined | 'malformed' {
  const extensions = extensionsIn(bytes);
  if (extensions === undefined) return 'malformed';
  const ssl = extensions.find(({ type }) => type === TYPE_SSL)?.value;
  if (ssl === undefined) return undefined;
  if (ssl.length < SSL_FIXED_BYTES) return 'malformed';
  const inner = extensionsIn(ssl.subarray(SSL_FIXED_BYTES));
  if (inner === undefined) return 'malformed';
  const view = new DataView(ssl.buffer, ssl.byteOffset, ssl.byteLength);
  const client = view.getUint8(0);
  const isVerified = view.getUint32(1) === 0;
  if ((client & CLIENT_SSL) === 0 || (client & CLIENT_CERTIFICATE) === 0 || !isVerified) return undefined;
  const names = inner.filter(({ type }) => type === TYPE_SSL_COMMON_NAME);
  const [name] = names;
  return {
    commonName: names.length === 1 && name !== undefined ? textOf(name.value) : undefined,
    subjectAlternativeNames: [],
    fingerprint: undefined,
    serialNumber: undefined,
    validUntil: undefined,
  };
}

interface Extension {
  readonly type: number;
  readonly value: Uint8Array;
}

/** Type, length, value; undefined where a length is more than there is. */
function extensionsIn(bytes: Uint8Array): readonly Extension[] | undefined {
  const found: Extension[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (at + 3 > bytes.length) return undefined;
    const [type = 0, high = 0, low = 0] = bytes.subarray(at, at + 3);
    const end = at + 3 + high * 256 + low;
    if (end > bytes.length) return undefined;
    found.push({ type, value: bytes.subarray(at + 3, end) });
    at = end;
  }
  return found;
}

/** Undefined where it is no UTF-8, or holds what no name does. */
function textOf(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return text === '' || /\p{Cc}/u.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}
