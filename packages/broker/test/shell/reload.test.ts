/** Owns what a reload changes in a broker that runs, whom it ends, and that a broken one changes nothing. */

import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MQTT_5_0 } from '@anax/protocol';
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import { Broker, loadSettings, type Note, type Settings } from '../../src/index.ts';
import { connect, publish, subscribe, text } from '../packets.ts';
import { Client, eventually, portOf } from './sockets.ts';

const folder = mkdtempSync(join(tmpdir(), 'anax-reload-'));
const clients: Client[] = [];
afterEach(() => {
  for (const { socket } of clients.splice(0)) socket.destroy();
});

let files = 0;

/** A broker of a file, and the file written anew. */
class Operated {
  readonly file = join(folder, `anax-${files++}.yaml`);
  readonly notes: Note[] = [];
  readonly broker: Broker;

  constructor(yaml: string) {
    this.write(yaml);
    this.broker = new Broker(loadSettings({ file: this.file }), { note: (note) => this.notes.push(note) });
    onTestFinished(() => this.broker.close());
  }

  write(yaml: string): this {
    writeFileSync(this.file, yaml);
    return this;
  }

  read(): Settings {
    return loadSettings({ file: this.file, mustSay: true });
  }

  reload(yaml: string) {
    this.write(yaml);
    return this.broker.reload(() => this.read());
  }

  /** A reload that fails, with what is noted. */
  async refused(yaml: string): Promise<string> {
    await expect(this.reload(yaml)).rejects.toThrow();
    const { event, text } = this.notes.findLast(({ event: one }) => one.startsWith('reload')) as Note;
    expect(event).toBe('reload-failed');
    return text.replaceAll(`${folder}/`, '').replaceAll(/anax-\d+\.yaml/g, 'anax.yaml');
  }

  async client(id: string, password?: string, port = portOf(this.broker)): Promise<Client> {
    const client = new Client(port);
    clients.push(client);
    const login = password === undefined ? {} : { userName: id, password: Buffer.from(password) };
    client.send(connect(MQTT_5_0, { clientId: id, ...login }));
    await client.until(1);
    return client;
  }
}

async function operated(yaml: string): Promise<Operated> {
  const one = new Operated(yaml);
  await one.broker.start();
  return one;
}

const codeOf = ({ packets: [first] }: Client): number | undefined =>
  first?.type === 'connack' ? first.reasonCode : undefined;

/** Whether it is there and served. */
async function isServed(client: Client): Promise<boolean> {
  const before = client.packets.length;
  client.send({ type: 'pingreq' });
  await client.until(before + 1);
  return client.packets.at(-1)?.type === 'pingresp';
}

const HEAD = 'listeners: [{ port: 0 }]\n';
const ANN = '{ name: ann, password: a }';
const BOB = '{ name: bob, password: b }';

