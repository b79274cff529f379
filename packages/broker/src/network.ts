// Addresses and networks in CIDR notation, compared as bytes. An IPv4 address that came over IPv6 is an IPv4 address.

export interface Network {
  readonly bytes: readonly number[];
  readonly prefixBits: number;
}

const NETWORK = 'an IP address or a network such as 10.0.0.0/8 or fd00::/8';

/** What keeps a text from being a network, as the end of a sentence. */
export function networkProblem(text: string): string | undefined {
  const network = parseNetwork(text);
  if (network === undefined) return NETWORK;
  const { bytes, prefixBits } = network;
  const beyond = bytes.some((byte, i) => (byte & ~maskAt(prefixBits, i) & 0xff) !== 0);
  return beyond ? `${NETWORK}: this one has bits set behind its prefix` : undefined;
}

export function parseNetwork(text: string): Network | undefined {
  const slash = text.indexOf('/');
  const bytes = parseAddress(slash < 0 ? text : text.slice(0, slash));
  if (bytes === undefined) return undefined;
  const most = bytes.length * 8;
  if (slash < 0) return { bytes, prefixBits: most };
  const prefix = text.slice(slash + 1);
  if (!/^\d{1,3}$/.test(prefix) || Number(prefix) > most) return undefined;
  return { bytes, prefixBits: Number(prefix) };
}

export function isWithin(address: readonly number[], { bytes, prefixBits }: Network): boolean {
  if (address.length !== bytes.length) return false;
  return bytes.every((byte, i) => ((byte ^ (address[i] as number)) & maskAt(prefixBits, i)) === 0);
}

function maskAt(prefixBits: number, index: number): number {
  const bits = Math.min(8, Math.max(0, prefixBits - index * 8));
  return (0xff00 >> bits) & 0xff;
}

/** 4 or 16 bytes; undefined for what is no IP address, such as the path of a Unix socket. */
export function parseAddress(text: string): readonly number[] | undefined {
  if (!text.includes(':')) return parseV4(text);
  const zone = text.indexOf('%');
  const bytes = parseV6(zone < 0 ? text : text.slice(0, zone));
  if (bytes === undefined) return undefined;
  const mapped = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff;
  return mapped ? bytes.slice(12) : bytes;
}

function parseV4(text: string): number[] | undefined {
  const parts = text.split('.');
  // A leading zero would be octal to some: it is nothing here.
  const good = parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part));
  const bytes = parts.map(Number);
  return good && bytes.every((byte) => byte <= 255) ? bytes : undefined;
}

function parseV6(text: string): number[] | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half, i) => (half === '' ? [] : groupsOf(half, i === halves.length - 1)));
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined;
  if (halves.length === 1) return head.length === 16 ? head : undefined;
  const rest = tail ?? [];
  const missing = 16 - head.length - rest.length;
  return missing >= 2 ? [...head, ...new Array<number>(missing).fill(0), ...rest] : undefined;
}

/** Groups of 16 bits; the last of all may be an IPv4 address. */
function groupsOf(half: string, isEnd: boolean): number[] | undefined {
  const parts = half.split(':');
  const bytes: number[] = [];
  for (const [i, part] of parts.entries()) {
    const isLast = isEnd && i === parts.length - 1;
    const four = isLast && part.includes('.') ? parseV4(part) : undefined;
    if (four !== undefined) bytes.push(...four);
    else if (/^[0-9a-fA-F]{1,4}$/.test(part))
      bytes.push(Number.parseInt(part, 16) >> 8, Number.parseInt(part, 16) & 0xff);
    else return undefined;
  }
  return bytes;
}
