/** Owns where rules meet a login: the configuration's, those that come along, what the authenticator says, hooks. */

import { Reason, type TopicFilter, type TopicName } from '@anax/protocol';
import { describe, expect, test } from 'vitest';
import { type Acceptance, ANYTHING_BUT_SYS, type Permissions } from '../../src/access/access.ts';
import { Policy } from '../../src/access/policy.ts';
import type { AccessRule, Identity } from '../../src/access/rules/rule.ts';
import { Bench } from '../bench.ts';

const ALL = ['publish', 'subscribe', 'receive'] as const;
const rule = (effect: 'allow' | 'deny', ...topics: string[]): AccessRule => ({
  effect,
  actions: ALL,
  topics,
  place: 'x',
});
const ANN: Identity = {
  clientId: 'c1',
  userName: 'ann',
  login: { address: '127.0.0.1', listener: 'tcp', certificate: undefined },
};

const may = (permissions: Permissions, topic: string): readonly boolean[] => [
  permissions.mayPublish(topic as TopicName, 0, false),
  permissions.maySubscribe(topic as TopicFilter, 0),
  permissions.mayReceive?.(topic as TopicName) ?? true,
];
const YES = [true, true, true];
const NO = [false, false, false];

describe('a policy', () => {
  const open: Acceptance = { userName: 'ann', permissions: ANYTHING_BUT_SYS };

  test('without rules of any kind is what the authenticator says, and asks nothing at delivery', () => {
    const permissions = new Policy(undefined).permissionsOf(open, ANN);
    expect(permissions).toBe(ANYTHING_BUT_SYS);
    expect(permissions.mayReceive).toBeUndefined();
  });

  test('with rules that came along has what they allow', () => {
    const permissions = new Policy(undefined).permissionsOf({ ...open, rules: [rule('allow', 'a')] }, ANN);
    expect(may(permissions, 'a')).toEqual(YES);
    expect(may(permissions, 'b')).toEqual(NO);
  });

  test('with no rules among those that came along allows nothing', () => {
    expect(may(new Policy(undefined).permissionsOf({ ...open, rules: [] }, ANN), 'a')).toEqual(NO);
  });

  test('a configuration without rules allows nothing', () => {
    expect(may(new Policy({ rules: [], otherwise: 'deny' }).permissionsOf(open, ANN), 'a')).toEqual(NO);
  });

  test('a deny wins, whoever has said it; an allow of either is one', () => {
    const configured = new Policy({ rules: [rule('allow', 'a', 'b'), rule('deny', 'c')], otherwise: 'deny' });
    const rules = [rule('deny', 'b'), rule('allow', 'c', 'd')];
    const permissions = configured.permissionsOf({ ...open, rules }, ANN);
    expect(['a', 'b', 'c', 'd', 'e'].map((topic) => may(permissions, topic))).toEqual([YES, NO, NO, YES, NO]);
  });

  test('permissions of an authenticator say no beside any rule', () => {
    const permissions: Permissions = {
      mayPublish: (topic) => topic !== 'a',
      maySubscribe: (filter) => filter !== 'a',
      mayReceive: (topic) => topic !== 'a',
    };
    const configured = new Policy({ rules: [rule('allow', 'a', 'b')], otherwise: 'deny' });
    const both = configured.permissionsOf({ userName: 'ann', permissions }, ANN);
    expect(['a', 'b', 'c'].map((topic) => may(both, topic))).toEqual([NO, YES, NO]);
    const quiet = { mayPublish: () => true, maySubscribe: () => true };
    expect(may(configured.permissionsOf({ userName: 'ann', permissions: quiet }, ANN), 'c')).toEqual(NO);
  });

  test('$SYS is never published to, whatever rules say', () => {
    const configured = new Policy({ rules: [rule('allow', '$SYS/#')], otherwise: 'allow' });
    const permissions = configured.permissionsOf(open, ANN);
    expect(['$SYS', '$SYS/a', '$SYSTEM', '$x'].map((topic) => may(permissions, topic)[0])).toEqual([
      false,
      false,
      true,
      true,
    ]);
  });

  test.each(['a#', 'x${clientid}', '', '$share/g/a'])(
    'rules of a login that are none, %j, allow nothing',
    (topic) => {
      const configured = new Policy({ rules: [rule('allow', 'a')], otherwise: 'allow' });
      expect(may(configured.permissionsOf({ ...open, rules: [rule('deny', topic)] }, ANN), 'a')).toEqual(NO);
    },
  );

  test('holds the rules of another from then on; rules that are none make no policy', () => {
    const policy = new Policy({ rules: [rule('allow', 'a')], otherwise: 'deny' });
    policy.follow(new Policy({ rules: [rule('allow', 'b')], otherwise: 'deny' }));
    expect(['a', 'b'].map((topic) => may(policy.permissionsOf(open, ANN), topic))).toEqual([NO, YES]);
    expect(() => new Policy({ rules: [rule('allow', 'c#')], otherwise: 'allow' })).toThrow(TypeError);
  });

  test('of a client that is away: by its rules, or nothing published where a login tells', () => {
    const policy = new Policy({
      rules: [rule('allow', '${clientid}/#'), rule('deny', 'c1/x')],
      otherwise: 'deny',
    });
    expect(may(policy.offline('c1', 'ann', false), 'c1/a')).toEqual(YES);
    expect(may(policy.offline('c1', 'ann', false), 'c1/x')).toEqual(NO);
    expect(may(policy.offline('c1', 'ann', true), 'c1/a')).toEqual([false, true, true]);
    expect(may(policy.offline('c1', 'ann', true), 'c1/x')).toEqual(NO);
    expect(may(new Policy(undefined).offline('c1', 'ann', true), 'a')).toEqual([false, true, true]);
    expect(new Policy(undefined).offline('c1', 'ann', false)).toBe(ANYTHING_BUT_SYS);
  });
});

