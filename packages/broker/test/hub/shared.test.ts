/** Owns the proof of shared subscriptions: one member gets each message, and what it leaves another gets. [5:4.8.2] */

import { Backlog, type SharedStrategy } from '@anax/protocol';
import { describe, expect, test, vi } from 'vitest';
import { ALL, ack, Bench, BOTH, MQTT_5, type Peer, told, unsubscribe, will } from '../bench.ts';
import { type Group, group, lasting, payloads, publishMany, SHARED } from './sharing.ts';

function byStrategy(sharedStrategy: SharedStrategy): Group {
  return group(3, { limits: { sharedStrategy } });
}

describe('a shared subscription', () => {
  test.each([0, 1, 2] as const)('brings each message to one member at QoS %d', (qos) => {
    const all = group(3);
    publishMany(all, 30, qos);
    const got = all.members.map(payloads);
    expect(got.flat().sort()).toEqual(Array.from({ length: 30 }, (_, i) => String(i + 1)).sort());
    expect(got.map(({ length }) => length)).toEqual([10, 10, 10]);
  });

  test('stands beside others: another group, the same filter unshared, in the same session too', () => {
    const { bench, members, publisher } = group(2);
    const [first] = members as [Peer, Peer];
    first.subscribed('a').subscribed('$share/other/a');
    const single = bench.peer().connected({ clientId: 'single' }).subscribed('+');
    publisher.publish('a', 'x');
    const counts = members.map((member) => payloads(member).length);
    expect(counts[0]).toBeGreaterThanOrEqual(2);
    expect((counts[0] as number) + (counts[1] as number)).toBe(3);
    expect(payloads(single)).toEqual(['x']);
  });

  test('is its own for each filter under one name', () => {
    const { bench, publisher } = group(0);
    const one = bench.peer().connected({ clientId: 'one' }).subscribed('$share/g/a');
    const two = bench.peer().connected({ clientId: 'two' }).subscribed('$share/g/+');
    publisher.publish('a', 'x');
    expect([payloads(one), payloads(two)]).toEqual([['x'], ['x']]);
  });

  test('keeps the options of each member: QoS, Retain As Published, Subscription Identifier [5:MQTT-3.3.4-5] [5:MQTT-4.8.2-3]', () => {
    const { bench, publisher } = group(0);
    const member = bench.peer().connected({ clientId: 'm' });
    member.subscribed(SHARED, {
      qos: 1,
      retainAsPublished: true,
      properties: { subscriptionIdentifiers: [7] },
    });
    publisher.publish('a', 'x', { qos: 2, retain: true });
    expect(member.only('publish')).toMatchObject({
      qos: 1,
      retain: true,
      properties: { subscriptionIdentifiers: [7] },
    });
  });

  test('brings no retained messages [5:4.8.2]', () => {
    const bench = new Bench();
    const publisher = bench.peer().connected({ clientId: 'p' });
    // Not even one whose topic name is the text of the filter.
    for (const topic of ['a', SHARED]) publisher.publish(topic, 'x', { retain: true });
    const member = bench.peer().connected({ clientId: 'm' }).subscribe(SHARED);
    expect(told(member.take())).toEqual(['suback #1']);
  });

  test('brings a will to one member', () => {
    const all = group(2);
    const dying = all.bench.peer().connected({ clientId: 'dying', will: will('a', 'gone') });
    dying.lost();
    expect(all.members.flatMap(payloads)).toEqual(['gone']);
  });

  test('with No Local is a Protocol Error [5:MQTT-3.8.3-4]', () => {
    const { bench } = group(0);
    const member = bench.peer().connected({ clientId: 'm' }).subscribe(SHARED, { noLocal: true });
    expect(told(member.take())).toEqual(['disconnect 0x82']);
  });

  test('may bring a message back to its publisher', () => {
    const { members } = group(1);
    const [only] = members as [Peer];
    expect(payloads(only.publish('a', 'mine'))).toEqual(['mine']);
  });

  test('counts as one receiver, and as none where nobody can take the message [5:3.4.2.1]', () => {
    const { bench, members, publisher } = group(1);
    publisher.publish('a', 'x', { qos: 1 });
    expect(publisher.only('puback').reasonCode).toBe(0);
    (members[0] as Peer).send(unsubscribe(SHARED));
    publisher.publish('a', 'x', { qos: 1 });
    expect(publisher.only('puback').reasonCode).toBe(0x10);
    expect(bench.hub.sharedSubscriptionCount).toBe(0);
  });

  test.each([
    ['too-large', 1],
    ['slow', 0],
    ['absent', 0],
  ] as const)('of which nobody can take the message drops it, and says so: %s', (why, qos) => {
    const properties = why === 'too-large' ? { maximumPacketSize: 20 } : {};
    const { bench, members, publisher } = group(2, { facts: { ...lasting, properties } });
    for (const { wire } of members) wire.congested = why === 'slow';
    const dropped: unknown[] = [];
    bench.hub.events.dropped = (event) => dropped.push(event.why);
    if (why === 'absent') {
      const away = bench
        .peer()
        .connected({ ...lasting, clientId: 'away' })
        .subscribed('$share/other/b');
      away.lost();
      publisher.publish('b', 'x');
    } else {
      publisher.publish('a', 'too long for twenty bytes', { qos });
    }
    expect([dropped, bench.hub.counters.messagesDropped]).toEqual([[why], 1]);
    if (qos > 0) expect(publisher.only('puback').reasonCode).toBe(0);
  });

  test('is replaced, counted and removed as any other', () => {
    const { bench, members } = group(2);
    const [first] = members as [Peer, Peer];
    first.subscribed(SHARED, { qos: 0 });
    expect([bench.hub.sharedSubscriptionCount, bench.hub.subscriptionCount]).toEqual([2, 2]);
    expect(first.send(unsubscribe(SHARED, SHARED)).only('unsuback').reasonCodes).toEqual([0, 0x11]);
    expect([bench.hub.sharedSubscriptionCount, bench.hub.subscriptionCount]).toEqual([1, 1]);
  });
});

