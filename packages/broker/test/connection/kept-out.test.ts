/** Owns what a client that is kept out for what it did is told, in every version, and what the log says of it. */

import { MQTT_3_1_1, MQTT_5_0, Reason, utf8Bytes } from '@anax/protocol';
import { describe, expect, test } from 'vitest';
import type { ExchangeFactory } from '../../src/access/access.ts';
import { userAuthenticator } from '../../src/access/users.ts';
import { ALL, ANYBODY, Bench } from '../bench.ts';

const users = userAuthenticator({ users: [{ name: 'ann', password: 'right' }], anonymous: 'always' });
const as = (userName: string, password: string) => ({ userName, password: utf8Bytes(password) });
const codeOf = (bench: Bench, facts = {}, address = '192.0.2.1') =>
  bench.peer(MQTT_5_0, address).connect(facts).only('connack').reasonCode;

describe('failed logins', () => {
  const abuse = { loginFailuresPerAddressMax: 3, loginFailuresPerUserMax: 5 };

  test('ban the address: 0x8A, also with the right password, until the time is over', () => {
    const bench = new Bench({ abuse, authenticate: users });
    const right = as('ann', 'right');
    for (let i = 0; i < 3; i++) expect(codeOf(bench, as('ann', 'wrong'))).toBe(Reason.badUserNameOrPassword);
    expect(codeOf(bench, right)).toBe(Reason.banned);
    expect(codeOf(bench, right, '192.0.2.2')).toBe(Reason.success);
    expect(bench.notes.filter(({ event }) => event === 'banned')).toMatchObject([
      { address: '192.0.2.1', reason: 'failed-logins' },
    ]);
    expect(bench.notes.at(-2)).toMatchObject({ event: 'connection-closed' });
    expect(bench.notes.find(({ reason }) => reason === 'banned')).toMatchObject({
      event: 'connect-refused',
      address: '192.0.2.1',
      listener: 'test',
      reasonCode: Reason.banned,
      clientId: 'client',
    });
    bench.pass(15 * 60);
    expect(codeOf(bench, right)).toBe(Reason.success);
  });

  test('in 3.x the return code is not authorized', () => {
    const bench = new Bench({ abuse, authenticate: users });
    for (let i = 0; i < 3; i++) bench.peer(MQTT_3_1_1).connect(as('ann', 'wrong'));
    expect([...bench.peer(MQTT_3_1_1).connect(as('ann', 'right')).raw()]).toEqual([0x20, 2, 0, 5]);
  });

  test('with one user name from everywhere slow it down: 0x9F', () => {
    const bench = new Bench({ abuse, authenticate: users });
    expect(codeOf(bench, as('ann', 'right'), '192.0.2.200')).toBe(Reason.success);
    for (let i = 0; i < 5; i++) codeOf(bench, as('ann', 'wrong'), `198.51.100.${i}`);
    expect(codeOf(bench, as('ann', 'wrong'), '198.51.100.99')).toBe(Reason.connectionRateExceeded);
    expect(codeOf(bench, as('ann', 'right'), '192.0.2.200')).toBe(Reason.success);
    bench.pass(1);
    expect(codeOf(bench, as('ann', 'wrong'), '198.51.100.99')).toBe(Reason.badUserNameOrPassword);
  });

  test('of an exchange count as well', () => {
    const refusing: ExchangeFactory = () => ({
      step: () => ({ refused: { reasonCode: Reason.notAuthorized, text: 'no' } }),
    });
    const bench = new Bench({ abuse, methods: new Map([['m', refusing]]) });
    for (let i = 0; i < 3; i++) codeOf(bench, { properties: { authenticationMethod: 'm' } });
    expect(codeOf(bench)).toBe(Reason.banned);
  });

  test('are none where nobody said who it was, or the authenticator broke', () => {
    const closed = new Bench({ abuse, authenticate: userAuthenticator({ users: [], anonymous: 'never' }) });
    for (let i = 0; i < 9; i++) expect(codeOf(closed)).toBe(Reason.notAuthorized);
    const broken = new Bench({ abuse, authenticate: () => JSON.parse('{') });
    for (let i = 0; i < 9; i++) expect(codeOf(broken, as('ann', 'x'))).toBe(Reason.unspecifiedError);
    expect([closed.hub.counters.loginsFailed, broken.hub.counters.loginsFailed]).toEqual([0, 0]);
  });
});

describe('a client that comes and goes', () => {
  test.each(ALL)('is banned for a while, and its session is untouched ($name)', (dialect) => {
    const bench = new Bench({ abuse: { flappingConnectsMax: 3 }, authenticate: ANYBODY });
    for (let i = 0; i < 3; i++) bench.peer(dialect).connected().lost();
    const last = bench.peer(dialect).connect();
    expect(last.closed).toBe(true);
    expect(bench.notes.some(({ event, reason }) => event === 'banned' && reason === 'flapping')).toBe(true);
    expect(bench.hub.sessionCount).toBe(0);
    bench.pass(5 * 60);
    bench.peer(dialect).connected();
  });

  test('that was refused does not put out the one that is there', () => {
    const bench = new Bench({ abuse: { flappingConnectsMax: 1 } });
    const first = bench.peer().connected();
    expect(codeOf(bench)).toBe(Reason.banned);
    expect(first.closed).toBe(false);
  });
});

test('a place of an address is given back whatever becomes of the connection', () => {
  const bench = new Bench({ abuse: { addressConnectionsMax: 4, addressConnectingMax: 2 } });
  const { guard } = bench;
  bench.peer().connected().disconnect();
  bench.peer().connected().lost();
  bench.peer().hex('ff').lost();
  bench.peer().connect({ clientId: '', cleanStart: false }).lost();
  bench.peer();
  bench.pass(11);
  expect(guard.mayCome('192.0.2.1', bench.now)).toBe(true);
  bench.peer();
  bench.peer();
  expect(guard.mayCome('192.0.2.1', bench.now)).toBe(false);
  bench.peer().connected({ clientId: 'a' });
});

test('a flood of bad first packets is a few lines', () => {
  const bench = new Bench();
  for (let i = 0; i < 1000; i++) bench.peer().hex('1600ff');
  expect(bench.notes.length).toBeLessThan(200);
  bench.pass(10);
  expect(bench.notes.at(-1)).toMatchObject({ event: 'lines-left-out' });
});