describe('on the wire', () => {
  const access = {
    otherwise: 'deny' as const,
    rules: [
      rule('allow', 'shared/#', 'own/${clientid}'),
      rule('deny', 'shared/secret/#'),
      { ...rule('allow', 'late'), actions: ['publish' as const], qos: [0 as const], retain: false },
    ],
  };

  test('PUBLISH, SUBSCRIBE and delivery are as the rules say', () => {
    const one = new Bench({ access });
    const listener = one.peer().connected({ clientId: 'l' });
    const asked = ['shared/#', 'shared/secret/a', 'own/l', 'own/p', '#', '$share/g/shared/secret/#'];
    const codes = asked.map((filter) => listener.subscribe(filter).only('suback').reasonCodes[0]);
    const { notAuthorized: no } = Reason;
    expect(codes).toEqual([2, no, 2, no, no, no]);
    const writer = one.peer().connected({ clientId: 'p' });
    const topics = ['shared/a', 'shared/secret/a', 'own/l', 'own/p', 'late'];
    const acks = topics.map((topic) => writer.publish(topic, '', { qos: 1 }).only('puback').reasonCode);
    expect(acks).toEqual([0, no, no, Reason.noMatchingSubscribers, no]);
    expect(listener.take().map((packet) => packet.type === 'publish' && packet.topic)).toEqual(['shared/a']);
  });

  test('what is refused is a line in the log, with who and what', () => {
    const one = new Bench({ access });
    const peer = one.peer().connected({ clientId: 'l' });
    peer.publish('shared/secret/"a"').subscribe('$share/g/#');
    const lines = one.notes.filter(({ event }) => event.endsWith('-refused'));
    const said = { clientId: 'l', address: '192.0.2.1', listener: 'test', reasonCode: Reason.notAuthorized };
    expect(lines).toEqual([
      { event: 'publish-refused', text: 'may not publish to "shared/secret/\\"a\\""', ...said },
      { event: 'subscribe-refused', text: 'may not subscribe to "$share/g/#"', ...said },
    ]);
  });

  test('a flood of refusals is no flood of lines', () => {
    const one = new Bench({ access });
    const peer = one.peer().connected({ clientId: 'l' });
    for (let i = 0; i < 100; i++) peer.publish('no');
    expect(one.notes.filter(({ event }) => event === 'publish-refused').length).toBe(30);
  });

  test('a wildcard does not reach round a deny: SUBSCRIBE is granted, what is denied is not delivered', () => {
    const rules = [
      rule('allow', 'shared/#'),
      { ...rule('deny', 'shared/secret/#'), actions: ['receive' as const] },
    ];
    const one = new Bench({ access: { rules, otherwise: 'deny' } });
    const listener = one.peer().connected({ clientId: 'l' }).subscribed('shared/#').subscribed('shared/+/a');
    one
      .peer()
      .connected({ clientId: 'w' })
      .publish('shared/secret/a')
      .publish('shared/secret')
      .publish('shared/b');
    expect(listener.take().map((packet) => packet.type === 'publish' && packet.topic)).toEqual(['shared/b']);
  });

  test('re-authentication takes the rules that it brings', () => {
    let rules: readonly AccessRule[] = [rule('allow', 'a')];
    const step = () => ({ accepted: { userName: undefined, permissions: ANYTHING_BUT_SYS, rules } });
    const one = new Bench({ methods: new Map([['m', () => ({ step })]]) });
    const properties = { authenticationMethod: 'm' };
    const peer = one.peer().connected({ properties });
    const code = (topic: string) => peer.publish(topic, '', { qos: 1 }).only('puback').reasonCode;
    expect([code('a'), code('b')]).toEqual([Reason.noMatchingSubscribers, Reason.notAuthorized]);
    rules = [rule('allow', 'b')];
    peer.send({ type: 'auth', reasonCode: Reason.reAuthenticate, properties }).only('auth');
    expect([code('a'), code('b')]).toEqual([Reason.notAuthorized, Reason.noMatchingSubscribers]);
  });
});
