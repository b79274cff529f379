/** Owns the proof of what is written and what is not, that queues live on disk, and that nothing is left over. */

import type { Packet } from '@anax/protocol';
import { describe, expect, test } from 'vitest';
import { TABLE } from '../../src/records/keys.ts';
import { ack, type Bench, type Peer, unsubscribe } from '../bench.ts';
import type { StoredRows } from '../rows.ts';
import { durable, publisher, restarted, resumed, subscriber } from './restarts.ts';

describe('what is written', () => {
  test('one payload has one row however many sessions are owed it, until the last has acknowledged', () => {
    const bench = durable();
    const peers = Array.from({ length: 20 }, (_, i) => subscriber(bench, `sub${i}`));
    for (const peer of peers.slice(10)) peer.lost();
    bench.commit();
    publisher(bench).publish('a/b', 'x'.repeat(500), { qos: 1 });
    bench.commit();
    expect(bench.rows?.count(TABLE.message)).toBe(1);
    expect(bench.rows?.count(TABLE.delivery)).toBe(20);
    for (const peer of peers.slice(0, 10)) peer.send(ack('puback', 1));
    bench.commit();
    expect(bench.rows?.count(TABLE.message)).toBe(1);
    const after = restarted(bench);
    for (let i = 10; i < 20; i++) resumed(after, `sub${i}`).peer.send(ack('puback', 1));
    after.commit();
    expect(after.rows?.count(TABLE.message)).toBe(0);
    expect(after.rows?.count(TABLE.delivery)).toBe(0);
  });

  test('a message that one session is owed stands in its row, unless it is large', () => {
    const bench = durable();
    subscriber(bench).lost();
    const pub = publisher(bench).publish('a/b', 'x', { qos: 1 });
    bench.commit();
    expect(bench.rows?.count(TABLE.message)).toBe(0);
    pub.publish('a/b', 'x'.repeat(10_000), { qos: 1 });
    bench.commit();
    expect(bench.rows?.count(TABLE.message)).toBe(1);
    const { came, peer } = resumed(restarted(bench), 'sub');
    expect(came.map((one) => one.length)).toEqual([12, 18, 10_017]);
    expect(peer.closed).toBe(false);
  });

  test('what comes and goes within a batch costs nothing', () => {
    const bench = durable();
    const { peer } = resumed(bench, 's');
    peer.subscribe('a').send(unsubscribe('a'));
    expect(bench.commit()).toBe(0);
  });

  test('what is retained and owed at once has one row, until neither holds it', () => {
    const bench = durable();
    const sub = subscriber(bench);
    const pub = publisher(bench).publish('a/b', 'x', { qos: 1, retain: true });
    bench.commit();
    expect(bench.rows?.count(TABLE.message)).toBe(1);
    pub.publish('a/b', '', { retain: true });
    bench.commit();
    expect(bench.rows?.count(TABLE.message)).toBe(1);
    sub.send(ack('puback', 1));
    bench.commit();
    expect(bench.rows?.count(TABLE.message)).toBe(0);
  });

  test('what was retained and is queued has one row, and both hold it', () => {
    const bench = durable();
    const pub = publisher(bench).publish('a/b', 'x', { qos: 1, retain: true });
    bench.commit();
    const sub = subscriber(bench);
    expect(bench.rows?.count(TABLE.message)).toBe(1);
    pub.publish('a/b', '', { retain: true });
    bench.commit();
    expect(bench.rows?.count(TABLE.message)).toBe(1);
    sub.send(ack('puback', 1));
    bench.commit();
    expect(bench.rows?.count(TABLE.message)).toBe(0);
  });

  test('rows that cannot be read are passed over and told, and the rest is there', () => {
    const bench = durable();
    subscriber(bench).lost();
    const pub = publisher(bench);
    for (let i = 1; i <= 3; i++) pub.publish('a/b', `${i}`, { qos: 1, packetId: i });
    bench.commit();
    const rows = bench.rows as StoredRows;
    const [, second] = [...rows.rows.keys()].filter((key) => key.startsWith('03')).sort();
    rows.rows.set(second as string, Uint8Array.of(1, 0, 0, 0, 0, 0, 9, 0, 1, 2));
    const after = restarted(bench);
    expect(resumed(after, 'sub').came).toEqual(['present true', 'publish 1 a/b=1 #1', 'publish 1 a/b=3 #2']);
    expect(after.notes.map(({ event }) => event)).toContain('store-damaged');
  });
});

