/** Owns what a reload makes of sessions whose clients are away. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MQTT_5_0 } from '@anax/protocol';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { makeHash } from '../../src/access/passwords/hash.ts';
import { Broker, type BrokerHooks, loadSettings } from '../../src/index.ts';
import { connect, subscribe } from '../packets.ts';
import { Client, eventually, portOf } from './sockets.ts';

const folder = mkdtempSync(join(tmpdir(), 'anax-reload-sessions-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'anax.yaml');

const USERS = 'users: [{ name: alice, password: secret }, { name: bob, password: secret }]';
const ALICE = 'users: [{ name: alice, password: other }]';
const BOB = 'users: [{ name: bob, password: secret }]';

/** A broker of a configuration, with a session of `alice` whose client has gone, subscribed to `a` and `b`. */
async function left(yaml: string, hooks: BrokerHooks = {}): Promise<Broker> {
  const { broker, client } = await joined(yaml, hooks);
  client.send({ type: 'disconnect', reasonCode: 0, properties: {} });
  await eventually(() => broker.counts.clients === 0);
  expect(broker.counts.subscriptions).toBe(2);
  return broker;
}

/** The same while it is still there. */
async function joined(yaml: string, hooks: BrokerHooks): Promise<{ broker: Broker; client: Client }> {
  writeFileSync(file, yaml);
  const broker = new Broker(loadSettings({ file }), hooks);
  onTestFinished(() => broker.close());
  await broker.start();
  const client = new Client(portOf(broker)).send(
    connect(MQTT_5_0, {
      clientId: 'c',
      userName: 'alice',
      password: Buffer.from('secret'),
      properties: { sessionExpiryInterval: 600 },
    }),
    subscribe('a'),
    subscribe('b'),
  );
  onTestFinished(() => void client.socket.destroy());
  await client.until(3);
  return { broker, client };
}

interface Left {
  readonly subscriptions: number;
  readonly mayPublish: readonly boolean[];
}

/** What the session has after a reload: how many subscriptions, and whether it may publish to `a` and `b`. */
async function reloaded(broker: Broker, yaml: string): Promise<Left> {
  writeFileSync(file, yaml);
  await broker.reload(() => loadSettings({ file, mustSay: true }));
  let mayPublish: readonly boolean[] = [];
  broker.revise(({ permissions }) => {
    mayPublish = ['a', 'b'].map((topic) => permissions.mayPublish(topic as never, 0, false));
    return undefined;
  });
  return { subscriptions: broker.counts.subscriptions, mayPublish };
}

const LISTENER = 'listeners: [{ port: 0 }]';
const WHOLE: Left = { subscriptions: 2, mayPublish: [true, true] };
const NOTHING: Left = { subscriptions: 0, mayPublish: [false, false] };

test.each<[string, string, string, Left]>([
  ['nothing has changed', `${LISTENER}\n${USERS}`, `${LISTENER}\n${USERS}`, WHOLE],
  [
    'another user is gone',
    `${LISTENER}\n${USERS}`,
    `${LISTENER}\nusers: [{ name: alice, password: secret }]`,
    WHOLE,
  ],
  ['its user is gone', `${LISTENER}\n${USERS}`, `${LISTENER}\n${BOB}`, NOTHING],
  // The user comes again with the new one, and finds what is theirs.
  ['its password is another', `${LISTENER}\n${USERS}`, `${LISTENER}\n${ALICE}`, WHOLE],
  [
    'nobody without a listed name is let in',
    `${LISTENER}\nanonymous: always`,
    `${LISTENER}\nanonymous: always\n${BOB}`,
    NOTHING,
  ],
  ['nobody is let in any more', `${LISTENER}\nanonymous: always`, `${LISTENER}\nanonymous: never`, NOTHING],
  [
    'the rules are others',
    `${LISTENER}\n${USERS}\naccess: { rules: [{ allow: all, topics: [a, b] }] }`,
    `${LISTENER}\n${USERS}\naccess: { rules: [{ allow: all, topics: [b] }] }`,
    { subscriptions: 1, mayPublish: [false, true] },
  ],
])('a session whose client is away, where %s', async (_, before, after, expected) => {
  expect(await reloaded(await left(before), after)).toEqual(expected);
});

test('keeps what a function of an embedder gave at its login', async () => {
  const permissions = { mayPublish: (topic: string) => topic === 'a', maySubscribe: () => true };
  const authenticate: BrokerHooks['authenticate'] = ({ userName }) => ({
    accepted: { userName, permissions },
  });
  const broker = await left(LISTENER, { authenticate });
  expect(await reloaded(broker, `${LISTENER}\nkeepAlive: { max: 5m }`)).toEqual({
    subscriptions: 2,
    mayPublish: [true, false],
  });
});

test('of a listener that is gone has what can be said of it without a login', async () => {
  const two = 'listeners: [{ port: 0, name: first }, { port: 0, name: second, host: 127.0.0.2 }]';
  const broker = await left(`${two}\n${USERS}`);
  const other = 'listeners: [{ port: 0, name: second, host: 127.0.0.2 }]';
  expect(await reloaded(broker, `${other}\n${USERS}`)).toEqual(WHOLE);
  expect(await reloaded(broker, `${other}\n${BOB}`)).toEqual(NOTHING);
});

test.each([
  ['another password keeps what is its', ALICE, WHOLE],
  ['no user any more keeps nothing', BOB, NOTHING],
])('a client that is put out for %s', async (_, after, expected) => {
  const { broker, client } = await joined(`${LISTENER}\n${USERS}`, {});
  const found = await reloaded(broker, `${LISTENER}\n${after}`);
  expect((await client.end()).at(-1)).toMatchObject({ type: 'disconnect', reasonCode: 0x87 });
  expect(found).toEqual(expected);
});

test.each([
  ['with another password keeps what is theirs', 'alice', 'other', WHOLE],
  ['that is gone keeps nothing', 'bob', 'secret', NOTHING],
])('a user of a password file %s', async (_, name, password, expected) => {
  const passwords = join(folder, 'passwords');
  const put = async (user: string, text: string): Promise<void> =>
    writeFileSync(passwords, `${user}:${await makeHash(Buffer.from(text))}\n`, { mode: 0o600 });
  await put('alice', 'secret');
  const yaml = `${LISTENER}\nauthentication: [{ type: passwordFile, file: passwords }]`;
  const broker = await left(yaml);
  await put(name, password);
  expect(await reloaded(broker, yaml)).toEqual(expected);
});
