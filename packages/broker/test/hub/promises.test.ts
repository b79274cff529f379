/** Owns the proof of what waits for a batch and what does not, in the corners: wills, sizes, late answers, a store that fails. */

import { MQTT_3_1_1 } from '@anax/protocol';
import { describe, expect, test } from 'vitest';
import type { Exchange } from '../../src/access/access.ts';
import { TABLE } from '../../src/records/keys.ts';
import { ack, type Bench, connect, publish, text, told, will } from '../bench.ts';
import type { StoredRows } from '../rows.ts';
import { durable, publisher, restarted, resumed, subscriber } from './restarts.ts';

describe('what waits for a batch', () => {
  test('is not what a session gets that has only its will stored', () => {
    const bench = durable();
    const clean = bench.peer().connect({ clientId: 'clean', will: will('w') });
    bench.commit();
    clean.subscribed('a', { qos: 2 });
    publisher(bench).publish('a', 'x', { qos: 1 });
    expect(told(clean.take())).toEqual(['publish 1 a=x #1']);
    expect(bench.hub.journal.pending).toBe(false);
  });

  test('is not what follows a message that the client does not take for its size', () => {
    const bench = durable();
    const { peer } = resumed(bench, 'sub', {
      properties: { sessionExpiryInterval: 600, maximumPacketSize: 50 },
    });
    peer.subscribe('a', { qos: 1 });
    bench.commit();
    peer.take();
    publisher(bench).publish('a', 'x'.repeat(100), { qos: 1 });
    peer.send({ type: 'pingreq' });
    bench.commit();
    expect(told(peer.take())).toEqual(['pingresp']);
  });

  test('is not an answer to AUTH that comes when the input before it has been written', async () => {
    let answer: (step: { accepted: { permissions: never; userName: undefined } }) => void = () => undefined;
    const permissions = { publish: () => true, subscribe: () => true } as never;
    const accepted = { permissions, userName: undefined };
    let steps = 0;
    const exchange: Exchange = {
      step: () => {
        steps += 1;
        if (steps === 1) return { accepted };
        return new Promise((resolve) => {
          answer = resolve as typeof answer;
        });
      },
    };
    const bench = durable({ methods: new Map([['m', () => exchange]]) });
    const properties = { authenticationMethod: 'm' };
    const peer = bench.peer().connect({ clientId: 'auth', properties });
    bench.commit();
    expect(peer.only('connack').reasonCode).toBe(0);
    peer.send({ type: 'auth', reasonCode: 0x19, properties });
    subscriber(bench);
    answer({ accepted });
    await new Promise(setImmediate);
    bench.commit();
    expect(told(peer.take())).toEqual(['auth']);
  });
});

describe('while the store cannot be written', () => {
  test('a persistent publisher of QoS 2 is told 0x97 at once, and its identifier is free', () => {
    const bench = durable();
    const { peer } = resumed(bench, 'pub');
    subscriber(bench).lost();
    bench.commit();
    bench.hub.journal.failing = true;
    peer.publish('a/b', 'x', { qos: 2, packetId: 3 });
    expect(told(peer.take())).toEqual(['pubrec #3 0x97']);
    expect(bench.hub.journal.pending).toBe(false);
    bench.hub.journal.failing = false;
    peer.publish('a/b', 'y', { qos: 2, packetId: 3 });
    bench.commit();
    expect(told(peer.take())).toEqual(['pubrec #3']);
  });

  test('a refused QoS 2 message waits for nothing', () => {
    const bench = durable({ authorizer: { mayPublish: () => false } });
    const { peer } = resumed(bench, 'pub');
    peer.publish('a/b', 'x', { qos: 2, packetId: 3 });
    expect(told(peer.take())).toEqual(['pubrec #3 0x87']);
  });

  test('whoever causes more is not read from, whatever comes behind it in the same bytes', () => {
    const bench = durable();
    const pub = publisher(bench);
    bench.hub.journal.failing = true;
    pub.sendAtOnce(publish('a', 'x', { retain: true }), { type: 'pingreq' });
    expect(pub.wire.paused).toBe(true);
    bench.hub.journal.failing = false;
    bench.commit();
    expect(pub.wire.paused).toBe(false);
  });

  test('a connection that is gone is not remembered as one to be read from again', () => {
    const bench = durable();
    const pub = publisher(bench);
    bench.hub.journal.failing = true;
    pub.publish('a', 'x', { retain: true });
    pub.lost();
    expect(bench.hub.journal.isThrottled(pub.wire)).toBe(false);
  });
});

