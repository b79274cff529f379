/** Owns the proof of what a change of rights does to sessions, connected or not, beyond what comes through: the matrix. */

import { MQTT_3_1_1, MQTT_5_0 } from '@anax/protocol';
import { describe, expect, test } from 'vitest';
import { ANYTHING_BUT_SYS, type ExchangeFactory } from '../../src/access/access.ts';
import { type Judge, NO_RIGHTS, type Rights } from '../../src/hub/rights.ts';
import { Bench, type Peer, told } from '../bench.ts';
import { lasting } from '../hub/restarts.ts';
import { ack, publish, type Type, unsubscribe, will } from '../packets.ts';
import { ALL, changing, NOT_SECRET, toAll } from './rights.ts';

describe('revise', () => {
  test('leaves a client connected, takes its subscriptions, and says so', () => {
    const bench = new Bench();
    const told: string[] = [];
    bench.hub.events.unsubscribed = ({ clientId, topicFilter }) => told.push(`${clientId} ${topicFilter}`);
    const peer = bench.peer().connected().subscribed('secret/#').subscribed('open');
    const revised = bench.hub.revise(toAll(NOT_SECRET), bench.now);
    expect(revised).toEqual({ sessions: 1, subscriptions: 1, disconnected: 0 });
    expect(peer.closed).toBe(false);
    expect(told).toEqual(['client secret/#']);
    expect([...(bench.hub.session('client')?.subscriptions.keys() ?? [])]).toEqual(['open']);
    expect(bench.hub.session('client')?.filterBytes).toBe(4);
    expect(bench.hub.subscriptionCount).toBe(1);
    expect(bench.hub.counters.subscriptionsRevoked).toBe(1);
    expect(bench.notes.at(-1)).toMatchObject({ event: 'rights-revoked', clientId: 'client' });
  });

  test('leaves who is not judged as it is', () => {
    const bench = new Bench();
    bench.peer().connected({ clientId: 'a' }).subscribed('secret');
    bench.peer().connected({ clientId: 'b' }).subscribed('secret');
    const judge: Judge = ({ clientId }) => (clientId === 'a' ? { rights: NO_RIGHTS } : undefined);
    expect(bench.hub.revise(judge, bench.now)).toMatchObject({ sessions: 1, subscriptions: 1 });
    expect(bench.hub.session('b')?.subscriptions.size).toBe(1);
  });

  test('tells the judge who it is, where, and what it may', () => {
    const bench = new Bench();
    bench.peer(MQTT_5_0, '192.0.2.7').connected({ clientId: 'here', userName: 'alice' });
    bench
      .peer()
      .connected({ clientId: 'away', ...lasting })
      .lost();
    const seen: object[] = [];
    bench.hub.revise((session) => void seen.push(session), bench.now);
    const rights = ANYTHING_BUT_SYS;
    expect(seen).toEqual([
      { clientId: 'here', userName: 'alice', address: '192.0.2.7', rights, login: expect.anything() },
      { clientId: 'away', userName: undefined, address: undefined, rights, login: expect.anything() },
    ]);
    expect(seen[0]).toMatchObject({ login: { userName: 'alice', address: '192.0.2.7' } });
  });

  test.each([
    [MQTT_5_0, ['disconnect 0x87']],
    [MQTT_3_1_1, []],
  ])('ends the connection of who is let in no more, without its will (%o)', (dialect, expected) => {
    const bench = new Bench();
    const observer = bench.peer().connected({ clientId: 'observer' }).subscribed('w');
    const peer = bench.peer(dialect).connected({ will: will('w') });
    const gone: Judge = ({ clientId }) =>
      clientId === 'client'
        ? { rights: NO_RIGHTS, end: { reasonCode: 0x87, text: 'there is no such user' } }
        : undefined;
    expect(bench.hub.revise(gone, bench.now)).toMatchObject({ disconnected: 1 });
    expect(told(peer.take())).toEqual(expected);
    expect(peer.closed).toBe(true);
    expect(observer.take()).toEqual([]);
    expect(bench.hub.counters).toMatchObject({ clientsRevoked: 1, willsRefused: 1, willsPublished: 0 });
    expect(bench.notes.find(({ event }) => event === 'will-refused')).toMatchObject({
      clientId: 'client',
      reasonCode: 0x87,
    });
  });

  test('swaps all rights before anything is sent: who is last in line gets no will of who is first', () => {
    const bench = new Bench();
    bench.peer().connected({ clientId: 'first', will: will('secret/w') });
    const last = bench.peer().connected({ clientId: 'last' }).subscribed('secret/#');
    const judge: Judge = ({ clientId }) =>
      clientId === 'first'
        ? { rights: ALL, end: { reasonCode: 0x98, text: 'another password' } }
        : { rights: { ...ALL, mayReceive: () => false } };
    bench.hub.revise(judge, bench.now);
    expect(bench.hub.counters.willsPublished).toBe(1);
    expect(last.take()).toEqual([]);
  });

  test('takes all from whom the judge throws over', () => {
    const bench = new Bench();
    const peer = bench.peer().connected().subscribed('a');
    bench.hub.revise(() => JSON.parse('{'), bench.now);
    expect(told(peer.take())).toEqual(['disconnect 0x87']);
    expect(bench.hub.sessionCount).toBe(0);
  });

  test('permissions that throw say no, and so does what is not true', () => {
    for (const nonsense of [() => JSON.parse('{'), () => 'yes' as unknown as boolean]) {
      const bench = new Bench();
      const peer = bench.peer().connected().subscribed('a');
      bench.hub.revise(toAll({ ...ALL, mayReceive: nonsense }), bench.now);
      bench.peer().connected({ clientId: 'pub' }).publish('a', 'x');
      expect(peer.take()).toEqual([]);
      bench.hub.revise(toAll({ ...ALL, maySubscribe: nonsense }), bench.now);
      expect(bench.hub.subscriptionCount).toBe(0);
    }
  });

  test('lets what was sent be acknowledged', () => {
    const bench = new Bench();
    const peer = bench
      .peer()
      .connected({ ...lasting })
      .subscribed('secret', { qos: 2 });
    bench
      .peer()
      .connected({ clientId: 'pub' })
      .send(publish('secret', '1', { qos: 1 }), publish('secret', '2', { qos: 2, packetId: 2 }));
    expect(told(peer.take())).toEqual(['publish 1 secret=1 #1', 'publish 2 secret=2 #2']);
    bench.hub.revise(toAll(NOT_SECRET), bench.now);
    peer.send(ack('puback', 1), ack('pubrec', 2));
    expect(told(peer.take())).toEqual(['pubrel #2']);
    peer.send(ack('pubcomp', 2));
    expect([peer.closed, bench.hub.held.messages]).toEqual([false, 0]);
  });

  test('takes a subscription that would have to be granted at a lower QoS', () => {
    const bench = new Bench();
    bench.peer().connected().subscribed('a', { qos: 2 }).subscribed('b', { qos: 1 });
    bench.hub.revise(toAll({ ...ALL, maySubscribe: (_, qos) => qos < 2 }), bench.now);
    expect([...(bench.hub.session('client')?.subscriptions.keys() ?? [])]).toEqual(['b']);
  });
});

