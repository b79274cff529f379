// Under which name an address is counted. Knows no network.

import { parseAddress } from '../network.ts';

const PREFIX_BYTES = 8;

/**
 * Under which an address is counted: one of IPv4 by itself; of IPv6 by its first 64 bits, as whoever has one of them has
 * them all. Undefined where there is no address, as for a Unix socket.
 */
export function addressKey(address: string): string | undefined {
  const bytes = parseAddress(address);
  if (bytes === undefined || bytes.length === 4) return bytes?.join('.');
  const groups: string[] = [];
  for (let i = 0; i < PREFIX_BYTES; i += 2) {
    groups.push((((bytes[i] as number) << 8) | (bytes[i + 1] as number)).toString(16));
  }
  return `${groups.join(':')}::/64`;
}
