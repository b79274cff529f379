// A set-up of mosquitto moved over by the commands of docs/from-mosquitto.md: the same clients are let in and refused by both,
// and may do the same.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Client, connect } from '@anax/client';
import { Reason } from '@anax/protocol';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { atEnd } from './support/at-end.ts';
import { Child } from './support/children.ts';
import { program } from './support/programs.ts';
import { freePort } from './support/servers.ts';

const anax = fileURLToPath(new URL('../../packages/cli/bin/anax.js', import.meta.url));
const page = await readFile(new URL('../../docs/from-mosquitto.md', import.meta.url), 'utf8');

/** A command of the page, with its files in their places. */
function command(beginning: string, places: Readonly<Record<string, string>>): readonly string[] {
  const all = page.split('\n').map((one) => one.trim());
  const wanted = `npx anax ${beginning}`;
  const line = all.find((one) => one === wanted) ?? all.find((one) => one.startsWith(wanted)) ?? '';
  expect(line, beginning).not.toBe('');
  const words = line.split(' ').slice(2);
  return words.map((word) => places[word] ?? word);
}

interface Login {
  readonly userName?: string;
  readonly password?: string;
}

const LOGINS: readonly Login[] = [
  {},
  { userName: 'ann', password: 'secret of ann' },
  { userName: 'ann', password: 'wrong' },
  { userName: 'ann' },
  { userName: 'bob', password: 'secret of bob' },
  { userName: 'bob', password: 'secret of ann' },
  { userName: 'eve', password: 'secret of ann' },
  { userName: 'ANN', password: 'secret of ann' },
  { userName: '', password: '' },
];

/** An empty user name is none there. */
const STRICTER: readonly string[] = ['in {"userName":"","password":""}'];

const ACL = `topic read public/#
user ann
topic readwrite home/#
topic read other/+
user bob
topic write home/in
pattern readwrite users/%u/#
user mover
topic readwrite #
`;

const TOPICS = [
  'public/a',
  'home/a',
  'home/in',
  'other/a',
  'other/a/b',
  'users/ann/x',
  'users/bob/x',
  'elsewhere',
];

/** Whether a login is let in, and what it may publish and gets, a line each. */
async function answers(port: number): Promise<readonly string[]> {
  const found: string[] = [];
  for (const [i, login] of LOGINS.entries()) {
    const name = JSON.stringify(login);
    const client = await joined(port, `c${i}`, login);
    if (client === undefined) continue;
    found.push(`in ${name}`);
    for (const topic of TOPICS) if (await mayWrite(client, topic)) found.push(`write ${name} ${topic}`);
    await client.close();
  }
  return found;
}

async function joined(port: number, clientId: string, login: Login): Promise<Client | undefined> {
  const options = { clientId, ...login, dialect: '5.0' as const, reconnect: false as const };
  return connect(`mqtt://127.0.0.1:${port}`, options).catch(() => undefined);
}

async function mayWrite(client: Client, topic: string): Promise<boolean> {
  const result = await client.publish(topic, 'x', { qos: 1 }).catch((error: unknown) => error);
  const code = (result as { readonly reasonCode?: number } | undefined)?.reasonCode ?? Reason.success;
  return code !== Reason.notAuthorized;
}

describe.each([
  ['nobody without a password', 'allow_anonymous false'],
  ['anybody without a name', 'allow_anonymous true'],
])('a mosquitto that lets in %s', (_, anonymous) => {
  let theirs: readonly string[] = [];
  let ours: readonly string[] = [];
  let kept = '';

  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'anax-from-mosquitto-'));
    atEnd(() => rm(folder, { recursive: true, force: true }));
    const [users, acl, conf, yaml] = ['users', 'acl', 'mosquitto.conf', 'anax.yaml'].map((one) =>
      join(folder, one),
    ) as [string, string, string, string];
    for (const [i, name] of ['ann', 'bob', 'mover'].entries()) {
      const flags = i === 0 ? ['-b', '-c'] : ['-b'];
      await new Child(program('mosquitto_passwd'), [...flags, users, name, `secret of ${name}`]).ended;
    }
    await writeFile(acl, ACL);
    const port = await freePort();
    const lines = [
      `user ${userInfo().username}`,
      'persistence false',
      'max_queued_messages 500',
      `listener ${port} 127.0.0.1`,
      anonymous,
      `password_file ${users}`,
      `acl_file ${acl}`,
      'connection bridge',
      'address 192.0.2.1',
    ];
    await writeFile(conf, lines.slice(0, -2).join('\n'));
    const mosquitto = new Child(program('mosquitto'), ['-c', conf]);
    await mosquitto.note(/mosquitto version \S+ running/);
    theirs = await answers(port);
    const mover = { userName: 'mover', password: 'secret of mover' };
    const keeper = await joined(port, 'keeper', mover);
    await keeper?.publish('home/kept', 'still here', { qos: 1, retain: true });
    await keeper?.close();
    const retained = join(folder, 'retained.ndjson');
    const way = ['-p', String(port), '-u', mover.userName, '-P', mover.password];
    const moved = {
      OLD: '127.0.0.1',
      NEW: '127.0.0.1',
      "'#'": 'home/#',
      '10s': '1s',
      'retained.ndjson': retained,
    };
    await new Child(process.execPath, [anax, ...command('record', moved), ...way]).ended;
    mosquitto.end('SIGTERM');
    await mosquitto.ended;
    await writeFile(conf, lines.join('\n'));

    const places = { '/etc/mosquitto/mosquitto.conf': conf, 'anax.yaml': yaml };
    const imported = await new Child(process.execPath, [anax, ...command('config import', places)]).ended;
    expect([imported.code, imported.stderr.match(/left out/g)?.length]).toEqual([1, 3]);
    expect(parse(await readFile(yaml, 'utf8'))).toMatchObject({
      listeners: [{ protocol: 'tcp', host: '127.0.0.1', port }],
      queue: { messagesMax: 500 },
      store: { durability: 'memory' },
    });
    const checked = await new Child(process.execPath, [
      anax,
      ...command('broker --config anax.yaml --check', places),
    ]).ended;
    expect([checked.code, checked.stdout]).toEqual([0, 'The settings are good.\n']);
    const broker = new Child(process.execPath, [anax, ...command('broker --config anax.yaml', places)]);
    atEnd(() => broker.end('SIGTERM'));
    await broker.line(/Ctrl-C stops it/);
    ours = await answers(port);
    await new Child(process.execPath, [anax, ...command('replay', moved), ...way]).ended;
    const found = await joined(port, 'finder', mover);
    for await (const message of found?.subscribe('home/#') ?? []) {
      kept = `${message.topic} ${message.text()} ${message.retain}`;
      break;
    }
    await found?.close();
  });

  test('what it retained is moved by a recording', () => expect(kept).toBe('home/kept still here true'));

  test('the same clients are let in and refused by ours, and may publish the same', () => {
    expect(ours).toEqual(theirs.filter((line) => !STRICTER.includes(line)));
    expect(theirs.filter((line) => line.startsWith('in')).length).toBe(anonymous.endsWith('true') ? 4 : 2);
    expect(theirs.filter((line) => line.startsWith('write')).length).toBe(5);
  });
});
