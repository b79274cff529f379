/** Owns where settings come from, which one wins, and what is said about one that is wrong. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { MqttError } from '@anax/protocol';
import { afterAll, describe, expect, test } from 'vitest';
import { environmentVariables } from '../../src/config/environment.ts';
import { loadSettings, type Sources } from '../../src/config/load.ts';
import { DEFAULT_LIMITS } from '../../src/hub/limits.ts';

const folder = mkdtempSync(join(tmpdir(), 'anax-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
function fileOf(yaml: string): string {
  const name = join(folder, `anax-${files++}.yaml`);
  writeFileSync(name, yaml);
  return name;
}

const settings = (yaml: string) => loadSettings({ file: fileOf(yaml) });

/** What the start stops with, the folder left out. */
function wrong(sources: Sources): string {
  try {
    loadSettings(sources);
  } catch (error) {
    if (!(error instanceof MqttError)) throw error;
    expect(error.code).toBe('invalid-configuration');
    return error.message.replaceAll(folder, '').replaceAll(/\/anax-\d+\.yaml/g, 'anax.yaml');
  }
  throw new Error('nothing is wrong with it');
}

const wrongFile = (yaml: string) => wrong({ file: fileOf(yaml) });

describe('without any source', () => {
  test('the defaults hold', () => {
    const { limits, listeners, anonymous, logLevel, users } = loadSettings({});
    expect(limits).toEqual(DEFAULT_LIMITS);
    expect(listeners.map(({ options }) => options)).toEqual([
      { name: 'tcp', protocol: 'tcp', host: '127.0.0.1', port: 1883 },
    ]);
    expect([anonymous, logLevel, users]).toEqual(['loopback', 'info', []]);
  });

  test('as with an empty file', () => {
    expect(settings('').limits).toEqual(loadSettings({}).limits);
    expect(settings('# only a comment\n').origin).toEqual({ ...loadSettings({}).origin });
  });
});