describe('users', () => {
  const both = `${HEAD}users: [${ANN}, ${BOB}]\n`;

  test('one that is gone is disconnected, another is not', async () => {
    const one = await operated(both);
    const [ann, bob] = [await one.client('ann', 'a'), await one.client('bob', 'b')];
    const reloaded = await one.reload(`${HEAD}users: [${ANN}]\n`);
    expect(reloaded).toMatchObject({ changed: ['users'], disconnected: 1 });
    await bob.end();
    expect(bob.packets.at(-1)).toMatchObject({ type: 'disconnect', reasonCode: 0x87 });
    expect(await isServed(ann)).toBe(true);
    expect(codeOf(await one.client('bob', 'b'))).toBe(0x86);
  });

  test('one whose password is another is disconnected, and may come with the new one', async () => {
    const one = await operated(both);
    const [ann, bob] = [await one.client('ann', 'a'), await one.client('bob', 'b')];
    await one.reload(`${HEAD}users: [${ANN}, { name: bob, password: c }]\n`);
    await bob.end();
    expect(await isServed(ann)).toBe(true);
    expect(codeOf(await one.client('bob', 'b'))).toBe(0x86);
    expect(codeOf(await one.client('bob', 'c'))).toBe(0);
  });

  test('a new one may come', async () => {
    const one = await operated(`${HEAD}users: [${ANN}]\n`);
    expect(codeOf(await one.client('bob', 'b'))).toBe(0x86);
    await one.reload(both);
    expect(codeOf(await one.client('bob', 'b'))).toBe(0);
  });

  test('the anonymous leave when they are not let in any more, and names that nobody asked for', async () => {
    const one = await operated(HEAD);
    const [nobody, named] = [await one.client('nobody'), await one.client('carl', 'c')];
    await one.reload(`${HEAD}users: [${ANN}]\n`);
    await named.end();
    expect(await isServed(nobody)).toBe(true);
    await one.reload(`${HEAD}users: [${ANN}]\nanonymous: never\n`);
    await nobody.end();
    expect(codeOf(await one.client('nobody'))).toBe(0x87);
  });

  test('whom a function of an embedder let in stays', async () => {
    const settings = loadSettings({
      overrides: [{ path: ['listeners'], value: [{ port: 0 }], source: 'test' }],
    });
    const permissions = { mayPublish: () => true, maySubscribe: () => true };
    const authenticate = () => ({ accepted: { userName: 'x', permissions } });
    const broker = new Broker(settings, { authenticate });
    onTestFinished(() => broker.close());
    await broker.start();
    const client = new Client(portOf(broker)).send(connect(MQTT_5_0, { clientId: 'x' }));
    clients.push(client);
    await client.until(1);
    await broker.reload(() => ({ ...settings, users: [{ name: 'y', password: 'y' }], anonymous: 'never' }));
    expect(await isServed(client)).toBe(true);
  });
});

describe('limits', () => {
  test('of the hub hold at once; what was told in CONNACK until the client connects again', async () => {
    const one = await operated(`${HEAD}retained: { messagesMax: 1 }\n`);
    const old = await one.client('old');
    await one.reload(
      `${HEAD}retained: { messagesMax: 2 }\nfeatures: { maximumQos: 0 }\nsession: { max: 1 }\n`,
    );
    for (const topic of ['a', 'b', 'c']) {
      old.send(publish(topic, 'x', { qos: 1, retain: true }));
      await old.until(old.packets.length + 1);
    }
    const codes = old.packets.slice(1).map((packet) => packet.type === 'puback' && packet.reasonCode);
    expect(codes).toEqual([0x10, 0x10, 0x97]);
    expect(codeOf(await one.client('third'))).toBe(0x97);
    old.socket.destroy();
    await eventually(() => one.broker.counts.sessions === 0);
    const anew = await one.client('anew');
    expect(anew.packets[0]).toMatchObject({ properties: { maximumQos: 0 } });
  });

  test('who is banned from now on does not come in', async () => {
    const one = await operated(HEAD);
    await one.reload(`${HEAD}banned: [{ clientId: evil }]\n`);
    expect(codeOf(await one.client('evil'))).toBe(0x8a);
    expect(codeOf(await one.client('good'))).toBe(0);
  });

  test('of a listener count who is inside already', async () => {
    const one = await operated(HEAD);
    await one.client('a');
    await one.reload('listeners: [{ port: 0, connectionsMax: 1 }]\n');
    expect(codeOf(await one.client('b'))).toBe(0x89);
    await one.reload('listeners: [{ port: 0, connectionsMax: 2 }]\n');
    expect(codeOf(await one.client('b'))).toBe(0);
  });
});

