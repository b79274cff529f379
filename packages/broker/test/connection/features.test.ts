/** Owns what happens to clients that use what the broker said it does not have. */

import { MQTT_3_1_1 } from '@anax/protocol';
import { describe, expect, test } from 'vitest';
import type { Limits } from '../../src/hub/limits.ts';
import { Bench, told } from '../bench.ts';

describe('what is switched off is refused', () => {
  const open = (limits: Partial<Limits>) => new Bench({ limits }).peer().connected();

  test('a PUBLISH above Maximum QoS with 0x9B [5:MQTT-3.2.2-11]', () => {
    const peer = open({ maximumQos: 1 }).publish('a', 'x', { qos: 2 });
    expect(told(peer.take())).toEqual(['disconnect 0x9b']);
    expect(peer.closed).toBe(true);
  });

  test('a subscription above Maximum QoS is granted the maximum [5:MQTT-3.2.2-10]', () => {
    expect(open({ maximumQos: 1 }).subscribe('a', { qos: 2 }).only('suback').reasonCodes).toEqual([1]);
  });

  test('a retained PUBLISH with 0x9A [5:MQTT-3.2.2-14]', () => {
    const peer = open({ retainAvailable: false }).publish('a', 'x', { retain: true });
    expect(told(peer.take())).toEqual(['disconnect 0x9a']);
  });

  test('a Subscription Identifier with 0xA1 [5:3.2.2.3.12]', () => {
    const peer = open({ subscriptionIdentifiersAvailable: false });
    peer.subscribe('a', { properties: { subscriptionIdentifiers: [1] } });
    expect(told(peer.take())).toEqual(['disconnect 0xa1']);
  });

  test('a wildcard with 0xA2, and no other filter [5:3.2.2.3.11]', () => {
    const peer = open({ wildcardSubscriptionAvailable: false });
    expect(peer.subscribe('a').only('suback').reasonCodes).toEqual([2]);
    expect(told(peer.subscribe('a/+').take())).toEqual(['disconnect 0xa2']);
    expect(peer.closed).toBe(true);
  });

  test('a wildcard in a shared subscription likewise', () => {
    const peer = open({ wildcardSubscriptionAvailable: false });
    expect(peer.subscribe('$share/g/a').only('suback').reasonCodes).toEqual([2]);
    expect(told(peer.subscribe('$share/g/#').take())).toEqual(['disconnect 0xa2']);
  });

  test('a wildcard in 3.1.1, which was not told, with a failure in SUBACK [3.1.1:3.9.3]', () => {
    const bench = new Bench({ limits: { wildcardSubscriptionAvailable: false } });
    const peer = bench.peer(MQTT_3_1_1).connected();
    expect(peer.subscribe('a/+').only('suback').reasonCodes).toEqual([0x80]);
  });

  test('a shared subscription with 0x9E [5:3.2.2.3.13]', () => {
    const peer = open({ sharedSubscriptionAvailable: false }).subscribe('$share/g/a');
    expect(told(peer.take())).toEqual(['disconnect 0x9e']);
    expect(peer.closed).toBe(true);
  });

  test('a filter that 3.1.1 knows as any other is no shared subscription there', () => {
    const peer = new Bench().peer(MQTT_3_1_1).connected();
    expect(peer.subscribe('$share/g/a').only('suback').reasonCodes).toEqual([2]);
  });

  test('a packet above Maximum Packet Size with 0x95 [5:MQTT-3.2.2-15]', () => {
    const peer = open({ maximumPacketSize: 200 }).publish('a', 'x'.repeat(300));
    expect(told(peer.take())).toEqual(['disconnect 0x95']);
    expect(peer.closed).toBe(true);
  });

  test('in 3.1.1 by closing, for want of a word', () => {
    const peer = new Bench({ limits: { maximumQos: 0 } }).peer(MQTT_3_1_1).connected();
    peer.publish('a', 'x', { qos: 1 });
    expect(peer.raw()).toHaveLength(0);
    expect(peer.closed).toBe(true);
  });
});
