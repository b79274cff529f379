/** Owns how `$SYS` reaches clients: retained, at its interval, apart from what clients retain. */

import { MQTT_5_0 } from '@anax/protocol';
import { describe, expect, test } from 'vitest';
import { startSys } from '../../src/sys/publisher.ts';
import { type Figures, SysTree } from '../../src/sys/tree.ts';
import { Bench, type BenchOptions, BOTH, type Peer, publish, text } from '../bench.ts';

function figuresOf(bench: Bench): Figures {
  const { hub } = bench;
  return {
    counters: hub.counters,
    clientsConnected: bench.context.clients.connected,
    sessions: hub.sessionCount,
    subscriptions: hub.subscriptionCount,
    sharedSubscriptions: 0,
    retainedMessages: hub.retainedCount,
    storedMessages: hub.retainedCount,
    storedBytes: hub.retainedBytes,
    heapBytes: 1,
  };
}

/** How many there are, all of them. */
const TOPICS = new SysTree('1.2.3', 'changes', figuresOf(new Bench()), 0).update(
  figuresOf(new Bench()),
  0,
).length;

function withSys(options: BenchOptions = {}): Bench {
  const bench = new Bench(options);
  startSys(bench.hub, '1.2.3', 10_000, () => figuresOf(bench), bench.now);
  return bench;
}

interface Heard {
  readonly texts: Readonly<Record<string, string>>;
  readonly retained: boolean[];
  readonly qos: number[];
}

/** The messages under `$SYS` since the peer last looked. */
function heard(peer: Peer): Heard {
  const messages = peer.take().flatMap((packet) => (packet.type === 'publish' ? [packet] : []));
  return {
    texts: Object.fromEntries(messages.map(({ topic, payload }) => [topic, text(payload)])),
    retained: [...new Set(messages.map(({ retain }) => retain))],
    qos: [...new Set(messages.map(({ qos }) => qos))],
  };
}

describe.each(BOTH)('in MQTT $name', (dialect) => {
  test('a subscriber of $SYS/# gets all of it at once, as retained, at QoS 0', () => {
    const peer = withSys().peer(dialect).connected().subscribe('$SYS/#');
    const { texts, retained, qos } = heard(peer);
    expect(Object.keys(texts)).toHaveLength(TOPICS);
    expect(texts['$SYS/broker/version']).toBe('anax version 1.2.3');
    expect(texts['$SYS/broker/uptime']).toBe('0 seconds');
    expect([retained, qos]).toEqual([[true], [0]]);
  });

  test('then, every interval and not before, what has changed', () => {
    const bench = withSys();
    const peer = bench.peer(dialect).connected().subscribed('$SYS/#');
    bench.pass(9.9);
    expect(peer.take()).toEqual([]);
    bench.pass(0.2);
    const { texts, retained } = heard(peer);
    expect(retained).toEqual([false]);
    expect(texts).toMatchObject({
      '$SYS/broker/uptime': '10 seconds',
      '$SYS/broker/clients/connected': '1',
      '$SYS/broker/subscriptions/count': '1',
      '$SYS/broker/messages/received': '2',
      '$SYS/broker/messages/sent': String(TOPICS + 2),
      '$SYS/broker/publish/messages/sent': String(TOPICS),
    });
    expect(texts['$SYS/broker/version']).toBeUndefined();
    bench.pass(10);
    expect(heard(peer).texts).toMatchObject({ '$SYS/broker/uptime': '20 seconds' });
  });

  test('a single topic, also with a wildcard below', () => {
    const bench = withSys();
    const peer = bench.peer(dialect).connected().subscribe('$SYS/broker/clients/+');
    expect(Object.keys(heard(peer).texts)).toHaveLength(7);
    expect(heard(peer.subscribe('$SYS/broker/version')).texts).toEqual({
      '$SYS/broker/version': 'anax version 1.2.3',
    });
  });

  test('# and + do not match it [5:MQTT-4.7.2-1] [3.1.1:MQTT-4.7.2-1]', () => {
    const bench = withSys();
    const peer = bench.peer(dialect).connected().subscribed('#').subscribed('+/broker/#');
    bench.pass(30);
    expect(peer.take()).toEqual([]);
  });

  test('clients may not publish to it', () => {
    const bench = withSys();
    const watcher = bench.peer(dialect).connected({ clientId: 'w' }).subscribed('$SYS/#');
    bench
      .peer(dialect)
      .connected()
      .send(publish('$SYS/broker/uptime', 'x', { retain: true }));
    expect(watcher.take()).toEqual([]);
    const late = bench.peer(dialect).connected({ clientId: 'late' });
    expect(heard(late.subscribe('$SYS/broker/uptime')).texts).toEqual({ '$SYS/broker/uptime': '0 seconds' });
  });
});

test('it is not counted with what clients retain, and no limit of theirs keeps it out', () => {
  const bench = withSys({ limits: { retainedMessagesMax: 1, retainedBytesMax: 200 } });
  expect([bench.hub.retainedCount, bench.hub.retainedBytes]).toEqual([0, 0]);
  const peer = bench.peer().connected().publish('a', 'x', { retain: true });
  expect(bench.hub.retainedCount).toBe(1);
  expect(Object.keys(heard(peer.subscribe('$SYS/#')).texts)).toHaveLength(TOPICS);
  bench.pass(10);
  expect(bench.hub.retainedCount).toBe(1);
});

test('where nothing is retained, all of it comes at every interval, without RETAIN', () => {
  const bench = withSys({ limits: { retainAvailable: false } });
  const peer = bench.peer().connected().subscribe('$SYS/#');
  expect(heard(peer).texts).toEqual({});
  bench.pass(10.1);
  expect(heard(peer)).toMatchObject({ retained: [false] });
  bench.pass(10);
  expect(Object.keys(heard(peer).texts)).toHaveLength(TOPICS);
});

test('a session that is away is owed none of it', () => {
  const bench = withSys();
  const facts = { cleanStart: false, properties: { sessionExpiryInterval: 1000 } };
  bench.peer().connected(facts).subscribed('$SYS/#', { qos: 2 }).lost();
  bench.pass(60);
  expect(bench.hub.held.messages).toBe(0);
  expect(
    bench
      .peer()
      .connected({ ...facts, cleanStart: false })
      .take(),
  ).toEqual([]);
});

test('a slow subscriber gets the rest of it once it takes bytes again', () => {
  const bench = withSys();
  const peer = bench.peer(MQTT_5_0).connected();
  peer.wire.congested = true;
  peer.subscribe('$SYS/#');
  expect(heard(peer).texts).toEqual({});
  peer.drained();
  while (bench.hub.work(bench.now));
  expect(Object.keys(heard(peer).texts)).toHaveLength(TOPICS);
});

test('the own figures are told to nobody as an event', () => {
  const bench = new Bench();
  const topics: string[] = [];
  bench.hub.events.published = ({ topic }) => topics.push(topic);
  startSys(bench.hub, '1', 1000, () => figuresOf(bench), bench.now);
  bench.pass(5);
  bench.peer().connected().publish('a');
  expect(topics).toEqual(['a']);
});
