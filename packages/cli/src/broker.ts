// `anax broker`: a broker in this process, until it is told to stop.
// Owns the verb: its flags, what it says at the start, its log and its end.

import { existsSync } from 'node:fs';
import {
  Broker,
  checkSettings,
  environmentVariables,
  type Listener,
  listenerProblems,
  loadSettings,
  type Override,
  type Settings,
  type Sources,
  StoreError,
  storeOpener,
  userOf,
} from '@anax/broker';
import { MqttError } from '@anax/protocol';
import { Command } from 'commander';
import { admitted } from './broker/admitted.ts';
import { type ListenFlags, listenersOf, withListenFlags } from './broker/listen-flags.ts';
import { type Logger, logger } from './broker/log.ts';
import { keepReloading } from './broker/reloading.ts';
import { printable } from './render/index.ts';

/** Ended as asked, could not go on, wrong call or configuration. */
export const BROKER_EXIT = { good: 0, failed: 1, usage: 2 } as const;

const CONFIG_FILE = 'anax.yaml';

const DATA_DIRECTORY = './anax-data';
/** For the harness that kills brokers: `STEP:COUNT` ends the process when a step of the store is reached so often. */
const FAULT_VARIABLE = 'ANAX_FAULT';

interface Flags extends ListenFlags {
  readonly host?: string;
  readonly port?: string;
  readonly config?: string;
  readonly user?: readonly string[];
  readonly set?: readonly string[];
  readonly logLevel?: string;
  readonly data?: string;
  readonly memory?: true;
  readonly check?: true;
  readonly watch: boolean;
}

const HELP = `
Settings come from ${CONFIG_FILE} in this folder if it is there (or --config FILE), then from environment variables, then
from these options; what comes later wins. A wrong or unknown key stops the start and is named with file and line.

Clients without user name are let in on addresses that only this machine can reach (127.0.0.1, ::1), and nowhere else
unless \`anonymous: always\` is set.

While it runs, it reads its settings again when their files change, and on SIGHUP: all of them hold, or, where one is wrong,
none of them; the log says which. Clients whose rights are the same stay connected.

An acknowledgement means that the message is on disk: see \`store.durability\` in docs/durability.md.

Examples:
  anax broker                                        MQTT on 127.0.0.1:1883
  anax broker --port 0                               a free port, which is printed
  anax broker --ws 9001                              WebSocket on port 9001, too
  anax broker --tls-cert cert.pem --tls-key key.pem  TLS on port 8883, too
  anax broker --host 0.0.0.0 --user admin:public     on all addresses, for one user
  anax broker --data /var/lib/anax                   its data there
  anax broker --set keepAlive.max=300 --set features.retain=false
  ANAX_LOG_LEVEL=debug anax broker`;

export function brokerCommand(version: string): Command {
  const command = new Command('broker')
    .description('start an MQTT broker')
    .option('--host <address>', 'address to listen on (default: 127.0.0.1)')
    .option('--port <number>', 'port to listen on, 0 for a free one (default: 1883)');
  return withListenFlags(command)
    .option('--config <file>', `settings in YAML (default: ${CONFIG_FILE}, if there is one)`)
    .option('--user <name:password>', 'a user that may connect; may be repeated', collect)
    .option('--set <key=value>', 'any setting by its key; may be repeated', collect)
    .option('--data <directory>', `where sessions and messages are stored (default: ${DATA_DIRECTORY})`)
    .option('--memory', 'store nothing: sessions and messages end with the process')
    .option('--log-level <level>', 'silent, error, warn, info or debug (default: info)')
    .option('--check', 'check the settings and end')
    .option('--no-watch', 'read changed settings on SIGHUP only, not when their files change')
    .addHelpText('after', HELP)
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? BROKER_EXIT.good : BROKER_EXIT.usage))
    .action((flags: Flags) => run(flags, version));
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

async function run(flags: Flags, version: string): Promise<void> {
  let sources: Sources;
  let settings: Settings;
  let broker: Broker;
  let logging: Logger;
  try {
    sources = sourcesOf(flags);
    settings = loadSettings(sources);
    if (flags.check) return await check(settings);
    requireGoodFiles(settings);
    logging = logger(settings.logLevel);
    broker = new Broker(settings, { note: logging.note }, storeOpener(settings.store, logging.note, fault()));
  } catch (error) {
    return fail(error, BROKER_EXIT.usage);
  }
  const { obey } = logging;
  try {
    await broker.start();
  } catch (error) {
    return fail(error, BROKER_EXIT.failed, settings.store?.directory);
  }
  // Nobody may read it any more, as behind `| head -1`: the broker serves all the same.
  process.stdout.on('error', () => undefined);
  // Before anybody can know that it runs, and end it.
  stopOnSignal(broker);
  keepReloading(broker, sources, settings, flags.watch, ({ logLevel }) => obey(logLevel));
  process.stdout.write(greeting(version, broker.listeners, settings));
}

/** Says all that is wrong; the exit code, whether anything is. */
async function check(settings: Settings): Promise<void> {
  const { problems, warnings } = await checkSettings(settings);
  for (const line of problems) process.stderr.write(`anax broker: ${printable(line)}\n`);
  for (const line of warnings) process.stderr.write(`anax broker: warning: ${printable(line)}\n`);
  if (problems.length > 0) process.exitCode = BROKER_EXIT.usage;
  else process.stdout.write('The settings are good.\n');
}

