// One ACL file, read by mosquitto and by us: who may publish what, and to whom is it delivered. What differs is listed here, as
// docs/access.md has it, and is never more than mosquitto allows.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { createBroker } from '@anax/broker';
import { type Client, connect } from '@anax/client';
import { Reason } from '@anax/protocol';
import { beforeAll, describe, expect, test } from 'vitest';
import { atEnd } from './support/at-end.ts';
import { Child } from './support/children.ts';
import { program } from './support/programs.ts';
import { freePort } from './support/servers.ts';

const FILE = `# before the first user: for anonymous clients
topic read public/#
topic write public/in
topic anon
topic deny public/secret
topic readwrite $x/anon

user ann
topic readwrite a/#
topic deny a/secret/#
topic write a/secret/w
topic read r/+
topic write w/+/x

user bob smith
topic #
topic deny b/#
topic read with space

user admin
topic readwrite #
topic readwrite $x/#

pattern read p/%u/+
pattern write p/%c/#
pattern readwrite q/%c/%u
pattern deny a/never
pattern read everybody
`;

interface Who {
  readonly clientId: string;
  readonly userName?: string;
}

const CLIENTS: readonly Who[] = [
  { clientId: 'anon' },
  { clientId: 'c2', userName: 'ann' },
  { clientId: 'c3', userName: 'bob smith' },
  { clientId: 'c4', userName: 'bob' },
  { clientId: 'c5', userName: 'eve' },
  { clientId: 'x/y', userName: 'u/v' },
  { clientId: '+', userName: 'plus' },
  { clientId: 'c8', userName: '#' },
  { clientId: '$SYS', userName: '$x' },
];

const TOPICS: readonly string[] = [
  'public',
  'public/in',
  'public/a/b',
  'public/secret',
  'public/secret/a',
  'anon',
  '$x/anon',
  '$x/other',
  'a',
  'a/b/c',
  'a/secret',
  'a/secret/w',
  'a/never',
  'r/a',
  'r/a/b',
  'w/a/x',
  'w/a/y',
  'b',
  'b/a',
  'with space',
  'p/ann/a',
  'p/ann/a/b',
  'p/eve/a',
  'p/c2/a',
  'p/c5/a/b',
  'p/u/v/a',
  'p/x/y/a',
  'q/c2/ann',
  'q/c5/eve',
  'q/c2/eve',
  'everybody',
  '/',
  '/a',
];

const nameOf = ({ clientId, userName = 'nobody' }: Who): string => `${userName} as ${clientId}`;

/** `write USER as ID TOPIC` of mosquitto's that are not ours. */
const STRICTER: readonly string[] = [
  // A deny wins here, wherever it stands; there a user's own lines come first.
  'write ann as c2 a/never',
  'read ann as c2 a/never',
  'write bob smith as c3 a/never',
  'read bob smith as c3 a/never',
  // A name with / in it is several levels there, and nothing here.
  'write u/v as x/y p/x/y/a',
  'read u/v as x/y p/u/v/a',
];

async function joined(port: number, { clientId, userName }: Who): Promise<Client> {
  const login = userName === undefined ? {} : { userName };
  const client = await connect(`mqtt://127.0.0.1:${port}`, {
    clientId,
    ...login,
    dialect: '5.0',
    reconnect: false,
  });
  atEnd(() => client.close());
  return client;
}

async function mayWrite(client: Client, topic: string): Promise<boolean> {
  const result = await client.publish(topic, 'x', { qos: 1 }).catch((error: unknown) => error);
  const code = (result as { readonly reasonCode?: number } | undefined)?.reasonCode ?? Reason.success;
  expect([Reason.success, Reason.noMatchingSubscribers, Reason.notAuthorized]).toContain(code);
  return code !== Reason.notAuthorized;
}

/** Everything that one server lets through, a line each. */
async function answers(port: number): Promise<readonly string[]> {
  const found: string[] = [];
  const admin = await joined(port, { clientId: 'admin', userName: 'admin' });
  const readers = new Map<Client, Who>();
  for (const who of CLIENTS) {
    const client = await joined(port, who);
    readers.set(client, who);
    const topics = new Set<string>();
    for (const filter of ['#', '$x/#']) {
      await client.subscribe(filter, {
        onMessage: ({ topic }) => {
          if (topics.has(topic)) return;
          topics.add(topic);
          found.push(`read ${nameOf(who)} ${topic}`);
        },
      }).granted;
    }
  }
  for (const topic of TOPICS) await mayWrite(admin, topic);
  // Whatever was on its way to them has come before this is answered.
  for (const client of readers.keys()) await client.subscribe('barrier').granted;
  for (const client of readers.keys()) await client.unsubscribe(['#', '$x/#']);
  for (const [client, who] of readers) {
    for (const topic of TOPICS)
      if (await mayWrite(client, topic)) found.push(`write ${nameOf(who)} ${topic}`);
  }
  return found.sort();
}

async function startMosquitto(acl: string, folder: string): Promise<number> {
  const port = await freePort();
  const lines = [
    `user ${userInfo().username}`,
    'log_dest stderr',
    'persistence false',
    `listener ${port} 127.0.0.1`,
    'allow_anonymous true',
    `acl_file ${acl}`,
  ];
  await writeFile(join(folder, 'mosquitto.conf'), lines.join('\n'));
  const child = new Child(program('mosquitto'), ['-c', join(folder, 'mosquitto.conf')]);
  atEnd(() => child.end('SIGTERM'));
  await child.note(/mosquitto version \S+ running/);
  return port;
}

async function startAnax(mosquittoFile: string): Promise<number> {
  const broker = createBroker({
    listeners: [{ host: '127.0.0.1', port: 0 }],
    anonymous: 'always',
    access: { mosquittoFile },
  });
  await broker.start();
  atEnd(() => broker.close());
  return broker.listeners[0]?.port ?? 0;
}

describe('an ACL file', () => {
  let theirs: readonly string[] = [];
  let ours: readonly string[] = [];

  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'anax-acl-'));
    atEnd(() => rm(folder, { recursive: true, force: true }));
    const acl = join(folder, 'acl');
    await writeFile(acl, FILE);
    theirs = await answers(await startMosquitto(acl, folder));
    ours = await answers(await startAnax(acl));
  });

  test('allows here nothing that mosquitto does not', () => {
    expect(ours.filter((line) => !theirs.includes(line))).toEqual([]);
  });

  test('allows here all that mosquitto does, but for what is listed', () => {
    expect(theirs.filter((line) => !ours.includes(line))).toEqual([...STRICTER].sort());
  });

  test('allows and denies enough to compare', () => {
    expect(theirs.length).toBeGreaterThan(60);
    expect(theirs.length).toBeLessThan(CLIENTS.length * TOPICS.length);
  });
});
