import type { TopicFilter, TopicName } from '@anax/protocol';
import { describe, expect, test } from 'vitest';
import type { AccessRule, Identity, LoginFacts, Who } from '../../../src/access/rules/rule.ts';
import { RuleBook } from '../../../src/access/rules/rule-book.ts';
import { testOf } from '../../../src/access/rules/who.ts';
import { isWithin, networkProblem, parseAddress, parseNetwork } from '../../../src/network.ts';

const LOGIN: LoginFacts = {
  address: '10.1.2.3',
  listener: 'public',
  certificate: {
    commonName: 'pump',
    subjectAlternativeNames: [{ kind: 'dns', value: 'pump.example' }],
    fingerprint: 'AB:CD',
    serialNumber: '01ff',
    validUntil: undefined,
  },
};
const ANN: Identity = { clientId: 'c1', userName: 'ann', login: LOGIN };
const AWAY: Identity = { ...ANN, login: undefined };
const NAMELESS: Identity = { ...ANN, userName: undefined };

function seen(login: Partial<LoginFacts>): Identity {
  return { ...ANN, login: { ...LOGIN, ...login } };
}

describe('whom a rule is for', () => {
  test.each<[Who, Identity, string]>([
    [{}, ANN, 'yes'],
    [{ clientIds: ['c1'] }, ANN, 'yes'],
    [{ clientIds: ['C1'] }, ANN, 'no'],
    [{ users: ['bob', 'ann'] }, ANN, 'yes'],
    [{ users: ['bob'] }, ANN, 'no'],
    [{ users: ['ann'] }, NAMELESS, 'no'],
    [{ users: ['undefined', ''] }, NAMELESS, 'no'],
    [{ anonymous: true }, ANN, 'no'],
    [{ anonymous: true }, NAMELESS, 'yes'],
    [{ anonymous: false }, ANN, 'yes'],
    [{ addresses: ['10.0.0.0/8'] }, ANN, 'yes'],
    [{ addresses: ['10.1.2.3'] }, ANN, 'yes'],
    [{ addresses: ['10.1.2.4', '192.168.0.0/16'] }, ANN, 'no'],
    [{ addresses: ['10.0.0.0/8'] }, seen({ address: '::ffff:10.9.9.9' }), 'yes'],
    [{ addresses: ['10.0.0.0/8'] }, seen({ address: '/run/anax.sock' }), 'unknown'],
    [{ addresses: ['10.0.0.0/8'] }, seen({ address: '' }), 'unknown'],
    [{ listeners: ['public'] }, ANN, 'yes'],
    [{ listeners: ['inside'] }, ANN, 'no'],
    [{ commonNames: ['pump'] }, ANN, 'yes'],
    [{ commonNames: ['valve'] }, ANN, 'no'],
    [{ commonNames: ['pump'] }, seen({ certificate: undefined }), 'no'],
    [{ alternativeNames: ['pump.example'] }, ANN, 'yes'],
    [{ alternativeNames: ['x'] }, ANN, 'no'],
    [{ fingerprints: ['abcd'] }, ANN, 'yes'],
    [{ fingerprints: ['ab:ce'] }, ANN, 'no'],
    [{ serialNumbers: ['01:FF'] }, ANN, 'yes'],
    [{ addresses: ['10.0.0.0/8'] }, AWAY, 'unknown'],
    [{ listeners: ['public'] }, AWAY, 'unknown'],
    [{ commonNames: ['pump'] }, AWAY, 'unknown'],
    [{ listeners: ['public'], users: ['bob'] }, AWAY, 'no'],
    [{ users: ['ann'], clientIds: ['c1'], listeners: ['public'], addresses: ['10.0.0.0/8'] }, ANN, 'yes'],
    [{ users: ['ann'], clientIds: ['c2'] }, ANN, 'no'],
    [{ plainNames: true }, ANN, 'yes'],
    [{ plainNames: true }, NAMELESS, 'yes'],
    [{ plainNames: true }, { ...ANN, clientId: 'c+' }, 'no'],
    [{ plainNames: true }, { ...ANN, userName: '#' }, 'no'],
  ])('%j', (who, identity, verdict) => {
    expect(testOf(who)(identity)).toBe(verdict);
  });

  test('a fingerprint that a proxy kept to itself is not known', () => {
    const certificate = {
      ...(LOGIN.certificate as NonNullable<LoginFacts['certificate']>),
      fingerprint: undefined,
    };
    expect(testOf({ fingerprints: ['abcd'] })(seen({ certificate }))).toBe('unknown');
  });

  test('an address that is none is refused', () => {
    expect(() => testOf({ addresses: ['10.0.0.0/33'] })).toThrow(TypeError);
  });
});

