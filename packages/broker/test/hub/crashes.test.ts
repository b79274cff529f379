/** Owns what the simulator has found with a broker that stores and dies, one small test each. */

import { describe, expect, test } from 'vitest';
import { ack, told, will } from '../bench.ts';
import { durable, publisher, restarted, resumed, subscriber } from './restarts.ts';

describe('a broker that stores', () => {
  test('does not know a session any more whose time was over while it was away [5:3.1.2.11.2]', () => {
    const properties = { sessionExpiryInterval: 2 };
    const cameAfter = (seconds: number): readonly string[] => {
      const bench = durable();
      resumed(bench, 's', { properties }).peer.lost();
      bench.commit();
      return resumed(restarted(bench, seconds), 's', { properties }).came;
    };
    expect(cameAfter(1)).toEqual(['present true']);
    expect(cameAfter(3)).toEqual(['present false']);
  });

  test('sends a clean session with a will what it is owed, though nothing of that is written', () => {
    const bench = durable();
    const peer = bench.peer().connect({ clientId: 'clean', will: will('w') });
    bench.commit();
    peer.subscribe('a/b', { qos: 1 });
    peer.take();
    const pub = publisher(bench);
    pub.publish('a/b', 'x', { qos: 1 });
    expect(bench.hub.journal.pending).toBe(false);
    expect(told(peer.take())).toEqual(['publish 1 a/b=x #1']);
  });

  test('keeps the order where a session with a stored queue is to end with its connection now [5:MQTT-4.6.0-6]', () => {
    const before = durable();
    subscriber(before);
    resumed(before, 'sub', { properties: { sessionExpiryInterval: 600, receiveMaximum: 1 } });
    const first = publisher(before);
    for (const text of ['1', '2', '3']) first.publish('a/b', text, { qos: 1 });
    before.commit();
    const bench = restarted(before);
    const ends = { properties: { sessionExpiryInterval: 0, receiveMaximum: 1 } };
    const { peer } = resumed(bench, 'sub', ends);
    publisher(bench).publish('a/b', '4', { qos: 1 });
    const came: string[] = [];
    let packetId = 1;
    for (let i = 0; i < 3; i++) {
      peer.send(ack('puback', packetId));
      bench.commit();
      const publish = peer.only('publish');
      packetId = publish.packetId;
      came.push(new TextDecoder().decode(publish.payload));
    }
    expect(came).toEqual(['2', '3', '4']);
  });

  test('says that there is no session once it is written that the one before has ended [5:MQTT-3.2.2-2]', () => {
    const bench = durable();
    resumed(bench, 's');
    // Its end is on its way to the disk.
    bench.peer().connect({ clientId: 's', cleanStart: true }).disconnect();
    const { journal } = bench.hub;
    const { batch } = journal;
    const writes = journal.seal();
    const peer = bench.peer().connect({ clientId: 's', cleanStart: false });
    expect(peer.take()).toEqual([]);
    bench.rows?.write(writes);
    journal.committed(batch);
    bench.commit();
    expect(told(peer.take())).toEqual(['connack']);
    expect(journal.pending).toBe(false);
  });

  test('sweeps of an ended session what was only on disk, once', () => {
    const bench = durable();
    subscriber(bench).lost();
    const pub = publisher(bench);
    pub.publish('a/b', '1', { qos: 1 });
    bench.commit();
    pub.publish('a/b', '2', { qos: 1, packetId: 2 });
    const { journal } = bench.hub;
    // The second is on its way to the disk when the session ends.
    const { batch } = journal;
    bench.rows?.write(journal.seal());
    bench.peer().connect({ clientId: 'sub', cleanStart: true });
    bench.hub.work(bench.now);
    journal.committed(batch);
    bench.commit();
    expect(bench.hub.held).toMatchObject({ messages: 0, bytes: 0 });
    expect(bench.rows?.count()).toBe(0);
  });
});
