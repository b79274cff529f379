// Sets of IP addresses: `192.0.2.1`, `10.0.0.0/8`, `2001:db8::/32`. Knows no socket.

import { BlockList, isIP } from 'node:net';

const RANGE = /^([^/]+)\/(\d{1,3})$/;

/** Whether it is an address, or a range of them. */
export function isAddressRange(text: string): boolean {
  return parse(text) !== undefined;
}

interface Range {
  readonly address: string;
  readonly family: 'ipv4' | 'ipv6';
  readonly prefix: number;
}

function parse(text: string): Range | undefined {
  const [, address = text, prefixText] = RANGE.exec(text) ?? [];
  const version = isIP(address);
  if (version === 0 || address.includes('%')) return undefined;
  const bits = version === 4 ? 32 : 128;
  const prefix = prefixText === undefined ? bits : Number(prefixText);
  return prefix > bits ? undefined : { address, family: version === 4 ? 'ipv4' : 'ipv6', prefix };
}

/**
 * The one way to write an address, as rules and the log have it: what others write has more than one, and one of IPv4 may
 * be written as IPv6. Undefined for what is none; a zone means nothing here.
 */
export function canonicalAddress(text: string): string | undefined {
  const version = isIP(text);
  if (version === 0 || text.includes('%')) return undefined;
  if (version === 4) return text;
  const address = new URL(`http://[${text}]`).hostname.slice(1, -1);
  const [, high, low] = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(address) ?? [];
  if (high === undefined || low === undefined) return address;
  const [a, b] = [Number.parseInt(high, 16), Number.parseInt(low, 16)];
  return `${a >> 8}.${a & 0xff}.${b >> 8}.${b & 0xff}`;
}

export class AddressSet {
  readonly #list = new BlockList();

  /** @param ranges what is none is passed over: the settings were checked */
  constructor(ranges: readonly string[]) {
    for (const text of ranges) {
      const range = parse(text);
      if (range !== undefined) this.#list.addSubnet(range.address, range.prefix, range.family);
    }
  }

  /** @param address as `plainAddress` writes it */
  has(address: string): boolean {
    const version = isIP(address);
    return version !== 0 && this.#list.check(address, version === 4 ? 'ipv4' : 'ipv6');
  }
}
