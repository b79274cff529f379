// Import order: which package may use which, and which room inside a package may use which.
// The two tables are the architecture; ARCHITECTURE.md tells it in words.

import { posix } from 'node:path';
import { isShipped, type Repository, type Rule } from './repository.ts';
import type { Source } from './source.ts';

/** A package may import those named here, by name and never by a path; of one with several doors, the doors named. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  client: ['@anax/protocol'],
  broker: ['@anax/protocol'],
  conformance: ['@anax/protocol'],
  cli: ['@anax/protocol', '@anax/client', '@anax/client/scram', '@anax/broker', '@anax/conformance'],
};

/** Files that stand alone in `src` and that a table does not name, as one room. */
const ALONE = '*';

/**
 * A room is a folder of `src`, or a file that stands there alone. It may import its own files and the rooms named here.
 * `index.ts` is the door of a package: it may import every room, and no room imports it.
 */
const ROOMS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  protocol: {
    spec: [],
    topic: ['spec'],
    codec: ['spec', 'topic'],
    session: ['spec', 'topic', 'codec'],
    explain: ['spec', 'topic', 'codec', 'session'],
  },
  // The machine stands alone in `src`, with the rules of AUTH above it; around it what every shell shares, then a folder for
  // each platform.
  client: {
    auth: [],
    scram: ['auth'],
    [ALONE]: ['auth'],
    shell: ['auth', ALONE],
    outbox: [ALONE],
    node: [ALONE, 'shell'],
    lmdb: [ALONE, 'outbox'],
    indexeddb: [ALONE, 'outbox'],
    browser: ['auth', ALONE, 'shell'],
  },
  // Listeners know no MQTT; the hub knows no connection; nobody but the shell puts them together.
  broker: {
    document: [],
    'network.ts': [],
    'peer.ts': [],
    listeners: ['peer.ts'],
    records: [],
    inspection: ['records'],
    store: [],
    transfer: ['inspection', 'records', 'store'],
    hub: ['records'],
    access: ['document', 'network.ts', 'peer.ts'],
    abuse: ['access', 'hub', 'network.ts'],
    connection: ['abuse', 'access', 'hub'],
    shell: ['hub', 'listeners', 'store'],
    config: ['abuse', 'access', 'document', 'hub', 'listeners', 'network.ts', 'peer.ts'],
    reception: [
      'abuse',
      'access',
      'config',
      'connection',
      'hub',
      'listeners',
      'network.ts',
      'options.ts',
      'peer.ts',
      'shell',
    ],
    sys: ['hub'],
    embedding: ['hub'],
    'version.ts': [],
    'options.ts': ['access', 'config', 'hub'],
    'serve.ts': [
      'abuse',
      'access',
      'config',
      'connection',
      'embedding',
      'hub',
      'listeners',
      'options.ts',
      'reception',
      'shell',
      'store',
      'sys',
      'version.ts',
    ],
    'open-store.ts': ['config', 'hub', 'store', 'version.ts'],
    'check.ts': ['access', 'config', 'listeners'],
    'create.ts': ['config', 'hub', 'open-store.ts', 'options.ts', 'serve.ts'],
  },
  // A check sees the wire and never how an audit is run; a report only reads what an audit found.
  conformance: {
    statements: [],
    wire: [],
    checks: ['statements', 'wire'],
    audit: ['statements', 'wire', 'checks'],
    report: ['statements', 'wire', 'audit'],
  },
  // A verb is a file that stands alone; only the command itself knows which there are.
  cli: {
    render: [],
    world: ['render'],
    payload: ['render'],
    connection: ['render', 'world', 'payload'],
    store: ['render', 'world'],
    mosquitto: [],
    config: ['render', 'world', 'mosquitto'],
    broker: ['render'],
    recording: ['render', 'world'],
    publishing: ['render', 'world', 'payload', 'connection', 'recording'],
    bench: ['render', 'world', 'connection'],
    watching: ['render', 'world', 'payload'],
    simulate: ['render', 'world', 'connection', 'bench'],
    rr: ['render', 'world', 'payload', 'connection'],
    passwd: ['render', 'world'],
    access: ['world'],
    [ALONE]: [
      'render',
      'world',
      'payload',
      'connection',
      'store',
      'config',
      'broker',
      'recording',
      'publishing',
      'bench',
      'watching',
      'simulate',
      'rr',
      'passwd',
      'access',
    ],
    'main.ts': [ALONE],
  },
};

