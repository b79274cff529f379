// Enhanced authentication over sockets, between the client and the broker as they are built.

import { createBroker } from '@anax/broker';
import { connect } from '@anax/client';
import { scram } from '@anax/client/scram';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { PENCIL, type ScramFacts } from '../../packages/client/test/scram-server.ts';
import { scramMethod } from './scram-method.ts';

let facts: ScramFacts = PENCIL;
const broker = createBroker({
  listeners: [{ port: 0 }, { port: 0, protocol: 'ws' }],
  methods: new Map([
    ['SCRAM-SHA-256', scramMethod(() => facts)],
    ['SCRAM-SHA-512', scramMethod(() => ({ ...facts, hash: 'sha512' }))],
  ]),
});

beforeAll(() => broker.start());
afterAll(() => broker.close());
beforeEach(() => {
  facts = PENCIL;
});

const right = scram({ userName: 'user', password: 'pencil' });
const url = (at = 0): string => broker.listeners[at]?.url ?? '';

test.each([
  ['SCRAM-SHA-256', 0],
  ['SCRAM-SHA-512', 1],
] as const)('%s lets in, and again while messages go on', async (mechanism, at) => {
  const authenticator = scram({ userName: 'user', password: 'pencil', mechanism });
  const client = await connect(url(at), { authenticator });
  expect(client.negotiated.authenticationMethod).toBe(mechanism);
  const sent = [];
  const again = [];
  for (let round = 0; round < 3; round++) {
    again.push(client.reauthenticate());
    for (let n = 0; n < 50; n++) sent.push(client.publish('a/b', String(n), { qos: n % 2 ? 1 : 2 }));
    await again.at(-1);
  }
  expect((await Promise.all(again)).map(({ reasonCode }) => reasonCode)).toEqual([0, 0, 0]);
  expect(await Promise.all(sent)).toHaveLength(150);
  await client.close();
});

test('a wrong password, and a method that the broker does not have, are refused [5:MQTT-4.12.0-1]', async () => {
  const wrong = scram({ userName: 'user', password: 'pencils' });
  await expect(connect(url(), { authenticator: wrong })).rejects.toMatchObject({ reasonCode: 0x87 });
  const other = scram({ userName: 'user', password: 'pencil', mechanism: 'SCRAM-SHA-1' });
  await expect(connect(url(), { authenticator: other })).rejects.toMatchObject({ reasonCode: 0x8c });
});

test('a broker that cannot sign is left, at first and later', async () => {
  const client = await connect(url(), { authenticator: right });
  facts = { ...PENCIL, signAs: (signature) => signature.fill(7, 3, 4) };
  const failure = { code: 'server-not-authenticated' };
  await expect(connect(url(), { authenticator: right })).rejects.toMatchObject(failure);
  await expect(client.reauthenticate()).rejects.toMatchObject(failure);
  expect(await client.closed).toMatchObject(failure);
});

test('who is not let in any more is told, and why', async () => {
  const client = await connect(url(), { authenticator: right });
  facts = { ...PENCIL, password: 'changed' };
  const failure = { code: 'server-disconnected', reasonCode: 0x87 };
  await expect(client.reauthenticate()).rejects.toMatchObject(failure);
  expect(await client.closed).toMatchObject(failure);
});

test('each connection authenticates', async () => {
  let exchanges = 0;
  const authenticator = (): ReturnType<typeof right> => {
    exchanges += 1;
    return right();
  };
  const client = await connect(url(), { authenticator, clientId: 'again', reconnect: { delayBaseMs: 1 } });
  const connected = new Promise((resolve) => client.addEventListener('connected', resolve));
  broker.disconnect('again');
  await connected;
  expect([exchanges, client.connected]).toEqual([2, true]);
  await client.close();
});
