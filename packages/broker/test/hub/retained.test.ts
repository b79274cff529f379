/** Owns retained messages: kept, replaced, cleared, and walked for new subscriptions. */

import { describe, expect, test } from 'vitest';
import { ALL, ack, Bench, BOTH, MQTT_5, type Peer, subscribe, told, unsubscribe } from '../bench.ts';

const keep = (peer: Peer, topic: string, payload: string, qos: 0 | 1 | 2 = 0) =>
  peer.publish(topic, payload, { retain: true, qos });

describe.each(ALL)('a retained message in MQTT $name', (dialect) => {
  test('goes to new subscriptions with RETAIN set, to those there were without [3.1.1:MQTT-3.3.1-6] [3.1.1:MQTT-3.3.1-8] [3.1.1:MQTT-3.3.1-9]', () => {
    const bench = new Bench();
    const there = bench.peer(dialect).connected({ clientId: 'there' }).subscribed('#');
    keep(bench.peer(dialect).connected(), 'a/b', 'x');
    expect(told(there.take())).toEqual(['publish 0 a/b=x']);
    const late = bench.peer(dialect).connected({ clientId: 'late' }).subscribe('a/+');
    expect(told(late.take())).toEqual(['suback #1', 'publish 0 a/b=x retain']);
  });

  test('is replaced by the next, and cleared by an empty payload [5:MQTT-3.3.1-5] [5:MQTT-3.3.1-6] [5:MQTT-3.3.1-7] [5:MQTT-3.3.1-8] [3.1.1:MQTT-3.3.1-10] [3.1.1:MQTT-3.3.1-11] [3.1.1:MQTT-3.3.1-12]', () => {
    const bench = new Bench();
    const peer = bench.peer(dialect).connected();
    const late = bench.peer(dialect).connected({ clientId: 'late' });
    keep(keep(peer, 'a', '1'), 'a', '2');
    peer.publish('a', 'not kept');
    expect(told(late.subscribe('a').take())).toEqual(['suback #1', 'publish 0 a=2 retain']);
    keep(peer, 'a', '');
    expect(told(late.take())).toEqual(['publish 0 a=']);
    expect(told(late.subscribe('a').take())).toEqual(['suback #1']);
    expect(bench.hub.retainedCount).toBe(0);
  });

  test('comes at the lower of its QoS and the granted one', () => {
    const bench = new Bench();
    keep(bench.peer(dialect).connected(), 'a', 'x', 2);
    const late = bench.peer(dialect).connected({ clientId: 'late' });
    expect(told(late.subscribe('a', { qos: 1 }).take())).toEqual(['suback #1', 'publish 1 a=x retain #1']);
  });

  test('comes again with every SUBSCRIBE [5:MQTT-3.3.1-9] [5:MQTT-3.8.4-4] [3.1.1:MQTT-3.8.4-3]', () => {
    const bench = new Bench();
    const peer = keep(bench.peer(dialect).connected(), 'a', 'x');
    peer.subscribed('a');
    expect(told(peer.subscribe('a').take())).toEqual(['suback #1', 'publish 0 a=x retain']);
  });
});

test('a retained message does not go back to its publisher under No Local [5:MQTT-3.8.3-3]', () => {
  const bench = new Bench();
  const peer = keep(bench.peer().connected(), 'a', 'own');
  keep(bench.peer().connected({ clientId: 'other' }), 'b', 'foreign');
  const comes = peer.subscribe('+', { noLocal: true }).take();
  expect(told(comes)).toEqual(['suback #1', 'publish 0 b=foreign retain']);
});

describe('Retain Handling', () => {
  test.each([
    [0, true, true],
    [1, true, false],
    [2, false, false],
  ] as const)(
    '%i: sent to a new subscription %s, to one that is there %s [5:MQTT-3.3.1-9] [5:MQTT-3.3.1-10] [5:MQTT-3.3.1-11]',
    (retainHandling, first, again) => {
      const bench = new Bench();
      const peer = keep(bench.peer().connected(), 'a', 'x');
      const comes = () => peer.subscribe('a', { retainHandling }).take().length === 2;
      expect(comes()).toBe(first);
      expect(comes()).toBe(again);
    },
  );
});