describe('listeners', () => {
  test('are opened and closed; those that stay keep their port and their clients', async () => {
    const one = await operated('listeners: [{ port: 0 }, { protocol: ws, port: 0 }]\n');
    const [port] = one.broker.listeners.map((listener) => listener.port);
    const stays = await one.client('stays');
    const reloaded = await one.reload('listeners: [{ port: 0 }, { host: 127.0.0.2, port: 0 }]\n');
    expect(reloaded).toMatchObject({ listenersOpened: 1, listenersClosed: 1 });
    expect(one.broker.listeners.map(({ protocol, host }) => [protocol, host])).toEqual([
      ['tcp', '127.0.0.1'],
      ['tcp', '127.0.0.2'],
    ]);
    expect(portOf(one.broker)).toBe(port);
    expect(await isServed(stays)).toBe(true);
  });

  test('one that is closed tells its clients why', async () => {
    const one = await operated('listeners: [{ port: 0 }, { host: 127.0.0.2, port: 0 }]\n');
    const client = await one.client('stays');
    await one.reload('listeners: [{ host: 127.0.0.2, port: 0 }]\n');
    await client.end();
    expect(client.packets.at(-1)).toMatchObject({ type: 'disconnect', reasonCode: 0x98 });
  });

  test('one that is to be on another address of its port changes over', async () => {
    const one = await operated(HEAD);
    const port = await freePort();
    await one.reload(`listeners: [{ port: ${port} }]\n`);
    await one.reload(`listeners: [{ port: ${port}, host: 0.0.0.0 }]\n`);
    expect(one.broker.listeners.map(({ host }) => host)).toEqual(['0.0.0.0']);
    expect(codeOf(await one.client('a', undefined, port))).toBe(0x87);
  });

  test('one that cannot be opened leaves everything as it was', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void other.close());
    await once(other, 'listening');
    const { port: taken } = other.address() as { port: number };
    const port = await freePort();
    const one = await operated(`listeners: [{ port: ${port} }]\n`);
    const client = await one.client('stays');
    const yaml = `listeners: [{ host: 0.0.0.0, port: ${port} }, { port: ${taken} }]\nanonymous: never\n`;
    expect(await one.refused(yaml)).toBe(
      `the settings stay as they were: 127.0.0.1:${taken} is in use by another program`,
    );
    expect(one.broker.listeners.map(({ host }) => host)).toEqual(['127.0.0.1']);
    expect(await isServed(client)).toBe(true);
    expect(codeOf(await one.client('another'))).toBe(0);
  });
});

describe('a reload never opens a broker', () => {
  const closed = `${HEAD}anonymous: never\nusers: [${ANN}]\n`;

  test.each([
    ['an empty file', '', 'anax.yaml: says nothing: it is empty, or all of it is comment'],
    ['only a comment', '# soon\n', 'anax.yaml: says nothing: it is empty, or all of it is comment'],
    ['half a file that is no YAML', closed.slice(0, -8), /^anax\.yaml:\d: not YAML: /],
    [
      'half a file that is YAML',
      HEAD,
      '`anonymous`, `users` was given and is not any more: a reload takes no protection away. Give it another value, or start anew',
    ],
    ['a value cut in two', closed.replace('never', 'neve'), /^anax\.yaml:2: `anonymous` must be one of/],
    ['a key that is misspelt', closed.replace('users', 'user'), /^anax\.yaml:3: there is no key `user`/],
  ])('%s', async (_, yaml, why) => {
    const one = await operated(closed);
    const ann = await one.client('ann', 'a');
    const told = await one.refused(yaml);
    const sentence = told.replace('the settings stay as they were: ', '');
    if (typeof why === 'string') expect(sentence).toBe(why);
    else expect(sentence).toMatch(why);
    expect(codeOf(await one.client('nobody'))).toBe(0x87);
    expect(codeOf(await one.client('ann-2', 'a'))).toBe(0x86);
    expect(await isServed(ann)).toBe(true);
  });

  test('a listener that stays keeps who is asked there', async () => {
    const inner = 'listeners:\n  - port: 0\n    authentication: [{ type: users }]\n';
    const one = await operated(`users: [${ANN}]\n${inner}`);
    const cut = inner.slice(0, inner.indexOf('    auth'));
    expect(await one.refused(`users: [${ANN}]\n${cut}`)).toMatch(
      /: `listeners\[0\]\.authentication` was given/,
    );
    expect(codeOf(await one.client('nobody'))).toBe(0x87);
  });

  test('a file of users that is emptied, cut or gone', async () => {
    const users = join(folder, `users-${files++}`);
    const hash =
      '$7$101$lq3FdSaKFPTaMOeT$KJ95zQqH2F7IY/tvEaD+tyvs7/v04zgD6XerWViBKUkGLg3NCN6tKZSYXcXPPufesEEJnk3Y92gH1ijkFcsxFQ==';
    writeFileSync(users, `ann:${hash}\n`, { mode: 0o600 });
    const yaml = `${HEAD}authentication: [{ type: passwordFile, file: ${users} }]\n`;
    const one = await operated(yaml);
    const ann = await one.client('ann', 'secret');
    expect(codeOf(ann)).toBe(0);
    for (const broken of ['', '# nobody\n', `ann:${hash.slice(0, 20)}`]) {
      writeFileSync(users, broken);
      await one.refused(yaml);
    }
    rmSync(users);
    await one.refused(yaml);
    expect(await isServed(ann)).toBe(true);
    expect(codeOf(await one.client('nobody'))).toBe(0x87);
    writeFileSync(users, `bob:${hash}\n`, { mode: 0o600 });
    const { changed } = await one.reload(yaml);
    expect(changed).toEqual([users]);
    await ann.end();
  });

  test('a file that is gone', async () => {
    const one = await operated(closed);
    rmSync(one.file);
    await expect(one.broker.reload(() => one.read())).rejects.toThrow('there is no such file');
    expect(codeOf(await one.client('nobody'))).toBe(0x87);
  });

  test('but by a key that says so', async () => {
    const one = await operated(closed);
    await one.reload(`${HEAD}anonymous: always\nusers: []\n`);
    expect(codeOf(await one.client('nobody'))).toBe(0);
  });
});

