/** Owns the proof that a broker goes on where its last committed batch left it, and promises nothing before. */

import { MQTT_3_1_1 } from '@anax/protocol';
import { describe, expect, test } from 'vitest';
import { TABLE } from '../../src/records/keys.ts';
import { ack, connect, told, unsubscribe, will } from '../bench.ts';
import { durable, lasting, publisher, restarted, resumed, subscriber } from './restarts.ts';

describe('an acknowledgement', () => {
  test('of QoS 1 leaves after the batch with the message that an absent session is owed [5:MQTT-4.3.2-4]', () => {
    const bench = durable();
    subscriber(bench).lost();
    const pub = publisher(bench).publish('a/b', 'x', { qos: 1, packetId: 7 });
    expect(pub.take()).toEqual([]);
    bench.commit();
    expect(told(pub.take())).toEqual(['puback #7']);
  });

  test('of what nobody persistent is owed waits for nothing, and nothing is written', () => {
    const bench = durable();
    const clean = bench.peer().connected({ clientId: 'clean' }).subscribed('a/b', { qos: 1 });
    const pub = publisher(bench);
    expect(bench.rows?.count()).toBe(0);
    pub.publish('a/b', 'x', { qos: 1, packetId: 7 });
    expect(told(pub.take())).toEqual(['puback #7']);
    expect(told(clean.take())).toEqual(['publish 1 a/b=x #1']);
    expect(bench.hub.journal.pending).toBe(false);
  });

  test('SUBACK, CONNACK and UNSUBACK of a kept session wait for their batch', () => {
    const bench = durable();
    const peer = bench.peer().connect({ clientId: 's', ...lasting });
    expect(peer.take()).toEqual([]);
    bench.commit();
    expect(told(peer.take())).toEqual(['connack']);
    peer.subscribe('a');
    expect(peer.take()).toEqual([]);
    bench.commit();
    expect(told(peer.take())).toEqual(['suback #1']);
    peer.send(unsubscribe('a'));
    expect(peer.take()).toEqual([]);
    bench.commit();
    expect(told(peer.take())).toEqual(['unsuback #1']);
  });

  test('PUBREC, PUBCOMP and PUBREL wait for theirs; a PINGRESP in between stays in order', () => {
    const bench = durable();
    const sub = subscriber(bench);
    const { peer: pub } = resumed(bench, 'pub');
    pub.publish('a/b', 'x', { qos: 2, packetId: 9 }).send({ type: 'pingreq' });
    expect(pub.take()).toEqual([]);
    expect(sub.take()).toEqual([]);
    bench.commit();
    expect(told(pub.take())).toEqual(['pubrec #9', 'pingresp']);
    expect(told(sub.take())).toEqual(['publish 2 a/b=x #1']);
    sub.send(ack('pubrec', 1));
    pub.send(ack('pubrel', 9));
    expect([...sub.take(), ...pub.take()]).toEqual([]);
    bench.commit();
    expect(told(sub.take())).toEqual(['pubrel #1']);
    expect(told(pub.take())).toEqual(['pubcomp #9']);
  });

  test('of a batch that was not written is never seen, and what it had does not come back', () => {
    const bench = durable();
    subscriber(bench).lost();
    bench.commit();
    publisher(bench).publish('a/b', 'x', { qos: 1, packetId: 7 });
    expect(resumed(restarted(bench), 'sub').came).toEqual(['present true']);
  });
});