describe('networks', () => {
  test.each([
    ['10.0.0.0/8', '10.255.0.1', true],
    ['10.0.0.0/8', '11.0.0.1', false],
    ['10.1.2.0/23', '10.1.3.255', true],
    ['10.1.2.0/23', '10.1.4.0', false],
    ['0.0.0.0/0', '255.255.255.255', true],
    ['0.0.0.0/0', '::1', false],
    ['fd00::/8', 'fdab::1', true],
    ['fd00::/8', 'fe80::1', false],
    ['fe80::/10', 'fe80::1%eth0', true],
    ['2001:db8::1', '2001:0db8:0:0:0:0:0:1', true],
    ['::1/128', '::1', true],
    ['::ffff:10.0.0.1', '10.0.0.1', true],
  ])('%s has %s: %s', (network, address, has) => {
    const bytes = parseAddress(address);
    const parsed = parseNetwork(network);
    expect(bytes !== undefined && parsed !== undefined && isWithin(bytes, parsed)).toBe(has);
  });

  test.each([
    '',
    '10',
    '10.0.0',
    '10.0.0.256',
    '010.0.0.1',
    '10.0.0.0/33',
    '10.0.0.0/',
    '10.0.0.0/x',
    ':::',
    '1::2::3',
  ])('%j is none', (text) => {
    expect(networkProblem(text)).toMatch(/^an IP address or a network/);
  });

  test.each([
    '12345::',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7:8::',
    'g::',
    '10.0.0.1/7',
    'a b',
  ])('%j is none either', (text) => {
    expect(networkProblem(text)).toMatch(/^an IP address or a network/);
  });
});

describe('what is not known', () => {
  const rule: AccessRule = {
    effect: 'deny',
    actions: ['publish', 'subscribe', 'receive'],
    topics: ['a'],
    who: { addresses: ['10.0.0.0/8'] },
    place: '',
  };
  const allow: AccessRule = { ...rule, effect: 'allow' };
  const [topic, filter] = ['a' as TopicName, 'a' as TopicFilter];

  test('denies and does not allow, while the client is there', () => {
    const socket = seen({ address: '' });
    const denied = new RuleBook([rule], 'allow').rightsOf(socket);
    expect(denied.mayPublish(topic, 0, false)).toBe(false);
    expect(denied.mayReceive?.(topic)).toBe(false);
    const allowed = new RuleBook([allow], 'deny').rightsOf(socket);
    expect(allowed.mayPublish(topic, 0, false)).toBe(false);
    expect(allowed.maySubscribe(filter, 0)).toBe(false);
  });

  test('denies what a client publishes that is away, and leaves open what is kept for it', () => {
    const denied = new RuleBook([rule], 'allow').rightsOffline('c1', 'ann', false);
    expect(denied.mayPublish(topic, 0, false)).toBe(false);
    expect(denied.mayReceive?.(topic) ?? true).toBe(true);
    const allowed = new RuleBook([allow], 'deny').rightsOffline('c1', 'ann', false);
    expect(allowed.mayPublish(topic, 0, false)).toBe(false);
    expect(allowed.mayReceive?.(topic)).toBe(true);
    expect(allowed.mayReceive?.('b' as TopicName)).toBe(false);
    expect(allowed.maySubscribe(filter, 0)).toBe(true);
  });

  test('is decided anew for a client that is away, after one that was there', () => {
    const book = new RuleBook([rule], 'allow');
    expect(book.rightsOf(seen({ address: '' })).mayReceive?.(topic)).toBe(false);
    expect(book.rightsOffline('c1', 'ann', false).mayReceive?.(topic) ?? true).toBe(true);
    expect(book.rightsOf(seen({ address: '' })).mayReceive?.(topic)).toBe(false);
  });

  test('is a name of a certificate of somebody who is away, too', () => {
    const named: AccessRule = { ...allow, topics: ['x/${cert.commonName}'] };
    const { who: _, ...forAll } = named;
    const rights = new RuleBook([forAll], 'deny').rightsOffline('c1', 'ann', false);
    expect(rights.mayPublish('x/pump' as TopicName, 0, false)).toBe(false);
    expect(rights.mayReceive?.('x/pump' as TopicName)).toBe(true);
    expect(rights.mayReceive?.('y' as TopicName)).toBe(false);
  });

  test('rules of the names alone hold as they do at login', () => {
    const own: AccessRule = {
      effect: 'allow',
      actions: ['publish', 'receive'],
      topics: ['${clientid}/#'],
      place: '',
    };
    const secret: AccessRule = { effect: 'deny', actions: ['receive'], topics: ['c1/secret'], place: '' };
    const rights = new RuleBook([own, secret], 'deny').rightsOffline('c1', 'ann', false);
    expect(rights.mayPublish('c1/x' as TopicName, 0, false)).toBe(true);
    expect(rights.mayPublish('c2/x' as TopicName, 0, false)).toBe(false);
    expect(rights.mayReceive?.('c1/secret' as TopicName)).toBe(false);
  });

  test('where logins bring rules nothing is published for who is away, and denials stand', () => {
    const all: AccessRule = { effect: 'allow', actions: ['publish'], topics: ['#'], place: '' };
    const secret: AccessRule = { effect: 'deny', actions: ['receive'], topics: ['secret'], place: '' };
    const rights = new RuleBook([all, secret], 'deny').rightsOffline('c1', 'ann', true);
    expect(rights.mayPublish(topic, 0, false)).toBe(false);
    expect(rights.mayReceive?.(topic)).toBe(true);
    expect(rights.mayReceive?.('secret' as TopicName)).toBe(false);
  });
});
