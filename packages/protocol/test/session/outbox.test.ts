/** Owns the proof of what a sender remembers above QoS 0. */

import { describe, expect, it } from 'vitest';
import { type Delivery, Outbox } from '../../src/session/index.ts';
import { deliveryOf } from './rooms.ts';

function outboxWith(...held: readonly Delivery[]): Outbox<Delivery> {
  const outbox = new Outbox<Delivery>(10);
  for (const one of held) outbox.hold(one);
  return outbox;
}

describe('packet identifiers', () => {
  it('begin with 1, wrap from 65,535 to 1 and are never 0 [5:MQTT-2.2.1-3] [3.1.1:MQTT-2.3.1-1]', () => {
    const outbox = new Outbox<Delivery>(10);
    const taken = Array.from({ length: 65_536 }, () => outbox.takeId());
    expect(taken.slice(0, 3)).toEqual([1, 2, 3]);
    expect(taken.slice(-2)).toEqual([65_535, 1]);
    expect(taken.includes(0)).toBe(false);
  });

  it('are not in use [5:MQTT-2.2.1-4] [3.1.1:MQTT-2.3.1-2]', () => {
    const outbox = outboxWith(deliveryOf(1, 1), deliveryOf(2, 2), deliveryOf(1, 4));
    expect([outbox.takeId(), outbox.takeId()]).toEqual([3, 5]);
  });

  it('are not held by SUBSCRIBE or UNSUBSCRIBE either', () => {
    const outbox = outboxWith(deliveryOf(1, 1));
    const requests = new Map([[2, 'subscribe']]);
    expect(outbox.takeId(requests)).toBe(3);
  });

  it('come back once their exchange is over', () => {
    const outbox = new Outbox<Delivery>(65_535);
    for (let id = 1; id <= 65_535; id++) outbox.hold(deliveryOf(1, id));
    expect(outbox.takeId()).toBe(0);
    outbox.acknowledge(777);
    expect(outbox.takeId()).toBe(777);
  });
});

describe('an exchange of QoS 1', () => {
  it('ends with PUBACK [5:MQTT-4.3.2-3]', () => {
    const one = deliveryOf(1, 5);
    const outbox = outboxWith(one);
    expect(outbox.acknowledge(5)).toBe(one);
    expect(outbox.has(5)).toBe(false);
    expect(outbox.acknowledge(5)).toBe('unknown');
  });

  it('is not moved by PUBREC or PUBCOMP', () => {
    const outbox = outboxWith(deliveryOf(1, 5));
    expect([outbox.receive(5), outbox.refuse(5), outbox.complete(5)]).toEqual(Array(3).fill('out-of-phase'));
    expect([...outbox.values()]).toMatchObject([{ packetId: 5, phase: 'publish' }]);
  });
});

describe('an exchange of QoS 2', () => {
  it('goes from PUBREC to PUBREL and ends with PUBCOMP [5:MQTT-4.3.3-4] [5:MQTT-4.3.3-5]', () => {
    const two = deliveryOf(2, 9);
    const outbox = outboxWith(two);
    expect(outbox.complete(9)).toBe('out-of-phase');
    expect(outbox.receive(9)).toBe(two);
    expect(two.phase).toBe('release');
    expect(outbox.has(9)).toBe(true);
    expect(outbox.complete(9)).toBe(two);
    expect(outbox.size).toBe(0);
  });

  it('answers PUBREC that comes again with PUBREL again', () => {
    const two = deliveryOf(2, 9);
    const outbox = outboxWith(two);
    outbox.receive(9);
    expect(outbox.receive(9)).toBe(two);
    expect(two.phase).toBe('release');
  });

  it('ends with PUBREC of 0x80 or above, but not once it has been received [5:MQTT-4.4.0-2]', () => {
    const outbox = outboxWith(deliveryOf(2, 9), deliveryOf(2, 10));
    expect(outbox.refuse(9)).toMatchObject({ packetId: 9 });
    expect(outbox.has(9)).toBe(false);
    outbox.receive(10);
    expect(outbox.refuse(10)).toBe('out-of-phase');
    expect(outbox.has(10)).toBe(true);
  });

  it('is not ended by PUBACK', () => {
    const outbox = outboxWith(deliveryOf(2, 9));
    expect(outbox.acknowledge(9)).toBe('out-of-phase');
    expect(outbox.has(9)).toBe(true);
  });
});

describe('what is under way', () => {
  it('is known by its identifier only', () => {
    const outbox = outboxWith(deliveryOf(1, 1));
    expect([outbox.acknowledge(2), outbox.receive(2), outbox.refuse(2), outbox.complete(2)]).toEqual(
      Array(4).fill('unknown'),
    );
    outbox.forget(2);
    expect(outbox.size).toBe(1);
    outbox.forget(1);
    expect(outbox.size).toBe(0);
  });

  it('is resent in the order of first sending, released in the order of PUBREC [5:MQTT-4.6.0-1] [5:MQTT-4.6.0-4] [3.1.1:MQTT-4.6.0-1]', () => {
    const outbox = outboxWith(deliveryOf(1, 65_535), deliveryOf(2, 1), deliveryOf(1, 2), deliveryOf(2, 3));
    outbox.receive(3);
    outbox.receive(1);
    outbox.acknowledge(2);
    outbox.hold(deliveryOf(1, 2));
    const order = [...outbox.values()].map(({ packetId, phase }) => [packetId, phase]);
    expect(order).toEqual([
      [65_535, 'publish'],
      [3, 'release'],
      [1, 'release'],
      [2, 'publish'],
    ]);
  });

  it('may be forgotten while it is visited', () => {
    const outbox = outboxWith(deliveryOf(1, 1), deliveryOf(1, 2), deliveryOf(1, 3));
    const visited: number[] = [];
    for (const { packetId } of outbox.values()) {
      visited.push(packetId);
      outbox.forget(packetId);
    }
    expect(visited).toEqual([1, 2, 3]);
    expect(outbox.size).toBe(0);
  });

  it('never exceeds Receive Maximum, and stays when that gets smaller [5:MQTT-4.9.0-1] [5:MQTT-4.9.0-2]', () => {
    const outbox = new Outbox<Delivery>(2);
    expect(outbox.open).toBe(true);
    outbox.hold(deliveryOf(1, 1));
    outbox.hold(deliveryOf(2, 2));
    expect(outbox.open).toBe(false);
    outbox.receive(2);
    expect(outbox.open).toBe(false);
    outbox.complete(2);
    expect(outbox.open).toBe(true);
    outbox.setWindow(1);
    expect([outbox.open, outbox.size]).toEqual([false, 1]);
  });
});