test('every key of the file is heard', () => {
  const all = settings(`
listeners:
  - { host: 0.0.0.0, port: 0 }
  - port: 8883
  - { protocol: ws, path: /here, origins: ["https://app.example"] }
  - { protocol: ws, port: 1 }
anonymous: never
users: [{ name: ann, password: secret }]
banned: [{ clientId: evil }]
denied: [{ address: 192.0.2.1, userName: bob }]
redirect: { serverReference: "other.example:1883", permanent: true }
connectTimeout: 500ms
connections: { max: 10, connectingMax: 15, perSecondMax: 20 }
keepAlive: { max: 5m }
session: { expiryMax: 7d, max: 30, ownerMayChange: true, subscriptionsMax: 40, subscriptionsTotalMax: 400, subscriptionBytesMax: 2 KiB }
packet: { maximumSize: 1 MiB, connectMaximumSize: 4 kB, userPropertiesMax: 7, userPropertyBytesMax: 8 kB, topicFiltersMax: 9 }
clientId: { strict: true, bytesMax: 50 }
receiveMaximum: 60
inFlightMax: 70
inFlightBytesMax: 3 MiB
topicAliasMaximum: 0
topicAliasCharsMax: 4000
topicAliasesSentMax: 5
topic: { levelsMax: 6, filterBytesMax: 700 }
queue: { messagesMax: 80, bytesMax: 90 B, policy: drop-newest, totalMessagesMax: 800, totalBytesMax: 9 kB }
retained: { messagesMax: 100, bytesMax: 1 GiB, perClientMessagesMax: 10, perClientBytesMax: 1 kB }
outstandingMax: 128 KiB
features: { maximumQos: 1, retain: false, wildcardSubscriptions: false, subscriptionIdentifiers: false, sharedSubscriptions: false }
sharedSubscriptions: { strategy: sticky, before5: true }
payloadFormatChecked: true
responseInformation: answers/
userProperties: [{ name: region, value: north }]
sysInterval: 1m
closeTimeout: 0
log: { level: debug }
`);
  // `abuse.test.ts` has what is left out.
  const { listeners, abuse: _, origin: __, ...others } = all;
  expect(listeners.map(({ options }) => options)).toEqual([
    { name: 'tcp', protocol: 'tcp', host: '0.0.0.0', port: 0 },
    { name: 'tcp-2', protocol: 'tcp', host: '127.0.0.1', port: 8883 },
    {
      name: 'ws',
      protocol: 'ws',
      host: '127.0.0.1',
      port: 8083,
      path: '/here',
      origins: ['https://app.example'],
    },
    { name: 'ws-2', protocol: 'ws', host: '127.0.0.1', port: 1, path: '/mqtt', origins: [] },
  ]);
  expect(others).toEqual({
    anonymous: 'never',
    users: [{ name: 'ann', password: 'secret' }],
    admission: {
      banned: [{ clientId: 'evil' }],
      denied: [{ address: '192.0.2.1', userName: 'bob' }],
      redirect: { serverReference: 'other.example:1883', permanent: true },
    },
    logLevel: 'debug',
    closeTimeoutMs: 0,
    sysIntervalMs: 60_000,
    limits: {
      connectTimeoutMs: 500,
      connectionsMax: 10,
      connectingMax: 15,
      connectionsPerSecondMax: 20,
      sessionsMax: 30,
      sessionOwnerMayChange: true,
      connectPacketBytesMax: 4000,
      maximumPacketSize: 1_048_576,
      userPropertiesMax: 7,
      userPropertyBytesMax: 8000,
      topicFiltersMax: 9,
      receiveMaximum: 60,
      inFlightMax: 70,
      inFlightBytesMax: 3_145_728,
      topicAliasMaximum: 0,
      topicAliasCharsMax: 4000,
      topicAliasesSentMax: 5,
      keepAliveMaxSeconds: 300,
      sessionExpiryMaxSeconds: 604_800,
      clientIdBytesMax: 50,
      clientIdStrict: true,
      subscriptionsMax: 40,
      subscriptionsTotalMax: 400,
      subscriptionBytesMax: 2048,
      topicFilterBytesMax: 700,
      topicLevelsMax: 6,
      retainedMessagesMax: 100,
      retainedBytesMax: 1_073_741_824,
      retainedPerClientMessagesMax: 10,
      retainedPerClientBytesMax: 1000,
      queueMessagesMax: 80,
      queueBytesMax: 90,
      queuePolicy: 'drop-newest',
      heldMessagesMax: 800,
      heldBytesMax: 9000,
      outstandingBytesMax: 131_072,
      maximumQos: 1,
      retainAvailable: false,
      wildcardSubscriptionAvailable: false,
      subscriptionIdentifiersAvailable: false,
      sharedSubscriptionAvailable: false,
      sharedSubscriptionsBefore5: true,
      sharedStrategy: 'sticky',
      payloadFormatChecked: true,
      responseInformation: 'answers/',
      connackUserProperties: [['region', 'north']],
    },
  });
});

