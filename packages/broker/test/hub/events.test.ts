/** Owns what is told of what happens: one event for one thing, with its facts, and none where nobody listens. */

import { MQTT_3_1_1, MQTT_5_0, Reason } from '@anax/protocol';
import { describe, expect, test } from 'vitest';
import type { BrokerEvents } from '../../src/hub/events.ts';
import { ack, Bench, type BenchOptions, publish, text, unsubscribe, will } from '../bench.ts';

/** A bench, and what it has told of one kind. */
function telling<E extends keyof BrokerEvents>(event: E, options: BenchOptions = {}) {
  const bench = new Bench(options);
  const told: BrokerEvents[E][] = [];
  const tell = (one: BrokerEvents[E]): void => void told.push(one);
  bench.hub.events[event] = tell as (typeof bench.hub.events)[E];
  return { bench, told };
}

const lasting = { cleanStart: false, properties: { sessionExpiryInterval: 60 } };

describe('client-connected', () => {
  test('says who, from where and with what', () => {
    const { bench, told } = telling('client-connected', { limits: { keepAliveMaxSeconds: 30 } });
    bench
      .peer(MQTT_5_0, '192.0.2.7')
      .connected({ ...lasting, clientId: 'a', userName: 'ada', keepAlive: 50 });
    expect(told).toEqual([
      {
        clientId: 'a',
        userName: 'ada',
        address: '192.0.2.7',
        protocol: '5.0',
        cleanStart: false,
        sessionPresent: false,
        keepAlive: 30,
        sessionExpiryInterval: 60,
      },
    ]);
  });

  test('knows an assigned identifier, and a session that was there', () => {
    const { bench, told } = telling('client-connected');
    bench.peer(MQTT_3_1_1).connected({ clientId: '' });
    bench
      .peer(MQTT_3_1_1)
      .connected({ ...lasting, clientId: 'b' })
      .lost();
    bench.peer(MQTT_3_1_1).connected({ ...lasting, clientId: 'b' });
    expect(told[0]?.clientId).toMatch(/^\w{23}$/);
    expect(told.map(({ sessionPresent }) => sessionPresent)).toEqual([false, false, true]);
  });

  test('is not told of a client that is refused', () => {
    const refused = { reasonCode: Reason.banned, text: 'no' } as const;
    const { bench, told } = telling('client-connected', { authenticate: () => ({ refused }) });
    bench.peer().connect();
    expect(told).toEqual([]);
  });
});

describe('client-disconnected', () => {
  const ended = (how: (bench: Bench, peer: ReturnType<Bench['peer']>) => void) => {
    const { bench, told } = telling('client-disconnected');
    how(bench, bench.peer(MQTT_5_0, '192.0.2.7').connected({ clientId: 'a', keepAlive: 10 }));
    return told;
  };
  const from = { clientId: 'a', address: '192.0.2.7' };

  test.each([
    [
      'by the client',
      (_: Bench, peer: ReturnType<Bench['peer']>) => peer.disconnect(0x04),
      { by: 'client', reasonCode: 0x04, text: 'the client disconnected' },
    ],
    [
      'by the network',
      (_: Bench, peer: ReturnType<Bench['peer']>) => peer.lost(),
      { by: 'network', reasonCode: undefined, text: 'the network connection was closed' },
    ],
    [
      'by the server, for silence',
      (bench: Bench) => bench.pass(16),
      { by: 'server', reasonCode: 0x8d, text: expect.stringMatching(/^no packet came for 15/) },
    ],
    [
      'by the server, for an error',
      (_: Bench, peer: ReturnType<Bench['peer']>) => peer.hex('00 00'),
      { by: 'server', reasonCode: 0x81, text: expect.any(String) },
    ],
    [
      'by the server, asked from inside',
      (bench: Bench) => bench.hub.disconnect('a', Reason.administrativeAction, 'go', bench.now),
      { by: 'server', reasonCode: 0x98, text: 'go' },
    ],
  ])('%s', (_, how, expected) => {
    expect(ended(how)).toEqual([{ ...from, ...expected }]);
  });

  test('is told once, whatever comes after', () => {
    const told = ended((_, peer) => {
      peer.disconnect();
      peer.lost();
    });
    expect(told).toHaveLength(1);
  });

  test('of whom a take-over put out, before the new one is told', () => {
    const bench = new Bench();
    const order: string[] = [];
    bench.hub.events['client-connected'] = ({ address }) => order.push(`in ${address}`);
    bench.hub.events['client-disconnected'] = ({ address, reasonCode }) =>
      order.push(`out ${address} ${reasonCode}`);
    bench.peer(MQTT_5_0, 'one').connected();
    bench.peer(MQTT_5_0, 'two').connected();
    expect(order).toEqual(['in one', `out one ${Reason.sessionTakenOver}`, 'in two']);
  });
});

