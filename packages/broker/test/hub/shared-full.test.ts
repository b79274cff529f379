/** Owns shared subscriptions whose members have no room: another one gets the message. [5:4.8.2] */

import { describe, expect, test } from 'vitest';
import { ack, type Peer, told } from '../bench.ts';
import { group, lasting, payloads, publishMany, SHARED } from './sharing.ts';

describe('a member whose queue is full', () => {
  test.each(['round-robin', 'random', 'sticky', 'least-in-flight'] as const)(
    'is passed over as long as another has room: %s',
    (sharedStrategy) => {
      const limits = { sharedStrategy, queueMessagesMax: 2, inFlightMax: 1 };
      const all = group(2, { limits });
      const [stalled, quick] = all.members as [Peer, Peer];
      for (let i = 1; i <= 20; i++) {
        all.publisher.publish('a', String(i), { qos: 1, packetId: i });
        for (let got = quick.take(); got.length > 0; got = quick.take()) {
          for (const packet of got) if (packet.type === 'publish') quick.send(ack('puback', packet.packetId));
        }
      }
      expect(all.bench.hub.counters.messagesDropped).toBe(0);
      expect(payloads(stalled).length).toBeLessThanOrEqual(1);
    },
  );

  test('gets nothing back from one that goes away and can keep what it has', () => {
    const limits = { queueMessagesMax: 2, inFlightMax: 1 };
    const all = group(1, { limits, facts: lasting });
    const [first] = all.members as [Peer];
    publishMany(all, 3);
    const second = all.bench.peer().connected({ clientId: 'second' }).subscribed(SHARED);
    for (let i = 4; i <= 6; i++) all.publisher.publish('a', String(i), { qos: 1, packetId: i });
    first.lost();
    expect(all.bench.hub.counters.messagesDropped).toBe(0);
    const back = all.bench.peer().connect({ ...lasting, clientId: 'm0' });
    expect(told(back.take())).toEqual(['connack', 'publish 1 a=1 dup #1']);
    expect(payloads(second)).toEqual(['4']);
  });
});