describe('while the store has no room', () => {
  test('messages are refused, in 3.1.1 by the end of the connection, and what is owed is fetched all the same', () => {
    const bench = durable();
    subscriber(bench, 'sub', '#').lost();
    const five = publisher(bench).publish('a', '1', { qos: 1 });
    const facts = connect(MQTT_3_1_1, { clientId: 'three', cleanStart: false });
    const three = bench.peer(MQTT_3_1_1).send(facts);
    bench.commit();
    five.take();
    three.take();
    bench.hub.journal.hasNoRoom = true;
    five.publish('a', '2', { qos: 2, packetId: 2 }).publish('a', '3', { qos: 1, packetId: 3 });
    expect(told(five.take())).toEqual(['pubrec #2 0x97', 'puback #3 0x97']);
    three.publish('a', '4', { qos: 2, packetId: 4 });
    expect(three.closed).toBe(true);
    bench.commit();
    expect(told(three.take())).toEqual([]);
    const { peer, came } = resumed(bench, 'sub');
    expect(came).toEqual(['present true', 'publish 1 a=1 #1']);
    peer.send(ack('puback', 1));
    bench.commit();
    expect(bench.rows?.count(TABLE.delivery)).toBe(0);
    bench.hub.journal.hasNoRoom = false;
    const again = bench.peer(MQTT_3_1_1).send(facts);
    again.publish('a', '4', { qos: 2, packetId: 4, dup: true });
    bench.commit();
    expect(told(again.take())).toEqual(['connack', 'pubrec #4']);
    expect(told(peer.take())).toEqual(['publish 2 a=4 #2']);
  });

  test('nothing more is retained, and what was is cleared', () => {
    const bench = durable();
    const pub = publisher(bench).publish('a', '1', { retain: true }).publish('b', '1', { retain: true });
    bench.commit();
    bench.hub.journal.hasNoRoom = true;
    pub.publish('c', '2', { retain: true }).publish('a', '', { retain: true });
    bench.commit();
    expect(bench.rows?.count(TABLE.retained)).toBe(1);
  });
});

