// Whether a broker could start with settings that fit their schema: every file is read as it would be, and addresses and
// folders are looked at. All that is wrong is found, not the first alone. Opens no listener and no store, and writes nothing.

import { lookup } from 'node:dns/promises';
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { dirname } from 'node:path';
import { MqttError } from '@anax/protocol';
import { Chains, type IdentityHooks } from './access/chain/chains.ts';
import type { Settings } from './config/settings.ts';
import { listenerProblems } from './listeners/check.ts';
import { placeOf } from './listeners/open.ts';

export interface Findings {
  /** With one of these it would not start. */
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

export async function checkSettings(settings: Settings, hooks: IdentityHooks = {}): Promise<Findings> {
  const warnings: string[] = [];
  const found = [
    ...chainProblems(settings, hooks, (text) => warnings.push(text)),
    ...listenerProblems(settings.listeners.map(({ options }) => options)),
    ...duplicatePlaces(settings),
    ...(await Promise.all(settings.listeners.map(addressProblem))).flat(),
    ...storeProblems(settings, warnings),
  ];
  const unreadable = settings.origin.files.filter(
    ({ name, digest }) => digest === undefined && !found.some((line) => line.startsWith(`${name}:`)),
  );
  const problems = [...found, ...unreadable.map(({ name }) => `${name}: it cannot be read`)];
  return {
    problems: [...new Set(problems)].map((line) => placed(line, settings)),
    warnings: [...new Set(warnings)].map((line) => placed(line, settings)),
  };
}

/** Where a file that a line speaks of is named. */
function placed(line: string, { origin: { files } }: Settings): string {
  const file = files.find(({ name }) => line.startsWith(`${name}:`));
  return file === undefined ? line : `${line} (\`${file.key}\`, ${file.place})`;
}

function chainProblems(
  settings: Settings,
  hooks: IdentityHooks,
  warn: (text: string) => void,
): readonly string[] {
  const chains = new Chains(settings, hooks, warn);
  return [settings, ...settings.listeners].flatMap(({ authentication }) => {
    const single = (authentication ?? []).flatMap((link) => attempt(() => chains.of([link])));
    return single.length > 0 ? single : attempt(() => chains.of(authentication));
  });
}

function attempt(what: () => unknown): readonly string[] {
  try {
    what();
    return [];
  } catch (error) {
    if (!(error instanceof MqttError)) throw error;
    return error.message.split('\n');
  }
}

function duplicatePlaces({ listeners }: Settings): readonly string[] {
  const places = listeners.map(({ options }) =>
    'port' in options && options.port === 0 ? undefined : placeOf(options),
  );
  return places.flatMap((place, i) => {
    const first = places.indexOf(place);
    if (place === undefined || first === i) return [];
    return [`listeners[${i}] is on ${place}, as listeners[${first}] is`];
  });
}

async function addressProblem({ options }: Settings['listeners'][number]): Promise<readonly string[]> {
  if (options.protocol === 'unix') {
    const folder = dirname(options.path);
    return existsSync(folder) ? [] : [`there is no folder ${folder}, in which is to be listened`];
  }
  const { host } = options;
  if (isIP(host) === 0) {
    const isKnown = await lookup(host).then(
      () => true,
      () => false,
    );
    return isKnown ? [] : [`there is no address of the name ${host}, on which is to be listened`];
  }
  const all = Object.values(networkInterfaces()).flatMap((some = []) => some.map(({ address }) => address));
  const isOwn = EVERYWHERE.includes(host) || host.startsWith('127.') || all.includes(host);
  return isOwn ? [] : [`this machine has no address ${host}, on which is to be listened`];
}

const EVERYWHERE: readonly string[] = ['0.0.0.0', '::', '::1'];

function storeProblems({ store }: Settings, warnings: string[]): readonly string[] {
  if (store === undefined) return [];
  const { directory } = store;
  // It is made where it is missing, with all that is missing above it.
  let there = directory;
  while (!existsSync(there) && dirname(there) !== there) there = dirname(there);
  const stats = statSync(there);
  if (!stats.isDirectory()) return [`${there} is no folder, and the store is to be in ${directory}`];
  try {
    accessSync(there, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch {
    return [`this user may not write in ${there}, and the store is to be in ${directory}`];
  }
  if (there === directory && (stats.mode & 0o077) !== 0) {
    warnings.push(
      `${directory} is open to other users of this machine: chmod 700 closes it (the files in it are closed)`,
    );
  }
  return [];
}
