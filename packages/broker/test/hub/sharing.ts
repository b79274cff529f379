/** Owns a group of clients with one shared subscription, for the tests that are about such. Never asserts. */

import type { Limits } from '../../src/hub/limits.ts';
import { Bench, type Peer, type Type } from '../bench.ts';

export const lasting: Partial<Type<'connect'>> = {
  cleanStart: false,
  properties: { sessionExpiryInterval: 600 },
};
export const SHARED = '$share/g/a';

export interface Group {
  readonly bench: Bench;
  readonly members: readonly Peer[];
  readonly publisher: Peer;
}

export function group(
  count: number,
  { limits = {}, facts = {} }: { limits?: Partial<Limits>; facts?: Partial<Type<'connect'>> } = {},
): Group {
  const bench = new Bench({ limits });
  const members = Array.from({ length: count }, (_, i) =>
    bench
      .peer()
      .connected({ ...facts, clientId: `m${i}` })
      .subscribed(SHARED),
  );
  return { bench, members, publisher: bench.peer().connected({ clientId: 'publisher' }) };
}

export function publishMany({ publisher }: Group, count: number, qos: 0 | 1 | 2 = 1): void {
  for (let i = 1; i <= count; i++) publisher.publish('a', String(i), { qos, packetId: i });
  publisher.take();
}

export function payloads(peer: Peer): string[] {
  return peer
    .take()
    .filter((packet) => packet.type === 'publish')
    .map(({ payload }) => new TextDecoder().decode(payload));
}