describe('the choice', () => {
  test('round-robin: each in turn', () => {
    const all = byStrategy('round-robin');
    publishMany(all, 6, 0);
    expect(all.members.map(payloads)).toEqual([
      ['1', '4'],
      ['2', '5'],
      ['3', '6'],
    ]);
  });

  test('random: anybody, everybody in the end', () => {
    const all = byStrategy('random');
    publishMany(all, 300, 0);
    for (const got of all.members.map(payloads)) expect(got.length).toBeGreaterThan(60);
  });

  test('sticky: all of one publisher to one member, another publisher to another', () => {
    const all = byStrategy('sticky');
    publishMany(all, 5, 0);
    const other = all.bench.peer().connected({ clientId: 'another' });
    for (const payload of ['x', 'y']) other.publish('a', payload);
    expect(all.members.map(payloads)).toEqual([['1', '2', '3', '4', '5'], ['x', 'y'], []]);
  });

  test('least in flight: who has acknowledged most gets most', () => {
    const all = byStrategy('least-in-flight');
    const [quick] = all.members as [Peer, Peer, Peer];
    for (let i = 1; i <= 12; i++) {
      all.publisher.publish('a', String(i), { qos: 1, packetId: i });
      for (const packet of quick.take()) {
        if (packet.type === 'publish') quick.send(ack('puback', packet.packetId));
      }
    }
    // Two never acknowledge and get one each; the rest goes where nothing is under way.
    expect(all.members.slice(1).map((member) => payloads(member).length)).toEqual([1, 1]);
  });

  test('is of connected members, and of those who are away only where nobody is connected', () => {
    const all = group(2, { facts: lasting });
    const [first, second] = all.members as [Peer, Peer];
    first.lost();
    publishMany(all, 3);
    expect(payloads(second)).toEqual(['1', '2', '3']);
    for (const packetId of [1, 2, 3]) second.send(ack('puback', packetId));
    second.lost();
    publishMany(all, 2);
    const back = all.members.map((_, i) => all.bench.peer().connect({ ...lasting, clientId: `m${i}` }));
    expect(back.flatMap(payloads).sort()).toEqual(['1', '2']);
  });

  test('passes over who is behind at QoS 0, and who cannot take the size [5:MQTT-3.1.2-25]', () => {
    const { bench, members, publisher } = group(1);
    const [slow] = members as [Peer];
    slow.wire.congested = true;
    const small = bench.peer().connected({ clientId: 'small', properties: { maximumPacketSize: 20 } });
    small.subscribed(SHARED);
    const ready = bench.peer().connected({ clientId: 'ready' }).subscribed(SHARED);
    for (let i = 0; i < 4; i++) publisher.publish('a', 'a payload that is too long for the small one');
    expect([slow, small, ready].map((peer) => payloads(peer).length)).toEqual([0, 0, 4]);
  });
});