test('connect-refused says why, and who it was as far as it is known', () => {
  const refused = { reasonCode: Reason.badUserNameOrPassword, text: 'wrong' } as const;
  const { bench, told } = telling('connect-refused', { authenticate: () => ({ refused }) });
  bench.peer(MQTT_3_1_1, '192.0.2.7').connect({ clientId: 'a' });
  expect(told).toEqual([{ clientId: 'a', address: '192.0.2.7', reasonCode: 0x86, text: 'wrong' }]);
});

describe('subscribed and unsubscribed', () => {
  test('say the filter, what was granted, and whether it is new', () => {
    const { bench, told } = telling('subscribed', { limits: { maximumQos: 1 } });
    const properties = { subscriptionIdentifiers: [7] };
    bench.peer().connected().subscribe('a/+', { qos: 2, noLocal: true, properties }).subscribe('a/+');
    expect(told).toEqual([
      {
        clientId: 'client',
        topicFilter: 'a/+',
        qos: 1,
        noLocal: true,
        retainAsPublished: false,
        subscriptionIdentifier: 7,
        isNew: true,
      },
      expect.objectContaining({ noLocal: false, subscriptionIdentifier: undefined, isNew: false }),
    ]);
  });

  test('say a shared filter as it was subscribed', () => {
    const { bench, told } = telling('subscribed');
    bench.peer().connected().subscribe('$share/group/a');
    expect(told[0]?.topicFilter).toBe('$share/group/a');
  });

  test('are not told of what was refused or never there', () => {
    const permissions = { mayPublish: () => true, maySubscribe: () => false };
    const { bench, told } = telling('subscribed', {
      authenticate: () => ({ accepted: { userName: undefined, permissions } }),
    });
    bench.peer().connected().subscribe('a');
    expect(told).toEqual([]);
    const { bench: other, told: gone } = telling('unsubscribed');
    other.peer().connected().subscribed('a').send(unsubscribe('a', 'b'));
    expect(gone).toEqual([{ clientId: 'client', topicFilter: 'a' }]);
  });
});

describe('published', () => {
  test('says what, by whom and how many get it, with a payload that stays as it is', () => {
    const { bench, told } = telling('published');
    bench.peer().connected({ clientId: 'w1' }).subscribed('a');
    bench.peer().connected({ clientId: 'w2' }).subscribed('#');
    const properties = { contentType: 'text/plain' };
    bench
      .peer()
      .connected({ clientId: 'p' })
      .send(publish('a', 'x', { qos: 1, retain: true, properties }));
    expect(told).toEqual([
      {
        topic: 'a',
        payload: expect.any(Uint8Array),
        qos: 1,
        retain: true,
        properties,
        publisher: 'p',
        receivers: 2,
      },
    ]);
    // The bench has overwritten the bytes that it came in.
    expect(text(told[0]?.payload ?? new Uint8Array(0))).toBe('x');
  });

  test('of QoS 2 is told once, of a will with its client, of a repetition not at all', () => {
    const { bench, told } = telling('published');
    bench
      .peer()
      .connected({ clientId: 'p', will: will('w') })
      .publish('a', 'x', { qos: 2 })
      .publish('a', 'x', { qos: 2, dup: true })
      .send(ack('pubrel'))
      .lost();
    expect(told.map(({ topic, publisher, receivers }) => [topic, publisher, receivers])).toEqual([
      ['a', 'p', 0],
      ['w', 'p', 0],
    ]);
  });
});

