import { describe, expect, test } from 'vitest';
import { connected, connecting } from './support.ts';

describe('keep alive', () => {
  test('sends PINGREQ when nothing was sent for Keep Alive [5:MQTT-3.1.2-20] [3.1.1:MQTT-3.1.2-23]', () => {
    const { machine, sink, ...bench } = connected({ keepAlive: 10 });
    expect(machine.deadline()).toBe(10_000);
    machine.wake(9_999);
    expect(sink.taken()).toEqual([]);
    machine.publish({ topic: 'a', payload: '' }, 1, 5_000);
    bench.in('30 04 00 01 61 00', 9_000);
    sink.taken();
    machine.wake(10_000);
    expect(sink.taken()).toEqual([]);
    expect(machine.deadline()).toBe(15_000);
    machine.wake(15_000);
    expect(sink.taken()).toEqual(['c0 00']);
  });

  test('asks a server that says nothing, also while this end publishes all the time', () => {
    const { machine, sink } = connected({ keepAlive: 10, pingTimeoutMs: 5_000 });
    for (let now = 1_000; now <= 9_000; now += 1_000) machine.publish({ topic: 'a', payload: '' }, now, now);
    sink.taken();
    expect(machine.deadline()).toBe(10_000);
    machine.wake(10_000);
    expect(sink.taken()).toEqual(['c0 00']);
    for (let now = 11_000; now <= 14_000; now += 1_000)
      machine.publish({ topic: 'a', payload: '' }, now, now);
    sink.taken();
    expect(machine.deadline()).toBe(15_000);
    machine.wake(15_000);
    expect(machine.phase).toMatchObject({ name: 'closing', reason: { code: 'keep-alive-timeout' } });
  });

  test('an answer starts it over', () => {
    const { machine, sink, ...bench } = connected({ keepAlive: 10 });
    machine.wake(10_000);
    expect(machine.deadline()).toBe(20_000);
    bench.in('d0 00', 10_100);
    expect(machine.deadline()).toBe(20_000);
    machine.wake(20_000);
    expect(sink.taken()).toEqual(['c0 00', 'c0 00']);
  });

  test('closes when no answer comes, without DISCONNECT, which would drop the will in 3.1.1', () => {
    const { machine, sink } = connected({ keepAlive: 60, pingTimeoutMs: 5_000, dialect: '3.1.1' });
    machine.wake(60_000);
    sink.taken();
    expect(machine.deadline()).toBe(65_000);
    machine.wake(65_000);
    expect(sink.taken()).toEqual([]);
    expect(machine.phase).toMatchObject({ name: 'closing', reason: { code: 'keep-alive-timeout' } });
  });

  test('bytes that come meanwhile show that the server lives', () => {
    const { machine, ...bench } = connected({ keepAlive: 60, pingTimeoutMs: 5_000 });
    machine.wake(60_000);
    bench.in('30 04 00 01', 64_000);
    expect(machine.deadline()).toBe(69_000);
    machine.wake(65_000);
    expect(machine.phase.name).toBe('connected');
  });

  test('after a long sleep asks once more before it gives up', () => {
    const { machine, sink } = connected({ keepAlive: 60, pingTimeoutMs: 5_000 });
    machine.wake(60_000);
    sink.taken();
    machine.wake(3_600_000);
    expect(sink.taken()).toEqual(['c0 00']);
    machine.wake(3_605_000);
    expect(machine.phase.name).toBe('closing');
  });

  test('where every timer is late asks once more, and not for ever', () => {
    const { machine, sink, ...bench } = connected({ keepAlive: 60, pingTimeoutMs: 5_000 });
    machine.wake(60_000);
    machine.wake(120_000);
    expect(sink.taken()).toEqual(['c0 00', 'c0 00']);
    bench.in('d0 00', 120_100);
    machine.wake(180_000);
    machine.wake(240_000);
    expect(sink.taken()).toEqual(['c0 00', 'c0 00']);
    expect(machine.phase.name).toBe('connected');
    machine.wake(300_000);
    expect(machine.phase.name).toBe('closing');
  });

  test('may be asked for before Keep Alive is over', () => {
    const { machine, sink } = connected({ keepAlive: 60, pingAfterPart: 0.75 });
    expect(machine.deadline()).toBe(45_000);
    machine.wake(45_000);
    expect(sink.taken()).toEqual(['c0 00']);
    expect(connected({ keepAlive: 60, pingAfterPart: 2 }).machine.deadline()).toBe(60_000);
  });

  test('does not give up while it is not reading', () => {
    const { machine } = connected({ keepAlive: 60, pingTimeoutMs: 5_000 });
    machine.pause();
    machine.wake(60_000);
    machine.wake(65_000);
    machine.wake(70_000);
    expect(machine.phase.name).toBe('connected');
    machine.resume(71_000);
    machine.wake(75_000);
    expect(machine.phase.name).toBe('closing');
  });

  test('0 turns it off, also from the server [5:MQTT-3.1.2-21]', () => {
    expect(connected({ keepAlive: 0 }).machine.deadline()).toBe(Number.POSITIVE_INFINITY);
    expect(connected({}, '20 06 00 00 03 13 00 00').machine.deadline()).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('other deadlines', () => {
  test('without CONNACK the machine gives up', () => {
    const { machine, sink } = connecting({ connectTimeoutMs: 1000 });
    expect(machine.deadline()).toBe(1000);
    machine.wake(1000);
    expect(sink.closes).toBe(1);
    machine.ended(undefined, 1001);
    expect(sink.reason?.code).toBe('connect-timeout');
  });

  test('a server that does not close after DISCONNECT is not waited for', () => {
    const { machine, sink } = connected({ closeTimeoutMs: 100 });
    machine.disconnect({}, 0);
    expect(sink.taken()).toEqual(['e0 00']);
    machine.wake(99);
    expect(sink.reason).toBeUndefined();
    machine.wake(100);
    expect(sink.reason).toEqual({
      code: 'disconnected',
      reasonCode: 0,
      properties: undefined,
      error: undefined,
    });
    expect(machine.deadline()).toBe(Number.POSITIVE_INFINITY);
  });
});