describe('who publishes', () => {
  test.each([
    [MQTT_5_0, ['puback #1 0x87', 'pubrec #2 0x87']],
    [MQTT_3_1_1, ['puback #1', 'pubrec #2']],
  ])('may no longer from the next PUBLISH on (%o)', (dialect, expected) => {
    const bench = new Bench();
    const other = bench.peer().connected({ clientId: 'other' }).subscribed('secret');
    const peer = bench.peer(dialect).connected();
    bench.hub.revise(
      ({ clientId }) => (clientId === 'client' ? { rights: NOT_SECRET } : undefined),
      bench.now,
    );
    peer.send(publish('secret', '1', { qos: 1 }), publish('secret', '2', { qos: 2, packetId: 2 }));
    expect(told(peer.take())).toEqual(expected);
    expect(other.take()).toEqual([]);
  });

  test.each([[MQTT_5_0], [MQTT_3_1_1]])(
    'has published at PUBLISH: what is released afterwards has gone, and goes no second time (%o)',
    (dialect) => {
      const bench = new Bench();
      const other = bench.peer().connected({ clientId: 'other' }).subscribed('secret', { qos: 0 });
      const peer = bench.peer(dialect).connected().publish('secret', '1', { qos: 2 });
      expect(told(other.take())).toEqual(['publish 0 secret=1']);
      expect(told(peer.take())).toEqual(['pubrec #1']);
      bench.hub.revise(toAll(NO_RIGHTS), bench.now);
      peer.publish('secret', '1', { qos: 2, dup: true }).send(ack('pubrel', 1));
      expect(told(peer.take())).toEqual(['pubrec #1', 'pubcomp #1']);
      expect(other.take()).toEqual([]);
    },
  );

  test('is asked with the topic that an alias stands for, every time', () => {
    const bench = new Bench();
    const other = bench.peer().connected({ clientId: 'other' }).subscribed('secret');
    const peer = bench.peer().connected();
    const properties = { topicAlias: 1 };
    peer.publish('secret', '1', { properties }).publish('', '2', { properties });
    expect(told(other.take())).toEqual(['publish 0 secret=1', 'publish 0 secret=2']);
    bench.hub.revise(
      ({ clientId }) => (clientId === 'client' ? { rights: NOT_SECRET } : undefined),
      bench.now,
    );
    peer.publish('', '3', { qos: 1, properties });
    expect(told(peer.take())).toEqual(['puback #1 0x87']);
    // An alias that is set by a message that is denied stands, and is asked again.
    peer.publish('secret/2', '4', { properties }).publish('', '5', { qos: 1, properties });
    expect(told(peer.take())).toEqual(['puback #1 0x87']);
    expect(other.take()).toEqual([]);
  });

  test('is told that nobody has it where nobody may', () => {
    const bench = new Bench();
    bench.peer().connected({ clientId: 'sub' }).subscribed('secret');
    const peer = bench.peer().connected();
    expect(told(peer.publish('secret', '', { qos: 1 }).take())).toEqual(['puback #1']);
    bench.hub.revise(toAll({ ...ALL, mayReceive: () => false }), bench.now);
    expect(told(peer.publish('secret', '', { qos: 1 }).take())).toEqual(['puback #1 0x10']);
  });
});

