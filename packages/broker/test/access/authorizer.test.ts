/** Owns what hooks of an embedder may forbid: on every path, with who, what and which topic. */

import { MQTT_5_0, Reason } from '@anax/protocol';
import { describe, expect, test, vi } from 'vitest';
import type { Authorizer } from '../../src/access/authorizer.ts';
import { Bench, type BenchOptions, BOTH, told, will } from '../bench.ts';

const bench = (authorizer: Authorizer, options: BenchOptions = {}) => new Bench({ authorizer, ...options });
const throwing = () => {
  throw new Error('not mine');
};

describe('mayPublish', () => {
  test('is asked with the client, the topic, QoS and RETAIN', () => {
    const mayPublish = vi.fn(() => true);
    bench({ mayPublish })
      .peer(MQTT_5_0, '192.0.2.7')
      .connected({ clientId: 'a', userName: 'ada' })
      .publish('t', '', { qos: 1, retain: true });
    expect(mayPublish.mock.calls).toEqual([
      [{ clientId: 'a', userName: 'ada', address: '192.0.2.7' }, 't', 1, true],
    ]);
  });

  test('knows an assigned client identifier', () => {
    const ids: string[] = [];
    const mayPublish: Authorizer['mayPublish'] = ({ clientId }) => ids.push(clientId) > 0;
    bench({ mayPublish }).peer().connected({ clientId: '' }).publish('t');
    expect(ids[0]).toMatch(/^\w{23}$/);
  });

  test.each([
    ['false', () => false],
    ['an exception', throwing],
    ['anything but true', () => 'yes' as unknown as boolean],
  ])('that answers %s keeps the message back', (_, mayPublish) => {
    for (const dialect of BOTH) {
      const one = bench({ mayPublish });
      const watcher = one.peer(dialect).connected({ clientId: 'w' }).subscribed('t');
      const peer = one.peer(dialect).connected().publish('t', '', { qos: 1 });
      expect(told(peer.take())).toEqual([dialect.reasonCodes ? 'puback #1 0x87' : 'puback #1']);
      expect(watcher.take()).toEqual([]);
    }
  });

  test('is asked for the will', () => {
    const mayPublish: Authorizer['mayPublish'] = (_, topic) => topic !== 'w';
    const peer = bench({ mayPublish })
      .peer()
      .connect({ will: will('w') });
    expect(peer.only('connack').reasonCode).toBe(Reason.notAuthorized);
    bench({ mayPublish })
      .peer()
      .connected({ will: will('elsewhere') });
  });

  test('cannot allow what the login does not', () => {
    const one = bench({ mayPublish: () => true });
    const watcher = one.peer().connected({ clientId: 'w' }).subscribed('$SYS/#');
    one.peer().connected().publish('$SYS/x');
    expect(watcher.take()).toEqual([]);
  });

  test('holds after a re-authentication', () => {
    const permissions = { mayPublish: () => true, maySubscribe: () => true };
    const accepted = { userName: undefined, permissions };
    const methods = new Map([['m', () => ({ step: () => ({ accepted }) })]]);
    const one = bench({ mayPublish: () => false }, { methods });
    const properties = { authenticationMethod: 'm' };
    const peer = one.peer().connected({ properties });
    peer.send({ type: 'auth', reasonCode: Reason.reAuthenticate, properties });
    peer.publish('t', '', { qos: 1 });
    expect(told(peer.take())).toEqual(['auth', 'puback #1 0x87']);
  });
});

describe('maySubscribe', () => {
  test('is asked with the client and the filter', () => {
    const maySubscribe = vi.fn(() => true);
    bench({ maySubscribe }).peer().connected({ clientId: 'a' }).subscribe('t/+');
    expect(maySubscribe.mock.calls).toEqual([
      [{ clientId: 'a', userName: undefined, address: '192.0.2.1' }, 't/+'],
    ]);
  });

  test('is asked for what a shared subscription brings, so that no name of a group gets around a rule', () => {
    const maySubscribe = vi.fn((_: unknown, topicFilter: string) => topicFilter !== 'secret/#');
    const peer = bench({ maySubscribe }).peer().connected({ clientId: 'a' });
    expect(peer.subscribe('$share/g/secret/#').only('suback').reasonCodes).toEqual([0x87]);
    expect(maySubscribe.mock.calls.map(([, topicFilter]) => topicFilter)).toEqual(['secret/#']);
  });

  test.each([
    ['false', () => false],
    ['an exception', throwing],
  ])('that answers %s refuses the filter', (_, maySubscribe) => {
    const one = bench({ maySubscribe });
    const { reasonCodes } = one.peer().connected().subscribe('t').only('suback');
    expect(reasonCodes).toEqual([Reason.notAuthorized]);
    expect(one.hub.subscriptionCount).toBe(0);
  });

  test('that ends the session leaves no subscription to nobody', () => {
    const one: Bench = bench({
      maySubscribe: ({ clientId }) =>
        one.hub.disconnect(clientId, Reason.administrativeAction, 'no', one.now),
    });
    expect(told(one.peer().connected().subscribe('t').take())).toEqual(['disconnect 0x98']);
    expect([one.hub.sessionCount, one.hub.subscriptionCount]).toEqual([0, 0]);
  });
});
