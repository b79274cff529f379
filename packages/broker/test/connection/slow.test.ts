/** Owns that who takes its time to connect, byte by byte or step by step, has no more of it than `connectTimeout`. */

import { encodePacket, MQTT_5_0, utf8Bytes } from '@anax/protocol';
import { expect, test } from 'vitest';
import type { ExchangeFactory } from '../../src/access/access.ts';
import { ALL, Bench, connect } from '../bench.ts';

test.each(ALL)('CONNECT that comes a byte now and then is given up ($name)', (dialect) => {
  const bench = new Bench();
  const peer = bench.peer(dialect);
  const bytes = encodePacket(connect(dialect, { clientId: 'x'.repeat(100) }), dialect);
  for (let i = 0; i < 9; i++) {
    peer.bytes(bytes.subarray(i, i + 1));
    bench.pass(1.1);
  }
  expect(peer.closed).toBe(false);
  peer.bytes(bytes.subarray(9, 10));
  bench.pass(0.2);
  expect([peer.closed, peer.raw().length]).toEqual([true, 0]);
  expect([bench.hub.counters.connectTimeouts, bench.hub.wheel.size]).toEqual([1, 0]);
});

test('an exchange of AUTH that never ends is given up', () => {
  const endless: ExchangeFactory = () => ({ step: () => ({ continue: utf8Bytes('more') }) });
  const bench = new Bench({ methods: new Map([['m', endless]]) });
  const peer = bench.peer().connect({ properties: { authenticationMethod: 'm' } });
  for (let i = 0; i < 20 && !peer.closed; i++) {
    peer.send({ type: 'auth', reasonCode: 0x18, properties: { authenticationMethod: 'm' } });
    bench.pass(1);
  }
  expect(peer.closed).toBe(true);
  expect(peer.take().at(-1)).toMatchObject({ type: 'connack', reasonCode: 0x80 });
  expect(bench.now).toBeLessThanOrEqual(1_000_000 + 11_000);
});

test('an authenticator that never answers does not keep its client for ever', async () => {
  const bench = new Bench({ authenticate: () => new Promise(() => undefined) });
  const peer = bench.peer(MQTT_5_0).connect();
  bench.pass(11);
  expect(peer.closed).toBe(true);
  expect(bench.hub.wheel.size).toBe(0);
});

test('bytes that never become a packet keep no connection alive', () => {
  const bench = new Bench();
  const peer = bench.peer().connected({ keepAlive: 10 });
  peer.hex('30 ff ff 03 00 01 61'.replaceAll(' ', ''));
  for (let i = 0; i < 20; i++) {
    bench.pass(1);
    peer.hex('00');
  }
  expect(peer.closed).toBe(true);
});

test('QoS 2 messages that are never released are as many as Receive Maximum allows', () => {
  const bench = new Bench();
  const peer = bench.peer().connected();
  for (let packetId = 1; packetId <= 1025 && !peer.closed; packetId++)
    peer.publish('a', '', { qos: 2, packetId });
  expect(peer.take().at(-1)).toMatchObject({ type: 'disconnect', reasonCode: 0x93 });
  expect(bench.hub.session('client')?.inbox.size ?? 0).toBeLessThanOrEqual(1024);
});