/** Certificates and keys, before anything else is done. */
function requireGoodFiles({ listeners }: Settings): void {
  const problems = listenerProblems(listeners.map(({ options }) => options));
  if (problems.length > 0) throw new MqttError('invalid-configuration', problems.join('\n'));
}

function sourcesOf(flags: Flags): Sources {
  return {
    file: flags.config ?? (existsSync(CONFIG_FILE) ? CONFIG_FILE : undefined),
    defaults: [{ path: ['store', 'directory'], value: DATA_DIRECTORY, source: 'default' }],
    environment: { ...process.env, [FAULT_VARIABLE]: undefined },
    overrides: overridesOf(flags),
    moreListeners: listenersOf(flags),
  };
}

const HINTS: Readonly<Record<string, string>> = {
  'listen-failed': ' (--host and --port choose another, port 0 a free one)',
  'store-failed': ' (--data DIR names another place, --memory stores nothing)',
};

function fail(error: unknown, exitCode: number, directory = DATA_DIRECTORY): void {
  if (!(error instanceof MqttError)) throw error;
  const isDamaged = error.cause instanceof StoreError && error.cause.problem === 'damaged';
  const hint = isDamaged ? damagedHint(directory) : (HINTS[error.code] ?? '');
  process.stderr.write(`anax broker: ${error.message.replaceAll('\n', '\nanax broker: ')}${hint}\n`);
  process.exitCode = exitCode;
}

function damagedHint(directory: string): string {
  return `
anax broker: anax store check ${directory}   says what is wrong with it
anax broker: anax store export ${directory} --output FILE   saves what can still be read
anax broker: anax store import FILE DIR   makes a store of that`;
}

function overridesOf(flags: Flags): readonly Override[] {
  const overrides: Override[] = [];
  const single = (flag: string, path: Override['path'], value: string | undefined): void => {
    if (value !== undefined) overrides.push({ path, value, source: flag });
  };
  single('--host', ['listeners', 0, 'host'], flags.host);
  single('--port', ['listeners', 0, 'port'], flags.port);
  single('--data', ['store', 'directory'], flags.data);
  single('--memory', ['store', 'durability'], flags.memory && 'memory');
  single('--log-level', ['log', 'level'], flags.logLevel);
  if (flags.user !== undefined) {
    const users = flags.user.map((pair) => {
      if (pair.includes(':')) return userOf(pair);
      throw new MqttError('invalid-configuration', '--user takes NAME:PASSWORD');
    });
    overrides.push({ path: ['users'], value: users, source: '--user' });
  }
  const known = new Map([...environmentVariables().values()].map((path) => [path.join('.'), path]));
  for (const pair of flags.set ?? []) {
    const [key = '', ...rest] = pair.split('=');
    const path = known.get(key);
    if (path === undefined || rest.length === 0) {
      const keys = [...known.keys()].join(', ');
      throw new MqttError('invalid-configuration', `--set takes KEY=VALUE, where KEY is one of ${keys}`);
    }
    overrides.push({ path, value: rest.join('='), source: `--set ${key}` });
  }
  return overrides;
}

/** What listens where, who may come in, and what to try next. */
function greeting(version: string, listeners: readonly Listener[], settings: Settings): string {
  const lines = [`Anax ${version}: MQTT 3.1, 3.1.1 and 5.0`];
  for (const listener of listeners) {
    lines.push(`  listening on ${listener.url}  ${admitted(listener, settings)}`);
  }
  lines.push(`  ${kept(settings)}`);
  const first = listeners.find(({ protocol }) => protocol === 'tcp');
  if (first !== undefined) {
    const host = first.loopback ? first.host : '127.0.0.1';
    const user = settings.users.length > 0 || settings.authentication ? ' -u NAME -P PASSWORD' : '';
    lines.push(
      '',
      'Try, in another terminal:',
      `  npx anax conn -h ${host} -p ${first.port}${user} --explain`,
      '',
    );
    lines.push('Ctrl-C stops it.');
  }
  return `${lines.join('\n')}\n`;
}

function kept({ store }: Settings): string {
  if (store === undefined) return 'sessions and messages are kept in memory: they end with this process';
  const promise =
    store.durability === 'strict'
      ? 'an acknowledgement means that it is on disk'
      : `an acknowledgement survives this process, the disk has it within ${store.syncIntervalMs} ms`;
  return `sessions and messages are stored in ${store.directory}: ${promise}`;
}

/** Undefined without the variable: then no step does anything. */
function fault(): ((step: string) => void) | undefined {
  const [step, count = '1'] = (process.env[FAULT_VARIABLE] ?? '').split(':');
  if (!step) return undefined;
  let left = Number(count);
  return (reached) => {
    if (reached !== step) return;
    left -= 1;
    if (left === 0) process.kill(process.pid, 'SIGKILL');
  };
}

/** The first signal stops it in order, the second at once. */
function stopOnSignal(broker: Broker): void {
  let stopping = false;
  const stop = (): void => {
    if (stopping) process.exit(BROKER_EXIT.failed);
    stopping = true;
    process.stdout.write('Stopping.\n');
    void broker.close();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
}