describe('a retained message', () => {
  test('carries the Subscription Identifier and what is left of its expiry', () => {
    const bench = new Bench();
    const peer = bench.peer().connected();
    peer.publish('a', 'x', { retain: true, properties: { messageExpiryInterval: 60 } });
    bench.pass(10);
    const packets = peer.subscribe('a', { properties: { subscriptionIdentifiers: [7] } }).take();
    expect(packets[1]).toMatchObject({
      retain: true,
      properties: { messageExpiryInterval: 50, subscriptionIdentifiers: [7] },
    });
    // Its time has come, and nothing has looked at the clock since.
    bench.now += 50_000;
    expect(told(peer.subscribe('a').take())).toEqual(['suback #1']);
    bench.pass(1);
    expect(bench.hub.retainedCount).toBe(0);
  });

  test('outlives the bytes it came in', () => {
    const bench = new Bench();
    const peer = bench.peer().connected();
    const chunk = Uint8Array.of(0x31, 6, 0, 1, 0x61, 0, 0x78, 0x79);
    peer.connection.receive(chunk, bench.now);
    chunk.fill(0);
    expect(told(peer.subscribe('a').take())).toEqual(['suback #1', 'publish 0 a=xy retain']);
  });

  test('over the limit is refused with 0x97 where that can be said, and nothing that is kept suffers', () => {
    const bench = new Bench({ limits: { retainedMessagesMax: 1 } });
    const [v311] = BOTH;
    const watcher = bench.peer().connected({ clientId: 'watcher' }).subscribed('#');
    const peer = keep(bench.peer().connected({ clientId: 'five' }), 'a', '1');
    expect(told(keep(peer, 'b', '2', 1).take())).toEqual(['puback #1 0x97']);
    expect(told(watcher.take())).toEqual(['publish 0 a=1']);
    expect(told(keep(bench.peer(v311).connected(), 'b', '3', 1).take())).toEqual(['puback #1']);
    expect(told(watcher.take())).toEqual(['publish 1 b=3 #1']);
    keep(peer, 'a', '4', 1);
    expect(bench.hub.retainedCount).toBe(1);
  });

  test('that expires leaves when its time has come, and makes room, though nobody comes by [5:MQTT-3.3.2-5]', () => {
    const bench = new Bench({ limits: { retainedMessagesMax: 1 } });
    const peer = bench.peer(MQTT_5).connected();
    peer.publish('a', 'old', { retain: true, properties: { messageExpiryInterval: 5 } });
    bench.pass(4);
    expect(bench.hub.retainedCount).toBe(1);
    bench.pass(2);
    expect(bench.hub.retainedCount).toBe(0);
    peer.publish('b', 'new', { retain: true });
    expect(bench.hub.retainedCount).toBe(1);
  });

  test('that replaces one which expires stays when that time has come', () => {
    const bench = new Bench();
    const peer = bench.peer(MQTT_5).connected();
    peer.publish('a', 'old', { retain: true, properties: { messageExpiryInterval: 5 } });
    peer.publish('a', 'new', { retain: true });
    bench.pass(6);
    expect(bench.hub.retainedCount).toBe(1);
    expect(bench.hub.wheel.size).toBe(0);
  });

  test('counts its bytes: what was replaced or cleared makes room', () => {
    const bench = new Bench({ limits: { retainedBytesMax: 1000 } });
    const peer = bench.peer().connected();
    const refused = () => keep(peer, 'b', 'x'.repeat(500), 1).only('puback').reasonCode === 0x97;
    keep(peer, 'a', 'x'.repeat(600));
    expect(refused()).toBe(true);
    keep(peer, 'a', 'x');
    expect(refused()).toBe(false);
    keep(peer, 'b', '');
    expect(keep(peer, 'a', 'x'.repeat(800), 1).only('puback').reasonCode).not.toBe(0x97);
  });

  test('that does not fit leaves nothing older standing where it was accepted [3.1.1:MQTT-3.3.1-7]', () => {
    const bench = new Bench({ limits: { retainedBytesMax: 1000 } });
    const peer = bench.peer(BOTH[0]).connected();
    keep(keep(peer, 'a', 'old'), 'a', 'x'.repeat(2000));
    expect(told(peer.subscribe('a').take())).toEqual(['suback #1']);
    const other = bench.peer().connected({ clientId: 'other' });
    keep(keep(other, 'b', 'old', 1), 'b', 'x'.repeat(2000), 1);
    expect(told(other.take())).toEqual(['puback #1 0x10', 'puback #1 0x97']);
    expect(told(other.subscribe('b').take())).toEqual(['suback #1', 'publish 1 b=old retain #1']);
  });
});