describe('a session', () => {
  const limits = { queueMessagesMax: 5000 };

  test('that is resumed for one connection only gets what waited before what comes', () => {
    const bench = durable({ limits });
    subscriber(bench).lost();
    bench.commit();
    const pub = publisher(bench);
    for (let i = 1; i <= 400; i++) pub.publish('a/b', `${i}`, { qos: 1, packetId: i });
    bench.commit();
    const peer = bench
      .peer()
      .connect({ clientId: 'sub', cleanStart: false, properties: { receiveMaximum: 10 } });
    bench.commit();
    for (let i = 401; i <= 420; i++) pub.publish('a/b', `${i}`, { qos: 1, packetId: i });
    bench.commit();
    const got: string[] = [];
    for (let packets = peer.take(); packets.length > 0; packets = peer.take()) {
      for (const packet of packets) {
        if (packet.type !== 'publish') continue;
        got.push(text(packet.payload));
        peer.send(ack('puback', packet.packetId));
      }
      bench.commit();
    }
    expect(got).toEqual(Array.from({ length: 420 }, (_, i) => `${i + 1}`));
  });

  test('that ends while the last of its queue is being written is swept once', () => {
    const bench = durable({ limits });
    subscriber(bench).lost();
    subscriber(bench, 'other').lost();
    bench.commit();
    const pub = publisher(bench);
    for (let i = 1; i <= 300; i++) pub.publish('a/b', `${i}`, { qos: 1, packetId: i });
    bench.commit();
    for (let i = 301; i <= 310; i++) pub.publish('a/b', `${i}`, { qos: 1, packetId: i });
    const rows = bench.rows as StoredRows;
    const { journal } = bench.hub;
    const first = journal.batch;
    rows.write(sealedThen(bench, () => bench.peer().connect({ clientId: 'sub', cleanStart: true })));
    journal.committed(first);
    bench.hub.work(bench.now);
    // Sealed and not written yet: what is to go is still there to be read.
    const second = journal.batch;
    rows.write(sealedThen(bench, () => while_(() => bench.hub.work(bench.now))));
    journal.committed(second);
    bench.commit();
    expect(bench.hub.held.messages).toBe(310);
    const after = restarted(bench, 1, { limits });
    expect(after.hub.held.messages).toBe(310);
    expect(after.rows?.count(TABLE.delivery)).toBe(310);
    expect(after.rows?.count(TABLE.message)).toBe(310);
  });

  test('with a row that cannot be read gets all the others, in order', () => {
    const bench = durable({ limits });
    subscriber(bench).lost();
    bench.commit();
    const pub = publisher(bench);
    for (let i = 1; i <= 700; i++) pub.publish('a/b', `${i}`, { qos: 1, packetId: i });
    bench.commit();
    const rows = bench.rows as StoredRows;
    const keys = [...rows.rows.keys()].filter((key) => key.startsWith('03')).sort();
    for (const [i, key] of keys.entries())
      if (i === 9 || (i >= 256 && i < 520)) rows.rows.set(key, Uint8Array.of(1, 0, 0, 0, 0, 0, 9, 0, 1, 2));
    const after = restarted(bench, 1, { limits });
    const { peer, packets } = resumed(after, 'sub');
    const got: string[] = [];
    for (let some = packets; some.length > 0; some = peer.take()) {
      for (const packet of some) {
        if (packet.type !== 'publish') continue;
        got.push(text(packet.payload));
        peer.send(ack('puback', packet.packetId));
      }
      after.commit();
    }
    expect(got).toHaveLength(700 - 1 - 264);
    expect(got.at(-1)).toBe('700');
  });

  test('that shared a subscription when the process ended gives what it was owed to others', () => {
    const bench = durable();
    const one = resumed(bench, 'one', { properties: { sessionExpiryInterval: 10 } }).peer;
    one.subscribe('$share/g/a', { qos: 1 });
    bench.commit();
    publisher(bench).publish('a', 'x', { qos: 1 });
    bench.commit();
    const after = restarted(bench);
    const { peer: two } = resumed(after, 'two');
    two.subscribe('$share/g/a', { qos: 1 });
    after.commit();
    two.take();
    after.pass(11);
    after.commit();
    expect(told(two.take())).toEqual(['publish 1 a=x #1']);
  });

  test('has the bytes of its filters counted after a restart', () => {
    const bench = durable();
    subscriber(bench, 'sub', 'a'.repeat(60)).lost();
    bench.commit();
    const after = restarted(bench, 1, { limits: { subscriptionBytesMax: 100 } });
    const { peer } = resumed(after, 'sub');
    peer.subscribe('b'.repeat(60));
    after.commit();
    expect(peer.only('suback').reasonCodes).toEqual([0x97]);
  });

  test('whose time ran out is not resumed, however soon its client comes [5:MQTT-4.1.0-2]', () => {
    const bench = durable();
    resumed(bench, 'short', { properties: { sessionExpiryInterval: 10 } }).peer.lost();
    bench.commit();
    expect(resumed(restarted(bench, 11), 'short').came).toEqual(['present false']);
  });
});

describe('a damaged store', () => {
  test('with a QoS that there is not is passed over, and harms nobody', () => {
    const bench = durable();
    subscriber(bench).lost();
    publisher(bench).publish('a/b', 'x', { qos: 1 }).publish('a/b', 'y', { qos: 1, packetId: 2 });
    bench.commit();
    const rows = bench.rows as StoredRows;
    const [first] = [...rows.rows].filter(([key]) => key.startsWith('03'));
    (first as [string, Uint8Array])[1][0] = 3;
    expect(resumed(restarted(bench), 'sub').came).toEqual(['present true', 'publish 1 a/b=y #1']);
  });

  test('never has a delivery come to name another message', () => {
    const bench = durable();
    subscriber(bench, 'sub', '#').lost();
    subscriber(bench, 'other').lost();
    bench.commit();
    const pub = publisher(bench).publish('a/b', 'lost', { qos: 1 });
    pub.publish('b', 'alone', { qos: 1, packetId: 2 });
    bench.commit();
    const rows = bench.rows as StoredRows;
    for (const key of rows.rows.keys()) if (key.startsWith('07')) rows.rows.delete(key);
    const after = restarted(bench);
    publisher(after).publish('a/b', 'next', { qos: 1 });
    after.commit();
    const { came } = resumed(restarted(after), 'sub');
    expect(came).toEqual(['present true', 'publish 1 b=alone #1', 'publish 1 a/b=next #2']);
  });
});

/** Seals a batch; something happens before it is written. */
function sealedThen({ hub: { journal } }: Bench, meanwhile: () => void) {
  const writes = journal.seal();
  meanwhile();
  return writes;
}

function while_(act: () => boolean): void {
  while (act());
}