describe('what is noted', () => {
  test('what changed, by its keys, and what waits for the next start', async () => {
    const one = await operated(`${HEAD}log: { level: warn }\n`);
    const reloaded = await one.reload(
      `${HEAD}log: { level: info }\nsysInterval: 1m\nqueue: { bytesMax: 1 MiB }\n`,
    );
    expect(reloaded.atNextStart).toEqual(['sysInterval']);
    expect(one.notes.at(-1)).toEqual({
      event: 'reloaded',
      text: 'changed: queue.bytesMax, sysInterval, log.level; holds from the next start on: sysInterval',
      keys: ['queue.bytesMax', 'sysInterval', 'log.level'],
    });
  });

  test('no value, which may be a secret', async () => {
    const one = await operated(`${HEAD}users: [${ANN}]\n`);
    await one.reload(`${HEAD}users: [{ name: ann, password: topsecret }]\n`);
    await one.refused(`${HEAD}users: [{ name: ann, password: topsecret }, 5]\n`);
    expect(JSON.stringify(one.notes)).not.toContain('topsecret');
  });
});

test('fifty clients with traffic lose nothing through twenty reloads, broken ones among them', async () => {
  const users = Array.from({ length: 50 }, (_, i) => `{ name: c${i}, password: p${i} }`);
  const yaml = (i: number) =>
    `${HEAD}anonymous: never\nusers: [${users.join(', ')}, { name: extra, password: x${i} }]\nqueue: { messagesMax: ${100 + i} }\n`;
  const one = await operated(yaml(0));
  const all = await Promise.all(users.map((_, i) => one.client(`c${i}`, `p${i}`)));
  for (const [i, client] of all.entries()) client.send(subscribe(`to/${i}`, { qos: 1 }));
  await Promise.all(all.map((client) => client.until(2)));
  const sent = 20;
  for (let round = 1; round <= sent; round++) {
    for (const [i, client] of all.entries()) {
      client.send(publish(`to/${(i + 1) % 50}`, String(round), { qos: 1, packetId: round }));
    }
    if (round % 4 === 0) await expect(one.reload(yaml(round).slice(0, -30 * round))).rejects.toThrow();
    else await one.reload(yaml(round));
  }
  // CONNACK, SUBACK, and for each round a PUBACK and a PUBLISH.
  await Promise.all(all.map((client) => client.until(2 + 2 * sent)));
  for (const client of all) {
    expect(client.closed).toBe(false);
    const got = client.packets.flatMap((one) => (one.type === 'publish' ? [Number(text(one.payload))] : []));
    expect(got).toEqual(Array.from({ length: sent }, (_, i) => i + 1));
  }
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