describe('what is wrong is told with file, line, key and what was expected', () => {
  test.each([
    [
      'an unknown key',
      'log:\n  level: info\n  color: red\n',
      'anax.yaml:3: there is no key `log.color`, expected one of level',
    ],
    [
      'an unknown key at the top',
      'port: 1883\n',
      /^anax\.yaml:1: there is no key `port`, expected one of listeners, authentication, anonymous, /,
    ],
    [
      'an unknown key in a list',
      'listeners:\n  - port: 1\n  - host: a\n    colour: red\n',
      'anax.yaml:4: there is no key `listeners[1].colour`, expected one of name, protocol, host, port, path, origins, forwardedFor, file, mode, owner, group, tls, proxyProtocol, dialects, connectionsMax, authentication, connectTimeout, keepAlive, packet, session, receiveMaximum, topicAliasMaximum, topic, outstandingMax, features',
    ],
    [
      'what only WebSocket has',
      'listeners:\n  - port: 1\n    origins: []\n',
      'anax.yaml:3: `listeners[0].origins` must be left out where `protocol` is not ws or wss',
    ],
    [
      'a path that is none',
      'listeners:\n  - { protocol: ws, path: mqtt }\n',
      'anax.yaml:2: `listeners[0].path` must be a path of a URL that begins with /',
    ],
    [
      'a wrong type',
      '\nreceiveMaximum: many\n',
      'anax.yaml:2: `receiveMaximum` must be a whole number from 1 to 65535',
    ],
    ['a value where keys belong', 'log: 5\n', 'anax.yaml:1: `log` must be keys with values: level'],
    ['a value where a list belongs', '\nusers: ann\n', 'anax.yaml:2: `users` must be a list'],
    [
      'a value in a list of keys',
      'users: [ann]\n',
      'anax.yaml:1: `users[0]` must be keys with values: name, password',
    ],
    [
      'a number out of range',
      'receiveMaximum: 0\n',
      'anax.yaml:1: `receiveMaximum` must be a whole number from 1 to 65535',
    ],
    [
      'half a number',
      'inFlightMax: 1.5\n',
      'anax.yaml:1: `inFlightMax` must be a whole number from 1 to 65535',
    ],
    [
      'true for a number',
      'receiveMaximum: true\n',
      'anax.yaml:1: `receiveMaximum` must be a whole number from 1 to 65535',
    ],
    [
      'nothing for a number',
      'receiveMaximum:\n',
      'anax.yaml:1: `receiveMaximum` must be a whole number from 1 to 65535',
    ],
    [
      'a list for a number',
      'receiveMaximum: [5]\n',
      'anax.yaml:1: `receiveMaximum` must be a whole number from 1 to 65535',
    ],
    [
      'a word for a switch',
      'features:\n  retain: maybe\n',
      'anax.yaml:2: `features.retain` must be true or false',
    ],
    [
      'a word of no choice',
      'anonymous: sometimes\n',
      'anax.yaml:1: `anonymous` must be one of always, never, loopback',
    ],
    [
      'a duration without sense',
      'connectTimeout: soon\n',
      'anax.yaml:1: `connectTimeout` must be a duration such as 10s, 500ms, 5m, 1h, 7d, or a number of seconds',
    ],
    [
      'a size out of range',
      'outstandingMax: 1 kB\n',
      /^anax\.yaml:1: `outstandingMax` must be a size such as .*, from 4096 to /,
    ],
    [
      'a number for a text',
      'users:\n  - name: ann\n    password: 1234\n',
      'anax.yaml:3: `users[0].password` must be a text',
    ],
    ['a missing text', 'users:\n  - name: ann\n', 'anax.yaml:2: `users[0].password` must be a text'],
    ['no listener', 'listeners: []\n', 'anax.yaml:1: `listeners` must be at least one listener'],
    ['a list at the top', '- a\n', /^anax\.yaml:1: expected keys and values at the top/],
    ['no YAML', 'log:\n  level: [info\n', /^anax\.yaml:\d: not YAML: /],
    ['a key twice', 'log: {}\nlog: {}\n', /^anax\.yaml:2: not YAML: .*unique/],
    ['an alias that leads nowhere', 'log: *nowhere\n', /^anax\.yaml(:\d+)?: not YAML: .*nowhere/],
    [
      'aliases that multiply',
      `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n`,
      /^anax\.yaml: not YAML: .*alias/,
    ],
    ['a prototype', '__proto__:\n  polluted: true\n', /^anax\.yaml:1: there is no key `__proto__`/],
    [
      'a prototype further down',
      'log:\n  __proto__: { level: debug }\n',
      /^anax\.yaml:2: there is no key `log\.__proto__`/,
    ],
    ['a constructor', 'constructor: { prototype: {} }\n', /^anax\.yaml:1: there is no key `constructor`/],
  ])('%s', (_, yaml, expected) => {
    const message = wrongFile(yaml);
    if (typeof expected === 'string') expect(message).toBe(expected);
    else expect(message).toMatch(expected);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  test('all of it, a line for each', () => {
    expect(wrongFile('receiveMaximum: 0\nlog:\n  level: loud\n').split('\n')).toHaveLength(2);
  });

  test('a file that is not there', () => {
    expect(wrong({ file: join(folder, 'none.yaml') })).toBe('/none.yaml: there is no such file');
  });
});

describe('the environment', () => {
  test('has a variable for every single value', () => {
    const names = [...environmentVariables().keys()];
    expect(names).toEqual(
      expect.arrayContaining([
        'ANAX_PORT',
        'ANAX_KEEP_ALIVE_MAX',
        'ANAX_LOG_LEVEL',
        'ANAX_FEATURES_MAXIMUM_QOS',
      ]),
    );
    expect(new Set(names).size).toBe(names.length);
  });

  test('is heard, numbers, switches and users included', () => {
    const { limits, listeners, users } = loadSettings({
      environment: {
        ANAX_PORT: '0',
        ANAX_KEEP_ALIVE_MAX: '30s',
        ANAX_FEATURES_RETAIN: 'false',
        ANAX_FEATURES_MAXIMUM_QOS: '1',
        ANAX_USERS: 'ann:a:b,bob:c',
        HOME: 'elsewhere',
        ANAX_HOST: undefined,
      },
    });
    expect(listeners.map(({ options }) => options)).toEqual([
      { name: 'tcp', protocol: 'tcp', host: '127.0.0.1', port: 0 },
    ]);
    expect([limits.keepAliveMaxSeconds, limits.retainAvailable, limits.maximumQos]).toEqual([30, false, 1]);
    expect(users).toEqual([
      { name: 'ann', password: 'a:b' },
      { name: 'bob', password: 'c' },
    ]);
  });

  test.each([
    [{ ANAX_PROT: '1' }, 'environment variable ANAX_PROT: there is no such setting'],
    [
      { ANAX_PORT: '' },
      'environment variable ANAX_PORT: `listeners[0].port` must be a whole number from 0 to 65535',
    ],
    [
      { ANAX_PORT: '70000' },
      'environment variable ANAX_PORT: `listeners[0].port` must be a whole number from 0 to 65535',
    ],
    [
      { ANAX_LOG_LEVEL: 'loud' },
      'environment variable ANAX_LOG_LEVEL: `log.level` must be one of silent, error, warn, info, debug',
    ],
    [
      { ANAX_USERS: 'ann' },
      'environment variable ANAX_USERS: `users[0].password` must be a text that is not empty',
    ],
  ])('%j is wrong, and it is said where', (environment, expected) => {
    expect(wrong({ environment })).toBe(expected);
  });
});

describe('what comes later wins', () => {
  const file = 'receiveMaximum: 2\nlisteners: [{ host: 127.0.0.2, port: 2 }]\n';
  const environment = { ANAX_RECEIVE_MAXIMUM: '3' };
  const flag = { path: ['receiveMaximum'], value: 4, source: '--receive-maximum' };
  const receiveMaximum = (sources: Sources) => loadSettings(sources).limits.receiveMaximum;

  test('flag over environment over file over default', () => {
    expect(receiveMaximum({})).toBe(1024);
    expect(receiveMaximum({ file: fileOf(file) })).toBe(2);
    expect(receiveMaximum({ file: fileOf(file), environment })).toBe(3);
    expect(receiveMaximum({ file: fileOf(file), environment, overrides: [flag] })).toBe(4);
  });

  test('value by value: what is not said stays', () => {
    const { listeners } = loadSettings({ file: fileOf(file), environment: { ANAX_PORT: '5' } });
    expect(listeners.map(({ options }) => options)).toEqual([
      { name: 'tcp', protocol: 'tcp', host: '127.0.0.2', port: 5 },
    ]);
  });

  test('and the one that is wrong is named', () => {
    expect(wrong({ file: fileOf(file), overrides: [{ ...flag, value: 'x' }] })).toMatch(
      /^--receive-maximum: /,
    );
  });
});

describe('the name of a file', () => {
  const directory = (sources: Sources) => loadSettings(sources).store?.directory;

  test('is relative to the file that it stands in', () => {
    const file = fileOf('store: { directory: data }\n');
    expect(directory({ file })).toBe(join(folder, 'data'));
    expect(directory({ file: relative(process.cwd(), file) })).toBe(join(folder, 'data'));
    expect(directory({ file: fileOf('store: { directory: /var/lib/anax }\n') })).toBe('/var/lib/anax');
  });

  test('stays as it is from a flag or a variable, which knows the folder it was given in', () => {
    const file = fileOf('store: { directory: data }\n');
    const path = ['store', 'directory'];
    expect(directory({ file, overrides: [{ path, value: 'other', source: '--data' }] })).toBe('other');
    expect(directory({ file, environment: { ANAX_STORE_DIRECTORY: 'other' } })).toBe('other');
  });

  test('must be one', () => {
    expect(wrongFile('store: { directory: "" }\n')).toBe(
      'anax.yaml:1: `store.directory` must be the name of a folder',
    );
  });
});