describe('a member that goes away', () => {
  test('gives what it has not acknowledged at QoS 1 to another, in order', () => {
    const all = group(1);
    publishMany(all, 4);
    const [first] = all.members as [Peer];
    first.send(ack('puback', 2));
    const second = all.bench.peer().connected({ clientId: 'second' }).subscribed(SHARED);
    first.lost();
    expect(payloads(second)).toEqual(['1', '3', '4']);
  });

  test('keeps it where its session lasts and nobody else is connected, and gives it once the session has ended', () => {
    const all = group(1, { facts: lasting });
    publishMany(all, 2);
    const [first] = all.members as [Peer];
    first.lost();
    const away = all.bench
      .peer()
      .connected({ ...lasting, clientId: 'away' })
      .subscribed(SHARED);
    away.lost();
    expect(payloads(all.bench.peer().connect({ ...lasting, clientId: 'm0' }))).toEqual(['1', '2']);
    expect(told(all.bench.peer().connect({ clientId: 'm0', cleanStart: true }).take())).toEqual(['connack']);
    expect(payloads(all.bench.peer().connect({ ...lasting, clientId: 'away' }))).toEqual(['1', '2']);
  });

  test('keeps it where those who are connected cannot take it, and gets it again with DUP [5:MQTT-4.4.0-1]', () => {
    const all = group(1, { facts: lasting });
    publishMany(all, 1);
    const [first] = all.members as [Peer];
    const busy = all.bench.peer().connected({ clientId: 'busy' }).subscribed(SHARED, { qos: 0 });
    busy.wire.congested = true;
    first.lost();
    const back = all.bench.peer().connect({ ...lasting, clientId: 'm0' });
    expect(told(back.take())).toEqual(['connack', 'publish 1 a=1 dup #1']);
  });

  test('takes its messages of QoS 2 that were sent with it [5:MQTT-4.8.2-4] [5:MQTT-4.8.2-5]', () => {
    const all = group(1, { facts: lasting });
    publishMany(all, 2, 2);
    const [first] = all.members as [Peer];
    first.send(ack('pubrec', 1)).take();
    const second = all.bench.peer().connected({ clientId: 'second' }).subscribed(SHARED);
    first.lost();
    expect(second.take()).toEqual([]);
    const back = all.bench.peer().connect({ ...lasting, clientId: 'm0' });
    expect(told(back.take())).toEqual(['connack', 'pubrel #1', 'publish 2 a=2 dup #2']);
    back.lost();
    all.bench.pass(601);
    expect(second.take()).toEqual([]);
    expect(all.bench.hub.held).toMatchObject({ messages: 0, bytes: 0 });
  });

  test('gives away messages of QoS 2 that it never got', () => {
    const all = group(1, { limits: { inFlightMax: 1 }, facts: lasting });
    publishMany(all, 3, 2);
    const [first] = all.members as [Peer];
    expect(payloads(first)).toEqual(['1']);
    const second = all.bench.peer().connected({ clientId: 'second' }).subscribed(SHARED);
    first.lost();
    expect(payloads(second)).toEqual(['2']);
    expect(told(second.send(ack('pubrec', 1), ack('pubcomp', 1)).take())).toEqual([
      'pubrel #1',
      'publish 2 a=3 #2',
    ]);
  });

  test('by UNSUBSCRIBE gives what waits, and completes what was sent [5:MQTT-3.10.4-3]', () => {
    const all = group(1, { limits: { inFlightMax: 1 } });
    publishMany(all, 3);
    const [first] = all.members as [Peer];
    expect(payloads(first)).toEqual(['1']);
    const second = all.bench.peer().connected({ clientId: 'second' }).subscribed(SHARED);
    first.send(unsubscribe(SHARED)).take();
    expect(payloads(second)).toEqual(['2']);
    expect(first.send(ack('puback', 1)).take()).toEqual([]);
    expect(first.closed).toBe(false);
  });

  test('by UNSUBSCRIBE of many filters has its queue looked through once', () => {
    const { bench, publisher } = group(0, { limits: { inFlightMax: 1 } });
    const filters = Array.from({ length: 50 }, (_, i) => `$share/g/${i}`);
    const [leaves, stays] = ['leaves', 'stays'].map((clientId) => bench.peer().connected({ clientId }));
    for (const filter of filters) leaves?.subscribed(filter);
    for (let i = 0; i < 50; i++) publisher.publish(String(i), String(i), { qos: 1 });
    for (const filter of filters) stays?.subscribed(filter);
    const take = vi.spyOn(Backlog.prototype, 'take');
    leaves?.send(unsubscribe(...filters));
    expect(take).toHaveBeenCalledTimes(1);
    take.mockRestore();
    const got: string[] = [];
    for (let more = stays?.take() ?? []; more.length > 0; more = stays?.take() ?? []) {
      for (const packet of more) {
        if (packet.type !== 'publish') continue;
        got.push(new TextDecoder().decode(packet.payload));
        stays?.send(ack('puback', packet.packetId));
      }
    }
    expect(got).toEqual(filters.slice(1).map((_, i) => String(i + 1)));
  });

  test('by UNSUBSCRIBE ends others, whose wills end it: nothing follows DISCONNECT [5:MQTT-3.14.4-1]', () => {
    const limits = { queuePolicy: 'disconnect', queueBytesMax: 500, inFlightMax: 1 } as const;
    const { bench, publisher } = group(0, { limits });
    const first = bench.peer().connected({ clientId: 'first' }).subscribed('$share/g/s').subscribed('will');
    publisher.publish('s', '1', { qos: 1 }).publish('s', '2', { qos: 1 });
    const lastWords = will('will', 'w'.repeat(100), { qos: 1 });
    const second = bench.peer().connected({ clientId: 'second', will: lastWords });
    second.subscribed('$share/g/s').subscribed('own');
    publisher.publish('own', '1', { qos: 1 }).publish('own', '2'.repeat(300), { qos: 1 });
    publisher.publish('will', 'x'.repeat(280), { qos: 1 });
    first.take();
    expect(told(first.send(unsubscribe('$share/g/s')).take())).toEqual(['disconnect 0x97']);
    expect(second.closed).toBe(true);
  });

  test('gives nothing that has expired', () => {
    const all = group(1);
    all.publisher.publish('a', 'x', { qos: 1, properties: { messageExpiryInterval: 5 } });
    all.bench.pass(6);
    const second = all.bench.peer().connected({ clientId: 'second' }).subscribed(SHARED);
    (all.members[0] as Peer).lost();
    expect(second.take()).toEqual([]);
  });

  test('an acknowledgement with an error ends the message: nobody else gets it [5:MQTT-4.8.2-6]', () => {
    const all = group(2);
    publishMany(all, 1, 2);
    const [holder, other] = all.members as [Peer, Peer];
    const [taker, idle] = payloads(holder).length > 0 ? [holder, other] : [other, holder];
    taker.take();
    taker.send(ack('pubrec', 1, 0x80));
    taker.lost();
    expect(payloads(idle)).toEqual([]);
  });

  test('leaves nothing behind', () => {
    const all = group(3, { facts: lasting });
    publishMany(all, 9);
    for (const member of all.members) member.lost();
    all.bench.pass(601);
    expect([all.bench.hub.subscriptionCount, all.bench.hub.held.messages, all.bench.hub.held.bytes]).toEqual([
      0, 0, 0,
    ]);
  });
});

