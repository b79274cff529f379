// Brokers that nobody here wrote, set up so that an audit can judge as much of them as can be, and what `anax conform`
// has to be told for that. Owns their settings; says nothing of what they keep.

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { Aedes, type AuthenticateError } from 'aedes';
import { atEnd } from './at-end.ts';
import { Child } from './children.ts';
import { program } from './programs.ts';
import { freePort, listen, USER } from './servers.ts';

export interface Audited {
  readonly name: string;
  readonly version: string;
  /** For the page: what is set beyond what it comes with. */
  readonly setUp: string;
  /** For `anax conform`. */
  readonly args: readonly string[];
}

const DENIED_TOPIC = 'anax-denied/topic';
const DENIED_FILTER = 'anax-denied/filter';
const REFUSED_CLIENT_ID = 'refused-by-the-audit';
const REFUSED = ['--refused-username', USER.userName, '--refused-password', 'wrong'];

/** Debian's mosquitto; a second one has features off, because some of them it has for all listeners at once. */
export async function auditedMosquitto(): Promise<Audited> {
  const folder = await mkdtemp(join(tmpdir(), 'anax-audited-'));
  atEnd(() => rm(folder, { recursive: true, force: true }));
  const passwords = join(folder, 'passwords');
  execFileSync(program('mosquitto_passwd'), ['-b', '-c', passwords, USER.userName, USER.password]);
  const rules = join(folder, 'rules');
  await writeFile(rules, `topic readwrite #\ntopic deny ${DENIED_TOPIC}\n`);
  const [port, webSocket, limited] = [await freePort(), await freePort(), await freePort()];
  const common = [`user ${userInfo().username}`, 'log_dest stderr', 'persistence false'];
  await startMosquitto(join(folder, 'open.conf'), [
    'per_listener_settings true',
    ...common,
    `listener ${port} 127.0.0.1`,
    'allow_anonymous true',
    `password_file ${passwords}`,
    `acl_file ${rules}`,
    `listener ${webSocket} 127.0.0.1`,
    'protocol websockets',
    'allow_anonymous true',
  ]);
  await startMosquitto(join(folder, 'limited.conf'), [
    ...common,
    'retain_available false',
    `listener ${limited} 127.0.0.1`,
    'allow_anonymous true',
    'max_qos 0',
    'max_topic_alias 0',
  ]);
  const options = ['--ws', `ws://127.0.0.1:${webSocket}/`, '--limited', `mqtt://127.0.0.1:${limited}`];
  return {
    name: 'mosquitto',
    version: mosquittoVersion(),
    setUp:
      "Debian's package, in-memory, anonymous clients let in, one user with a password, a rule that denies one topic, " +
      'a WebSocket listener; a second process with `max_qos 0`, `retain_available false` and `max_topic_alias 0`',
    args: [`mqtt://127.0.0.1:${port}`, ...options, ...REFUSED, '--denied-topic', DENIED_TOPIC],
  };
}

async function startMosquitto(file: string, lines: readonly string[]): Promise<void> {
  await writeFile(file, lines.join('\n'));
  const child = new Child(program('mosquitto'), ['-c', file]);
  atEnd(() => child.end('SIGTERM'));
  await child.note(/mosquitto version \S+ running/);
}

/** `-h` shows it, and ends with a code that is not 0. */
function mosquittoVersion(): string {
  const { stdout } = spawnSync(program('mosquitto'), ['-h'], { encoding: 'utf8' });
  const [, version] = /^mosquitto version (\S+)/.exec(stdout) ?? [];
  if (version === undefined) throw new Error(`mosquitto does not tell its version: ${stdout}`);
  return version;
}

export async function auditedAedes(): Promise<Audited> {
  const aedes = await Aedes.createBroker({
    authenticate: ({ id }, userName, password, done) => {
      const returnCode = id === REFUSED_CLIENT_ID ? 2 : 4;
      const known = userName !== USER.userName || password?.toString() === USER.password;
      if (known && returnCode !== 2) return done(null, true);
      done(Object.assign(new Error('refused'), { returnCode }) as AuthenticateError, null);
    },
    authorizePublish: (_client, { topic }, done) =>
      done(topic === DENIED_TOPIC ? new Error('this topic is denied') : null),
    authorizeSubscribe: (_client, subscription, done) =>
      done(null, subscription.topic === DENIED_FILTER ? null : subscription),
  });
  const server = createServer(aedes.handle);
  atEnd(async () => {
    await new Promise<void>((resolve) => aedes.close(() => resolve()));
    await new Promise((resolve) => server.close(resolve));
  });
  const port = await listen(server);
  const denied = ['--denied-topic', DENIED_TOPIC, '--denied-filter', DENIED_FILTER];
  return {
    name: 'aedes',
    version: await aedesVersion(),
    setUp:
      'the package of npm behind `net.createServer`, in-memory, with hooks that let in anonymous clients and refuse one ' +
      'user, one client identifier, one topic and one filter',
    args: [`mqtt://127.0.0.1:${port}`, ...REFUSED, ...denied, '--refused-client-id', REFUSED_CLIENT_ID],
  };
}

async function aedesVersion(): Promise<string> {
  const file = new URL('../../../node_modules/aedes/package.json', import.meta.url);
  const { version } = JSON.parse(await readFile(file, 'utf8')) as { readonly version: string };
  return version;
}