describe('a restart', () => {
  test('resumes a session: present, subscriptions with their options and identifiers, what waited, in order', () => {
    const bench = durable();
    const { peer } = resumed(bench, 'sub');
    peer.subscribe('a/+', {
      qos: 2,
      retainAsPublished: true,
      noLocal: true,
      properties: { subscriptionIdentifiers: [268_435_455] },
    });
    bench.commit();
    peer.lost();
    const pub = publisher(bench);
    const properties = {
      userProperties: [
        ['b', '1'],
        ['a', '2'],
        ['b', '3'],
      ],
      correlationData: Uint8Array.of(1, 2),
      contentType: 'text/plain',
      responseTopic: 'r',
      messageExpiryInterval: 100,
      payloadFormatIndicator: 1,
    } as const;
    pub.publish('a/1', 'one', { qos: 1, retain: true, properties });
    for (let i = 2; i < 10; i++) pub.publish(`a/${i}`, 'x', { qos: 2, packetId: i });
    bench.commit();
    const after = restarted(bench, 10);
    const { peer: again, came } = resumed(after, 'sub');
    expect(came.slice(0, 4)).toEqual([
      'present true',
      'publish 1 a/1=one retain #1',
      'publish 2 a/2=x #2',
      'publish 2 a/3=x #3',
    ]);
    expect(came).toHaveLength(10);
    publisher(after).publish('a/live', 'y', { qos: 1 });
    after.commit();
    const [live] = again.take();
    expect(live).toMatchObject({
      topic: 'a/live',
      qos: 1,
      properties: { subscriptionIdentifiers: [268_435_455] },
    });
    again.publish('a/own', 'mine', { qos: 0 });
    expect(again.take()).toEqual([]);
  });

  test('a message comes with its properties in their order, and less of its expiry [5:MQTT-3.3.2-6]', () => {
    const bench = durable();
    subscriber(bench).lost();
    const properties = {
      userProperties: [
        ['b', '1'],
        ['a', '2'],
        ['b', '3'],
      ],
      messageExpiryInterval: 100,
      correlationData: Uint8Array.of(1, 2),
    } as const;
    publisher(bench).publish('a/1', 'one', { qos: 1, properties });
    bench.commit();
    const { packets } = resumed(restarted(bench, 10), 'sub');
    const [message] = packets;
    expect(message?.type === 'publish' && { ...message.properties }).toEqual({
      ...properties,
      messageExpiryInterval: 90,
    });
  });

  test('sends again with DUP and the same packet identifiers, then what waited [5:MQTT-4.4.0-1]', () => {
    const bench = durable();
    const sub = resumed(bench, 'sub', { properties: { sessionExpiryInterval: 600, receiveMaximum: 3 } }).peer;
    sub.subscribe('a/#', { qos: 2 });
    bench.commit();
    const pub = publisher(bench);
    for (let i = 1; i <= 5; i++) pub.publish('a/b', `${i}`, { qos: i % 2 === 1 ? 1 : 2, packetId: i });
    bench.commit();
    expect(told(sub.take())).toEqual([
      'suback #1',
      'publish 1 a/b=1 #1',
      'publish 2 a/b=2 #2',
      'publish 1 a/b=3 #3',
    ]);
    sub.send(ack('puback', 1));
    bench.commit();
    expect(told(sub.take())).toEqual(['publish 2 a/b=4 #4']);
    const after = restarted(bench);
    const { peer, came } = resumed(after, 'sub');
    expect(came).toEqual([
      'present true',
      'publish 2 a/b=2 dup #2',
      'publish 1 a/b=3 dup #3',
      'publish 2 a/b=4 dup #4',
      'publish 1 a/b=5 #1',
    ]);
    peer.send(ack('pubrec', 2), ack('puback', 3), ack('pubrec', 4), ack('puback', 1));
    after.commit();
    peer.take();
    peer.send(ack('pubcomp', 2), ack('pubcomp', 4));
    after.commit();
    expect(after.rows?.count(TABLE.delivery)).toBe(0);
    expect(after.rows?.count(TABLE.release)).toBe(0);
    expect(after.hub.held).toMatchObject({ messages: 0, bytes: 0 });
  });

  test('sends PUBREL again for what was received, in the order of the PUBRECs, and not the message', () => {
    const bench = durable();
    const sub = subscriber(bench);
    const pub = publisher(bench);
    for (let i = 1; i <= 3; i++) pub.publish('a/b', `${i}`, { qos: 2, packetId: i });
    bench.commit();
    sub.send(ack('pubrec', 3), ack('pubrec', 1));
    bench.commit();
    const { came } = resumed(restarted(bench), 'sub');
    expect(came).toEqual(['present true', 'pubrel #3', 'pubrel #1', 'publish 2 a/b=2 dup #2']);
  });

  test('knows a QoS 2 identifier that was not released: its message is passed on once [5:MQTT-4.3.3-10]', () => {
    const bench = durable();
    const { peer: pub } = resumed(bench, 'pub');
    subscriber(bench).lost();
    pub.publish('a/b', 'x', { qos: 2, packetId: 5 });
    bench.commit();
    const after = restarted(bench);
    const again = resumed(after, 'pub').peer;
    again.publish('a/b', 'x', { qos: 2, packetId: 5, dup: true });
    after.commit();
    expect(told(again.take())).toEqual(['pubrec #5']);
    again.send(ack('pubrel', 5));
    after.commit();
    expect(told(again.take())).toEqual(['pubcomp #5']);
    expect(after.rows?.count(TABLE.arrival)).toBe(0);
    expect(resumed(restarted(after), 'sub').came).toEqual(['present true', 'publish 2 a/b=x #1']);
  });

  test('keeps retained messages, but not those that were cleared, replaced or have expired', () => {
    const bench = durable();
    const pub = publisher(bench);
    pub.publish('r/kept', '1', { retain: true }).publish('r/kept', '2', { retain: true, qos: 1 });
    pub.publish('r/cleared', '1', { retain: true });
    pub.publish('r/expires', '1', { retain: true, properties: { messageExpiryInterval: 5 } });
    bench.commit();
    pub.publish('r/cleared', '', { retain: true });
    bench.commit();
    const after = restarted(bench, 6);
    after.pass(1);
    expect(after.hub.retainedCount).toBe(1);
    const reader = after.peer().connected({ clientId: 'reader' }).subscribe('r/#');
    expect(told(reader.take())).toEqual(['suback #1', 'publish 1 r/kept=2 retain #1']);
    after.commit();
    expect(after.rows?.count(TABLE.retained)).toBe(1);
    expect(after.rows?.count(TABLE.message)).toBe(1);
  });

  test('publishes wills that fell due, at once or when their delay is over, of sessions kept or not', () => {
    const bench = durable();
    subscriber(bench, 'sub', 'w/#').lost();
    bench.peer().connect({ clientId: 'clean', will: will('w/clean', 'c', { qos: 1 }) });
    bench.peer().connect({ clientId: 'kept', ...lasting, will: will('w/kept', 'k', { qos: 1 }) });
    const properties = { willDelayInterval: 5 };
    bench.peer().connect({ clientId: 'late', ...lasting, will: will('w/late', 'l', { qos: 1, properties }) });
    const gone = bench
      .peer()
      .connect({ clientId: 'gone', ...lasting, will: will('w/gone', 'g', { qos: 1 }) });
    bench.commit();
    gone.disconnect();
    bench.commit();
    const after = restarted(bench);
    after.commit();
    const { peer, came } = resumed(after, 'sub');
    expect(came.sort()).toEqual(['present true', 'publish 1 w/clean=c #1', 'publish 1 w/kept=k #2']);
    after.pass(6);
    after.commit();
    expect(told(peer.take())).toEqual(['publish 1 w/late=l #3']);
    expect(after.hub.session('clean')).toBeUndefined();
    expect(resumed(restarted(after), 'sub').came.filter((one) => one.includes('w/'))).toHaveLength(3);
  });

  test('ends sessions whose time ran out meanwhile, and leaves nothing of them', () => {
    const bench = durable();
    const properties = { sessionExpiryInterval: 10 };
    const { peer } = resumed(bench, 'short', { properties });
    peer.subscribe('a/#', { qos: 2 }).publish('x', '', { qos: 2, packetId: 3 }).lost();
    publisher(bench).publish('a/b', 'x', { qos: 1 });
    bench.commit();
    const soon = restarted(bench, 5);
    expect(soon.hub.session('short')).toBeDefined();
    const after = restarted(bench, 30);
    after.pass(1);
    expect(after.hub.session('short')).toBeUndefined();
    for (let i = 0; i < 3; i++) {
      after.hub.work(after.now);
      after.commit();
    }
    expect(after.rows?.count()).toBe(0);
    expect(after.hub.held).toMatchObject({ messages: 0, bytes: 0 });
  });

  test('remembers whose a session is', () => {
    const bench = durable();
    resumed(bench, 'mine', { userName: 'ada', password: new Uint8Array(1) });
    const after = restarted(bench);
    const other = after.peer().connect({ clientId: 'mine', ...lasting, userName: 'eve' });
    expect(other.only('connack').reasonCode).toBe(0x87);
    expect(resumed(after, 'mine', { userName: 'ada' }).came).toEqual(['present true']);
  });

  test('a clean start forgets for good [5:MQTT-3.1.2-4]', () => {
    const bench = durable();
    subscriber(bench).lost();
    publisher(bench).publish('a/b', 'x', { qos: 1 });
    bench.commit();
    const clean = bench.peer().connect({ clientId: 'sub', cleanStart: true });
    expect(clean.take()).toEqual([]);
    bench.commit();
    expect(told(clean.take())).toEqual(['connack']);
    for (let i = 0; i < 3; i++) {
      bench.hub.work(bench.now);
      bench.commit();
    }
    expect(bench.rows?.count()).toBe(0);
  });

  test('cleanSession 0 of 3.1.1 is the same session [3.1.1:MQTT-3.1.2-4]', () => {
    const bench = durable();
    const peer = bench.peer(MQTT_3_1_1).send(connect(MQTT_3_1_1, { clientId: 'old', cleanStart: false }));
    bench.commit();
    peer.take();
    peer.subscribe('a', { qos: 1 });
    bench.commit();
    peer.lost();
    publisher(bench).publish('a', 'x', { qos: 1 });
    bench.commit();
    const after = restarted(bench);
    const again = after.peer(MQTT_3_1_1).send(connect(MQTT_3_1_1, { clientId: 'old', cleanStart: false }));
    after.commit();
    expect(told(again.take())).toEqual(['connack', 'publish 1 a=x #1']);
  });
});