describe('a login with fewer rights', () => {
  test('takes what the session had with others', () => {
    const { bench, become } = changing();
    bench
      .peer()
      .connected({ ...lasting })
      .subscribed('secret')
      .subscribed('open')
      .lost();
    bench
      .peer()
      .connected({ clientId: 'pub' })
      .send(publish('secret', 'S', { qos: 1 }), publish('open', 'O', { qos: 1, packetId: 2 }))
      .disconnect();
    become({ ...ALL, maySubscribe: (filter) => filter !== 'secret' });
    const peer = bench.peer().connect({ ...lasting });
    expect(told(peer.take())).toEqual(['connack', 'publish 1 open=O #1']);
    expect(bench.hub.subscriptionCount).toBe(1);
  });

  test('so does re-authentication [5:4.12.1]', () => {
    let rights: Rights = ALL;
    const factory: ExchangeFactory = () => ({
      step: () => ({ accepted: { userName: 'toy', permissions: rights } }),
    });
    const bench = new Bench({ methods: new Map([['TOY', factory]]) });
    const properties = { authenticationMethod: 'TOY' };
    const peer = bench.peer().connected({ properties }).subscribed('secret').subscribed('open');
    rights = NOT_SECRET;
    expect(told(peer.send({ type: 'auth', reasonCode: 0x19, properties }).take())).toEqual(['auth']);
    const pub = bench.peer().connected({ clientId: 'pub' });
    pub.send(publish('secret', 'S'), publish('open', 'O'));
    expect(told(peer.take())).toEqual(['publish 0 open=O']);
  });
});

