/** Owns the proof that the policies of a full queue hold for what is on disk as for what is in memory. */

import { describe, expect, test } from 'vitest';
import { TABLE } from '../../src/records/keys.ts';
import { ack, type Bench, text } from '../bench.ts';
import { durable, publisher, restarted, resumed, subscriber } from './restarts.ts';

function filled(bench: Bench, first: number, last: number): void {
  const pub = publisher(bench, { clientId: `pub${first}` });
  for (let i = first; i <= last; i++) pub.publish('a/b', `${i}`, { qos: 1, packetId: i });
  bench.commit();
}

function drained(bench: Bench, clientId: string): string[] {
  const { peer, packets } = resumed(bench, clientId);
  const got: string[] = [];
  for (let some = packets; some.length > 0; some = peer.take()) {
    for (const packet of some) {
      if (packet.type !== 'publish') continue;
      got.push(text(packet.payload));
      peer.send(ack('puback', packet.packetId));
    }
    bench.commit();
  }
  return got;
}

const numbers = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, i) => `${first + i}`);

describe('a full queue on disk', () => {
  test.each([
    ['drop-oldest', numbers(301, 1000)],
    ['drop-newest', numbers(1, 700)],
    ['disconnect', numbers(1, 700)],
  ] as const)('%s, before and after a restart', (queuePolicy, expected) => {
    const options = { limits: { queueMessagesMax: 700, queuePolicy } };
    const bench = durable(options);
    subscriber(bench).lost();
    bench.commit();
    filled(bench, 1, 900);
    const after = restarted(bench, 1, options);
    filled(after, 901, 1000);
    expect(after.rows?.count(TABLE.delivery)).toBe(700);
    expect(after.hub.held.messages).toBe(700);
    expect(drained(after, 'sub')).toEqual(expected);
    expect(after.hub.held).toMatchObject({ messages: 0, bytes: 0 });
  });

  test('its bytes count, too, wherever they are', () => {
    const options = {
      limits: { queueMessagesMax: 10_000, queueBytesMax: 20_000, queuePolicy: 'drop-newest' as const },
    };
    const bench = durable(options);
    subscriber(bench).lost();
    bench.commit();
    filled(bench, 1, 2000);
    const count = bench.rows?.count(TABLE.delivery) ?? 0;
    expect(count).toBeLessThan(2000);
    const after = restarted(bench, 1, options);
    filled(after, 2001, 2100);
    expect(after.rows?.count(TABLE.delivery)).toBe(count);
  });

  test('disconnect ends a client that is behind, and what it was owed is there when it comes again', () => {
    const options = { limits: { queueMessagesMax: 400, queuePolicy: 'disconnect' as const } };
    const bench = durable(options);
    const sub = subscriber(bench);
    sub.wire.congested = true;
    filled(bench, 1, 300);
    expect(sub.closed).toBe(false);
    filled(bench, 301, 401);
    expect(sub.closed).toBe(true);
    expect(drained(restarted(bench, 1, options), 'sub')).toEqual(numbers(1, 400));
  });
});