export const packagesInOrder: Rule = {
  name: 'a package imports only what its place allows and its package.json declares',
  check: ({ sources, files }) =>
    sources.filter(({ path }) => isShipped(path)).flatMap((source) => foreignImports(source, files)),
};

function foreignImports(source: Source, files: Repository['files']): string[] {
  const house = houseOf(source.path);
  const allowed = PACKAGES[house];
  if (allowed === undefined)
    return [`${source.path}:1 is in a package that the table of packages does not know`];
  const declared = dependenciesOf(files.get(`packages/${house}/package.json`));
  const problems: string[] = [];
  for (const { specifier, line } of source.imports) {
    if (specifier.startsWith('node:')) continue;
    const at = `${source.path}:${line}`;
    if (specifier.startsWith('.')) {
      const target = posix.join(posix.dirname(source.path), specifier);
      if (!target.startsWith(`packages/${house}/`))
        problems.push(`${at} leaves its package by a path: ${specifier}`);
    } else if (/^@anax\/[^/]+\//.test(specifier) && !allowed.includes(specifier)) {
      problems.push(`${at} reaches inside another package: ${specifier}`);
    } else if (specifier.startsWith('@anax/') && !allowed.includes(specifier)) {
      problems.push(`${at} ${house} stands above ${specifier} and may not import it`);
    } else if (!declared.includes(packageName(specifier))) {
      problems.push(`${at} imports ${specifier}, which is not among the package's dependencies`);
    }
  }
  return problems;
}

export const roomsInOrder: Rule = {
  name: 'a room imports only the rooms above it',
  check: ({ sources }) => sources.filter(({ path }) => isShipped(path)).flatMap(roomImports),
};

function roomImports(source: Source): string[] {
  const rooms = ROOMS[houseOf(source.path)];
  const room = roomOf(source.path);
  if (rooms === undefined || room === 'index.ts') return [];
  const allowed = rooms[room];
  if (allowed === undefined)
    return [`${source.path}:1 is in a room that the table of rooms does not know: ${room}`];
  const problems: string[] = [];
  for (const { specifier, line } of source.imports) {
    if (!specifier.startsWith('.')) continue;
    const target = roomOf(posix.join(posix.dirname(source.path), specifier));
    if (target !== room && !allowed.includes(target)) {
      problems.push(`${source.path}:${line} room ${room} may not import room ${target}: ${specifier}`);
    }
  }
  return problems;
}

function houseOf(path: string): string {
  return path.split('/')[1] ?? '';
}

function roomOf(path: string): string {
  const [, house = '', , room = '', below] = path.split('/');
  const rooms = ROOMS[house];
  const named =
    below !== undefined || room === 'index.ts' || rooms?.[room] !== undefined || rooms?.[ALONE] === undefined;
  return named ? room : ALONE;
}

function packageName(specifier: string): string {
  const [first = '', second = ''] = specifier.split('/');
  return first.startsWith('@') ? `${first}/${second}` : first;
}

function dependenciesOf(manifest: string | undefined): readonly string[] {
  if (manifest === undefined) return [];
  const { dependencies, peerDependencies } = JSON.parse(manifest) as {
    readonly dependencies?: Readonly<Record<string, string>>;
    readonly peerDependencies?: Readonly<Record<string, string>>;
  };
  return Object.keys({ ...dependencies, ...peerDependencies });
}