describe('dropped', () => {
  test('absent: QoS 0 while the client is away', () => {
    const { bench, told } = telling('dropped');
    bench
      .peer()
      .connected({ ...lasting, clientId: 'w' })
      .subscribed('a')
      .lost();
    bench.peer().connected().publish('a');
    expect(told).toEqual([{ why: 'absent', clientId: 'w', topic: 'a', qos: 0, reasonCode: undefined }]);
  });

  test('slow: QoS 0 to a socket that takes no more', () => {
    const { bench, told } = telling('dropped');
    const peer = bench.peer().connected({ clientId: 'w' }).subscribed('a');
    peer.wire.congested = true;
    bench.peer().connected().publish('a');
    expect(told).toEqual([expect.objectContaining({ why: 'slow', clientId: 'w' })]);
  });

  test('too-large: beyond the Maximum Packet Size of the client [5:MQTT-3.1.2-25]', () => {
    const { bench, told } = telling('dropped');
    bench
      .peer()
      .connected({ clientId: 'w', properties: { maximumPacketSize: 50 } })
      .subscribed('a');
    bench.peer().connected().publish('a', 'x'.repeat(100), { qos: 1 });
    expect(told).toEqual([expect.objectContaining({ why: 'too-large', clientId: 'w', qos: 1 })]);
  });

  test.each(['drop-oldest', 'drop-newest', 'disconnect'] as const)(
    'queue-full: by the policy %s',
    (policy) => {
      const limits = { queueMessagesMax: 1, queuePolicy: policy };
      const { bench, told } = telling('dropped', { limits });
      bench
        .peer()
        .connected({ ...lasting, clientId: 'w' })
        .subscribed('#')
        .lost();
      const peer = bench.peer().connected();
      peer.publish('first', '', { qos: 1 }).publish('second', '', { qos: 1, packetId: 2 });
      const topic = policy === 'drop-oldest' ? 'first' : 'second';
      expect(told).toEqual([{ why: 'queue-full', clientId: 'w', topic, qos: 1, reasonCode: undefined }]);
    },
  );

  test('queue-full: also where all queues together are', () => {
    const { bench, told } = telling('dropped', { limits: { heldMessagesMax: 0 } });
    bench
      .peer()
      .connected({ ...lasting, clientId: 'w' })
      .subscribed('a')
      .lost();
    bench.peer().connected().publish('a', '', { qos: 1 });
    expect(told).toEqual([expect.objectContaining({ why: 'queue-full', clientId: 'w' })]);
  });

  test('expired: while it waited [5:MQTT-3.3.2-5]', () => {
    const { bench, told } = telling('dropped');
    bench
      .peer()
      .connected({ ...lasting, clientId: 'w' })
      .subscribed('a')
      .lost();
    bench
      .peer()
      .connected()
      .publish('a', '', { qos: 1, properties: { messageExpiryInterval: 5 } });
    bench.pass(6);
    bench.peer().connected({ ...lasting, clientId: 'w' });
    expect(told).toEqual([expect.objectContaining({ why: 'expired', clientId: 'w', topic: 'a' })]);
  });

  test('not-authorized and refused name the publisher, and are counted', () => {
    const permissions = { mayPublish: (topic: string) => topic !== 'secret', maySubscribe: () => true };
    const { bench, told } = telling('dropped', {
      limits: { topicLevelsMax: 2 },
      authenticate: () => ({ accepted: { userName: undefined, permissions } }),
    });
    const peer = bench.peer().connected({ clientId: 'p' });
    peer.publish('secret').publish('a/b/c', '', { qos: 1 });
    expect(told).toEqual([
      { why: 'not-authorized', clientId: 'p', topic: 'secret', qos: 0, reasonCode: 0x87 },
      { why: 'refused', clientId: 'p', topic: 'a/b/c', qos: 1, reasonCode: 0x90 },
    ]);
    expect(bench.hub.counters.messagesDropped).toBe(2);
  });

  test('as many as the counter says', () => {
    const { bench, told } = telling('dropped', { limits: { queueMessagesMax: 3 } });
    bench
      .peer()
      .connected({ ...lasting, clientId: 'w' })
      .subscribed('#')
      .lost();
    const peer = bench.peer().connected();
    for (let packetId = 1; packetId <= 20; packetId++) {
      peer.publish(`t/${packetId}`, '', packetId % 3 === 0 ? {} : { qos: 1, packetId });
    }
    expect(told.length).toBeGreaterThan(10);
    expect(told).toHaveLength(bench.hub.counters.messagesDropped);
  });
});

test('session-expired is told when it is', () => {
  const { bench, told } = telling('session-expired');
  bench
    .peer()
    .connected({ ...lasting, clientId: 'w' })
    .lost();
  bench.pass(59);
  expect(told).toEqual([]);
  bench.pass(2);
  expect(told).toEqual([{ clientId: 'w' }]);
});
