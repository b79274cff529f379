// Whom a proxy of HTTP says that it speaks for: `X-Forwarded-For`, `X-Real-IP`. Each proxy on the way appends the address
// that it was reached from, so the list is read from its end, and only as far as known proxies wrote it. Knows no MQTT.

import type { IncomingHttpHeaders } from 'node:http';
import { type AddressSet, canonicalAddress } from './addresses.ts';

/** Fields that only a proxy adds. */
const TRACES = ['x-forwarded-for', 'x-real-ip', 'forwarded', 'via'] as const;

/** Whether somebody stands between, whoever it is. */
export function isForwarded(headers: IncomingHttpHeaders): boolean {
  return TRACES.some((name) => headers[name] !== undefined);
}

/**
 * The address of the client; undefined where a proxy that is believed says something that is no address.
 * @param peer the address that the request came from
 * @param proxies those that are believed
 */
export function forwardedAddress(
  headers: IncomingHttpHeaders,
  peer: string,
  proxies: AddressSet,
): string | undefined {
  if (!proxies.has(peer)) return peer;
  const list = headers['x-forwarded-for'] ?? headers['x-real-ip'];
  if (list === undefined) return peer;
  let address = peer;
  for (const entry of String(list).split(',').reverse()) {
    const next = addressOf(entry.trim());
    if (next === undefined) return undefined;
    address = next;
    if (!proxies.has(address)) return address;
  }
  return address;
}

/** `192.0.2.1`, with a port behind it too; the same of IPv6, which has brackets then. */
function addressOf(entry: string): string | undefined {
  const bare = /^\[([^\]]+)\](?::\d+)?$/.exec(entry)?.[1] ?? /^([\d.]+):\d+$/.exec(entry)?.[1] ?? entry;
  return canonicalAddress(bare);
}