describe('many retained messages', () => {
  const full = (count: number) => {
    const bench = new Bench();
    const peer = bench.peer().connected({ clientId: 'full' });
    for (let i = 0; i < count; i++) keep(peer, `r/${i}`, 'x');
    return { bench, peer };
  };
  const drain = (bench: Bench) => {
    while (bench.hub.work(bench.now));
  };

  test('come in slices, all of them, once', () => {
    const { bench } = full(2000);
    const peer = bench.peer(MQTT_5).connected().subscribe('r/#', { qos: 0 });
    const first = peer.take().length;
    expect(first).toBeLessThan(1000);
    drain(bench);
    const rest = peer.take();
    expect(first - 1 + rest.length).toBe(2000);
    expect(new Set(told(rest)).size).toBe(rest.length);
  });

  test('wait for a socket that is behind: none is lost at QoS 0', () => {
    const { bench } = full(1000);
    const peer = bench.peer().connected();
    peer.wire.congested = true;
    expect(told(peer.subscribe('r/#', { qos: 0 }).take())).toEqual(['suback #1']);
    drain(bench);
    expect(peer.take()).toEqual([]);
    peer.drained();
    drain(bench);
    expect(peer.take()).toHaveLength(1000);
  });

  test('that wait cost nobody anything, however many filters they wait for', () => {
    const bench = new Bench();
    const peer = bench.peer().connected({ clientId: 'publisher' });
    const filters = Array.from({ length: 4000 }, (_, i) => `a/${i}`);
    for (const filter of filters) keep(peer, filter, 'x');
    const subscriptions = filters.flatMap((filter) => subscribe(filter).subscriptions);
    let asked = 0;
    for (let i = 0; i < 5; i++) {
      const behind = bench.peer().connected({ clientId: `behind ${i}` });
      Object.defineProperty(behind.wire, 'congested', {
        get: () => {
          asked += 1;
          return true;
        },
      });
      behind.send({ ...subscribe('a'), subscriptions });
    }
    // Once for each filter, not for each that waits already.
    expect(asked).toBeLessThanOrEqual(2 * 5 * filters.length);
    asked = 0;
    expect(bench.hub.work(bench.now)).toBe(false);
    expect(asked).toBe(5);
  });

  test('come in turns however often a client subscribes: who floods with SUBSCRIBE keeps nobody waiting', () => {
    const { bench } = full(600);
    const peer = bench.peer().connected();
    for (let i = 0; i < 100; i++) peer.subscribe('r/#', { qos: 0 });
    const publishes = (): number => peer.take().filter(({ type }) => type === 'publish').length;
    // 100 times 600 without it.
    const counts = [publishes()];
    while (bench.hub.work(bench.now)) counts.push(publishes());
    counts.push(publishes());
    expect(Math.max(...counts)).toBeLessThanOrEqual(2 * 512);
    // All that the last SUBSCRIBE asks for.
    expect(counts.slice(1).reduce((sum, count) => sum + count)).toBe(600);
  });

  test('of many filters with few each come in one turn', () => {
    const { bench } = full(20);
    const peer = bench.peer().connected();
    for (let i = 0; i < 20; i++) peer.subscribe(`r/${i}`, { qos: 0 });
    expect(peer.take().filter(({ type }) => type === 'publish')).toHaveLength(20);
  });

  test('wait for a client that does not acknowledge: its queue does not overflow', () => {
    const bench = new Bench({ limits: { queueMessagesMax: 600 } });
    const owner = bench.peer().connected({ clientId: 'owner' });
    for (let i = 0; i < 1000; i++) keep(owner, `r/${i}`, 'x', 1);
    const peer = bench
      .peer()
      .connected({ properties: { receiveMaximum: 1 } })
      .subscribe('r/#', { qos: 1 });
    drain(bench);
    let got = peer.take().filter(({ type }) => type === 'publish');
    let count = got.length;
    while (got.length > 0) {
      for (const one of got) if (one.type === 'publish') peer.send(ack('puback', one.packetId));
      drain(bench);
      got = peer.take();
      count += got.length;
    }
    expect(count).toBe(1000);
    expect(bench.hub.counters.messagesDropped).toBe(0);
  });

  test('stop coming when the filter is unsubscribed, or the client goes [5:MQTT-3.10.4-2]', () => {
    const { bench } = full(2000);
    const peer = bench
      .peer()
      .connected({ properties: { sessionExpiryInterval: 60 } })
      .subscribe('r/#', { qos: 0 });
    peer.send(unsubscribe('r/#')).take();
    drain(bench);
    expect(peer.take()).toEqual([]);
    peer.subscribe('r/#', { qos: 0 }).take();
    peer.lost();
    drain(bench);
    expect(peer.raw()).toHaveLength(0);
  });

  test('are as they are when they come: what was cleared meanwhile does not come', () => {
    const { bench, peer: owner } = full(1000);
    const peer = bench.peer().connected();
    peer.wire.congested = true;
    peer.subscribe('r/#', { qos: 0 }).take();
    for (let i = 0; i < 1000; i++) keep(owner, `r/${i}`, i < 500 ? '' : 'new');
    peer.drained();
    drain(bench);
    const lines = told(peer.take());
    expect(lines).toHaveLength(500);
    expect(lines.every((line) => line.endsWith('=new retain'))).toBe(true);
  });
});