describe('in other dialects', () => {
  test.each(ALL.filter((dialect) => dialect !== MQTT_5))(
    'MQTT $name takes part where the settings say so, and a bad filter is refused alone',
    (dialect) => {
      const bench = new Bench({ limits: { sharedSubscriptionsBefore5: true } });
      const members = ['x', 'y'].map((clientId) =>
        bench.peer(dialect).connected({ clientId }).subscribed(SHARED),
      );
      const publisher = bench.peer(dialect).connected({ clientId: 'p' });
      for (let i = 0; i < 4; i++) publisher.publish('a', String(i));
      expect(members.map((member) => payloads(member).length)).toEqual([2, 2]);
      const bad = (members[0] as Peer).subscribe('$share//a').only('suback').reasonCodes;
      expect(bad).toEqual([dialect.subscribeFailure ? 0x80 : 2]);
    },
  );

  test.each([
    { why: 'no setting says otherwise', limits: {} },
    {
      why: 'shared subscriptions are switched off',
      limits: { sharedSubscriptionsBefore5: true, sharedSubscriptionAvailable: false },
    },
  ])('what looks shared is a filter like any other where $why', ({ limits }) => {
    const bench = new Bench({ limits });
    const members = ['x', 'y'].map((clientId) =>
      bench.peer(BOTH[0]).connected({ clientId }).subscribed(SHARED),
    );
    const publisher = bench.peer(BOTH[0]).connected({ clientId: 'p' });
    publisher.publish('a', 'not shared');
    publisher.publish(SHARED, 'as it stands');
    expect(members.map(payloads)).toEqual([['as it stands'], ['as it stands']]);
    expect(bench.hub.sharedSubscriptionCount).toBe(0);
  });
});
