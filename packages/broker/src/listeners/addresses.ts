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
