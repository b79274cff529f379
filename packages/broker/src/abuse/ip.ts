// IP addresses and ranges of them, as text and as bytes. Knows no network.

/** 4 or 16 bytes. */
type Bytes = readonly number[];

export interface Range {
  readonly bytes: Bytes;
  readonly bits: number;
}

const PREFIX_BYTES = 8;
const V4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/;
const GROUP = /^[0-9a-f]{1,4}$/i;

/** The bytes of an address; an IPv4 address that is written as IPv6 is one of IPv4. Undefined for what is none. */
export function ipBytes(text: string): Bytes | undefined {
  if (!text.includes(':')) return v4Bytes(text);
  const bytes = v6Bytes(text);
  return bytes !== undefined && isMapped(bytes) ? bytes.slice(12) : bytes;
}

function v4Bytes(text: string): Bytes | undefined {
  const bytes = V4.exec(text)?.slice(1).map(Number);
  return bytes?.every((byte) => byte < 256) ? bytes : undefined;
}

function v6Bytes(text: string): Bytes | undefined {
  const [address = ''] = text.split('%', 1);
  const halves = address.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half, i) =>
    half === '' ? [] : groupBytes(half, i === halves.length - 1),
  );
  if (head === undefined) return undefined;
  if (halves.length === 1) return head.length === 16 ? head : undefined;
  const missing = tail === undefined ? 0 : 16 - head.length - tail.length;
  if (tail === undefined || missing < 2) return undefined;
  return [...head, ...new Array<number>(missing).fill(0), ...tail];
}

/** Groups of 16 bits; the last of all may be an IPv4 address. */
function groupBytes(text: string, isLast: boolean): Bytes | undefined {
  const groups = text.split(':');
  const bytes: number[] = [];
  for (const [i, group] of groups.entries()) {
    const v4 = isLast && i === groups.length - 1 ? v4Bytes(group) : undefined;
    if (v4 !== undefined) bytes.push(...v4);
    else if (GROUP.test(group)) bytes.push(Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255);
    else return undefined;
  }
  return bytes;
}

function isMapped(bytes: Bytes): boolean {
  return bytes[10] === 255 && bytes[11] === 255 && bytes.slice(0, 10).every((byte) => byte === 0);
}

/** `192.0.2.0/24`, `2001:db8::/32`, or one address. Undefined for what is none. */
export function ipRange(text: string): Range | undefined {
  const [address = '', bits, more] = text.split('/');
  const bytes = ipBytes(address);
  if (bytes === undefined || more !== undefined) return undefined;
  const all = bytes.length * 8;
  if (bits === undefined) return { bytes, bits: all };
  return /^\d{1,3}$/.test(bits) && Number(bits) <= all ? { bytes, bits: Number(bits) } : undefined;
}

export function isInRange(bytes: Bytes, range: Range): boolean {
  if (bytes.length !== range.bytes.length) return false;
  for (let i = 0, left = range.bits; left > 0; i++, left -= 8) {
    const mask = left >= 8 ? 255 : (0xff00 >> left) & 255;
    if ((((bytes[i] as number) ^ (range.bytes[i] as number)) & mask) !== 0) return false;
  }
  return true;
}

/**
 * Under which an address is counted: one of IPv4 by itself; of IPv6 by its first 64 bits, as whoever has one of them has
 * them all. Undefined where there is no address, as for a Unix socket.
 */
export function addressKey(address: string): string | undefined {
  if (v4Bytes(address) !== undefined) return address;
  const bytes = ipBytes(address);
  if (bytes === undefined || bytes.length === 4) return bytes?.join('.');
  const groups: string[] = [];
  for (let i = 0; i < PREFIX_BYTES; i += 2) {
    groups.push((((bytes[i] as number) << 8) | (bytes[i + 1] as number)).toString(16));
  }
  return `${groups.join(':')}::/64`;
}