describe('a queue on disk', () => {
  const limits = { queueMessagesMax: 5000 };

  function filled(bench: Bench, count: number, each = 100): void {
    const pub = publisher(bench);
    for (let i = 1; i <= count; i++) {
      pub.publish('a/b', `${i}`, { qos: 1, packetId: 1 + (i % 60_000) });
      if (i % each === 0) bench.commit();
    }
    bench.commit();
  }

  /** Takes everything that a session is owed, as it comes. */
  function drained(bench: Bench, peer: Peer, first: readonly Packet[] = []): string[] {
    const got: string[] = [];
    for (let packets = first; ; packets = peer.take()) {
      if (packets.length === 0 && got.length > 0) return got;
      for (const packet of packets) {
        if (packet.type !== 'publish') continue;
        got.push(new TextDecoder().decode(packet.payload));
        peer.send(ack('puback', packet.packetId));
      }
      bench.commit();
    }
  }

  test('comes in order, whatever was in memory, on disk or on its way, before a restart or after', () => {
    for (const each of [1, 37, 3000]) {
      const bench = durable({ limits });
      subscriber(bench).lost();
      bench.commit();
      filled(bench, 2000, each);
      const after = each === 37 ? restarted(bench, 1, { limits }) : bench;
      const { peer, packets } = resumed(after, 'sub', {
        properties: { sessionExpiryInterval: 600, receiveMaximum: 20 },
      });
      const pub = publisher(after, { clientId: 'pub2' });
      for (let i = 2001; i <= 2600; i++) pub.publish('a/b', `${i}`, { qos: 1, packetId: i });
      const got = drained(after, peer, packets);
      expect(got).toEqual(Array.from({ length: 2600 }, (_, i) => `${i + 1}`));
      expect(after.rows?.count(TABLE.delivery)).toBe(0);
      expect(after.hub.held).toMatchObject({ messages: 0, bytes: 0 });
    }
  });

  test('what is under way is no part of it: it comes once, and what was queued behind it comes', () => {
    for (const isRestarted of [false, true]) {
      const bench = durable();
      const sub = subscriber(bench);
      const pub = publisher(bench);
      for (const text of ['1', '2', '3']) pub.publish('a/b', text, { qos: 1 });
      bench.commit();
      expect(sub.take()).toHaveLength(3);
      sub.lost();
      bench.commit();
      const after = isRestarted ? restarted(bench) : bench;
      const again = isRestarted ? publisher(after) : pub;
      for (const text of ['4', '5', '6']) again.publish('a/b', text, { qos: 1 });
      after.commit();
      expect(resumed(after, 'sub').came).toEqual([
        'present true',
        'publish 1 a/b=1 dup #1',
        'publish 1 a/b=2 dup #2',
        'publish 1 a/b=3 dup #3',
        'publish 1 a/b=4 #4',
        'publish 1 a/b=5 #5',
        'publish 1 a/b=6 #6',
      ]);
    }
  });

  test('drops the oldest where it is full, from the disk as well', () => {
    const bench = durable({ limits: { queueMessagesMax: 1000 } });
    subscriber(bench).lost();
    bench.commit();
    filled(bench, 1500);
    expect(bench.rows?.count(TABLE.delivery)).toBe(1000);
    const after = restarted(bench, 1, { limits: { queueMessagesMax: 1000 } });
    const { peer, packets } = resumed(after, 'sub');
    const got = drained(after, peer, packets);
    expect(got).toEqual(Array.from({ length: 1000 }, (_, i) => `${i + 501}`));
  });

  test('of a session that ends is swept in slices, and nothing is left', () => {
    const bench = durable({ limits });
    subscriber(bench).lost();
    subscriber(bench, 'other').lost();
    bench.commit();
    filled(bench, 1000);
    expect(bench.rows?.count(TABLE.message)).toBe(1000);
    for (const clientId of ['sub', 'other'])
      bench.peer().connect({ clientId, cleanStart: true }).disconnect();
    let slices = 0;
    while (bench.hub.work(bench.now)) {
      slices += 1;
      bench.commit();
    }
    bench.commit();
    bench.commit();
    expect(slices).toBeGreaterThan(3);
    expect(bench.rows?.count()).toBe(0);
    expect(bench.hub.held).toMatchObject({ messages: 0, bytes: 0 });
  });

  test('of an absent member goes to another that comes, from the disk as well [5:4.8.2]', () => {
    const bench = durable({ limits });
    const member = subscriber(bench, 'one', '$share/g/a/#', 1);
    member.lost();
    bench.commit();
    filled(bench, 700);
    const after = restarted(bench, 1, { limits });
    const { peer: two } = resumed(after, 'two');
    two.subscribe('$share/g/a/#', { qos: 1 });
    after.commit();
    two.take();
    after.peer().connect({ clientId: 'one', cleanStart: true });
    const got = drained(after, two);
    expect(got).toHaveLength(700);
    expect(after.rows?.count(TABLE.delivery)).toBe(0);
  });
});