describe('shared subscriptions', () => {
  /** Members that may not have what is secret, and behind them one who may. */
  function group(bench: Bench, count: number): Peer {
    const shared = { qos: 1 } as const;
    for (let i = 0; i < count; i++) {
      bench
        .peer()
        .connected({ clientId: `m${i}`, userName: 'denied' })
        .subscribed('$share/g/+', shared);
    }
    return bench.peer().connected({ clientId: 'last', userName: 'other' }).subscribed('$share/g/+', shared);
  }

  test.each([['random'], ['round-robin'], ['sticky'], ['least-in-flight']] as const)(
    'choose among those who may, however many may not: %s',
    (sharedStrategy) => {
      const bench = new Bench({ limits: { sharedStrategy } });
      const last = group(bench, 100);
      const judge: Judge = ({ userName }) => (userName === 'denied' ? { rights: NOT_SECRET } : undefined);
      bench.hub.revise(judge, bench.now);
      const pub = bench.peer().connected({ clientId: 'pub' });
      for (let i = 1; i <= 20; i++) pub.publish('secret', String(i), { qos: 1, packetId: i });
      expect(last.take()).toHaveLength(20);
      expect(bench.hub.counters.messagesDropped).toBe(0);
    },
  );

  test('give nothing away that no other member may have', () => {
    const bench = new Bench();
    const only = bench
      .peer()
      .connected({ ...lasting, userName: 'only' })
      .subscribed('$share/g/+', { qos: 1 });
    only.wire.congested = true;
    bench
      .peer()
      .connected({ clientId: 'pub' })
      .send(publish('secret', 'S', { qos: 1 }), publish('open', 'O', { qos: 1, packetId: 2 }));
    const other = bench.peer().connected({ clientId: 'other' }).subscribed('$share/g/+', { qos: 1 });
    bench.hub.revise(
      ({ clientId }) => (clientId === 'other' ? { rights: NOT_SECRET } : undefined),
      bench.now,
    );
    only.send(unsubscribe('$share/g/+')).take();
    expect(told(other.take())).toEqual(['publish 1 open=O #1']);
    only.drained();
    expect(told(only.take())).toEqual(['publish 1 secret=S #1']);
  });

  test('whose members all may not keep nothing for them', () => {
    const bench = new Bench();
    bench
      .peer()
      .connected({ ...lasting })
      .subscribed('$share/g/+', { qos: 1 })
      .lost();
    bench.hub.revise(toAll(NOT_SECRET), bench.now);
    const pub = bench.peer().connected({ clientId: 'pub' });
    expect(told(pub.publish('secret', '', { qos: 1 }).take())).toEqual(['puback #1 0x10']);
    expect(bench.hub.held.messages).toBe(0);
  });
});

test('a will that is gone is gone: what is revoked later does not reach back', () => {
  const bench = new Bench();
  const observer = bench.peer().connected({ clientId: 'observer' }).subscribed('w');
  const facts: Partial<Type<'connect'>> = { ...lasting, will: will('w') };
  bench.peer().connected(facts).lost();
  expect(told(observer.take())).toEqual(['publish 0 w=gone']);
  bench.hub.revise(toAll(NO_RIGHTS), bench.now);
  bench.pass(1);
  expect(observer.take()).toEqual([]);
});

test('$SYS is published by a client only where its rights say so', () => {
  const topic = '$SYS/mine';
  const bench = new Bench({
    authenticate: ({ userName }) => ({
      accepted: { userName, permissions: userName === 'root' ? ALL : ANYTHING_BUT_SYS },
    }),
  });
  const sub = bench.peer().connected({ clientId: 'sub' }).subscribed(topic);
  bench.peer().connected({ clientId: 'a' }).publish(topic, '1');
  bench.peer().connected({ clientId: 'b', userName: 'root' }).publish(topic, '2');
  expect(told(sub.take())).toEqual(['publish 0 $SYS/mine=2']);
});
