/** Owns saved profiles: what is stored, what is refused with which sentence, and what they mean beside the options of a call. */

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { connCommand } from '../src/conn.ts';
import { profileCommand } from '../src/profile.ts';
import { pubCommand } from '../src/pub.ts';
import { subCommand } from '../src/sub.ts';
import type { Edges } from '../src/world/edges.ts';
import { broker, type Outcome, run, text, type World } from './support.ts';

interface Home {
  readonly folder: string;
  readonly path: (name: string) => string;
  readonly anax: (
    verb: (edgesOf: () => Edges) => Command,
    args: readonly string[],
    world?: World,
  ) => Promise<Outcome>;
  readonly has: (name: string, yaml: string) => void;
}

function home(): Home {
  const config = mkdtempSync(join(tmpdir(), 'anax-profile-'));
  const folder = join(config, 'anax', 'profiles');
  const path = (name: string): string => join(folder, `${name}.yaml`);
  return {
    folder,
    path,
    anax: (verb, args, world = {}) =>
      run(verb, args, { ...world, env: { ...world.env, XDG_CONFIG_HOME: config } }),
    has: (name, yaml) => {
      mkdirSync(folder, { recursive: true });
      writeFileSync(path(name), yaml);
    },
  };
}

describe('profile add', () => {
  it('stores what was typed by its long names, for its owner only, and nothing beside it', async () => {
    const { anax, path, folder } = home();
    const args = ['add', 'x', '-h', 'h', '-p', '1884', '-V', '3.1.1', '--id', '007', '--no-clean', '-k', '9'];
    const { code, out, error } = await anax(profileCommand, args);
    expect([code, error, out]).toEqual([0, '', `${path('x')}\n`]);
    expect(readFileSync(path('x'), 'utf8')).toBe(
      'hostname: "h"\nport: "1884"\nmqtt-version: "3.1.1"\nclient-id: "007"\nclean: "false"\nkeepalive: "9"\n',
    );
    expect(statSync(path('x')).mode & 0o777).toBe(0o600);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(readdirSync(folder)).toEqual(['x.yaml']);
  });

  it('takes an address apart, and lists as they are', async () => {
    const { anax, path } = home();
    const pairs = ['--conn-user-properties', 'a=1', 'b: 2'];
    await anax(profileCommand, ['add', 'x', 'wss://me@h:8084/mqtt', '--insecure', ...pairs]);
    expect(readFileSync(path('x'), 'utf8')).toBe(
      'hostname: "h"\nport: "8084"\nprotocol: "wss"\npath: "/mqtt"\nusername: "me"\ninsecure: "true"\nconn-user-properties:\n  - "a=1"\n  - "b: 2"\n',
    );
    await anax(profileCommand, ['add', 'y', 'mqtt+unix:///run/b.sock']);
    expect(readFileSync(path('y'), 'utf8')).toBe('address: "mqtt+unix:///run/b.sock"\n');
  });

  it('stores a password only where that is asked for', async () => {
    const { anax, path, folder } = home();
    for (const args of [
      ['-u', 'me', '-P', 'secret'],
      ['mqtt://me:secret@h'],
      ['-u', 'me', '--pw', 'secret'],
    ]) {
      const { code, error } = await anax(profileCommand, ['add', 'x', ...args]);
      expect([code, error]).toEqual([
        2,
        expect.stringContaining('a password is stored only with --store-pass'),
      ]);
    }
    expect(() => readdirSync(folder)).toThrow();
    await anax(profileCommand, ['add', 'x', 'mqtt://me:secret@h', '--store-password']);
    expect(readFileSync(path('x'), 'utf8')).toContain('password: "secret"');
    const { out } = await anax(profileCommand, ['show', 'x']);
    expect(out).toBe(`# ${path('x')}\nhostname: h\nport: 1883\nusername: me\npassword: (stored)\n`);
  });

  it('replaces one only with --replace', async () => {
    const { anax, path } = home();
    await anax(profileCommand, ['add', 'x', '-h', 'one']);
    const { code, error } = await anax(profileCommand, ['add', 'x', '-h', 'two']);
    expect([code, error]).toEqual([
      2,
      'anax profile add: there is a profile x already: --replace replaces it\n',
    ]);
    await anax(profileCommand, ['add', 'x', '-h', 'three', '--replace']);
    expect(readFileSync(path('x'), 'utf8')).toBe('hostname: "three"\n');
  });

  it.each<[string, readonly string[], string]>([
    ['a name with a way out', ['../x'], '"../x" is no name of a profile'],
    ['an option that is wrong', ['x', '-p', '0'], 'It is a whole number from 1 to 65535.'],
    ['options that cannot be said together', ['x', '-V', '3', '--receive-maximum', '1'], 'needs MQTT 5'],
    [
      'what may be a secret',
      ['x', '--authentication-method', 'm', '--authentication-data', 'd'],
      'stored only with --store-password',
    ],
    ['an address and a host', ['x', 'mqtt://h', '-h', 'g'], 'give the broker as an address or with'],
  ])('refuses %s, exit code 2', async (_what, args, message) => {
    const { code, error } = await home().anax(profileCommand, ['add', ...args]);
    expect([code, error]).toEqual([2, expect.stringContaining(message)]);
  });
});

describe('profile list, show and remove', () => {
  it('tell which there are, also as JSON, and take one away', async () => {
    const { anax } = home();
    expect(await anax(profileCommand, ['list'])).toMatchObject({
      code: 0,
      out: '',
      error: expect.stringContaining('there is none in'),
    });
    await anax(profileCommand, ['add', 'long', 'mqtts://me@h']);
    await anax(profileCommand, ['add', 'a', '-k', '5']);
    expect((await anax(profileCommand, ['list'])).out).toBe(
      'a     mqtt://localhost\nlong  mqtts://h:8883  me\n',
    );
    expect(JSON.parse((await anax(profileCommand, ['show', 'a', '--json'])).out)).toEqual({
      name: 'a',
      keepalive: '5',
    });
    expect((await anax(profileCommand, ['remove', 'a'])).code).toBe(0);
    expect(await anax(profileCommand, ['remove', 'a'])).toMatchObject({
      code: 2,
      error: expect.stringContaining('there is no profile a'),
    });
    expect((await anax(profileCommand, ['list', '--json'])).out).toContain('"name":"long"');
  });

  it('goes on behind one that is wrong, exit code 1', async () => {
    const { anax, has } = home();
    has('a', 'port: 0\n');
    has('b', 'hostname: h\n');
    const { code, out, error } = await anax(profileCommand, ['list']);
    expect([code, out, error]).toEqual([1, 'b  mqtt://h\n', expect.stringContaining('a.yaml:1: `port`')]);
  });
});

describe('a profile that is wrong is told with file, line and key, exit code 2', () => {
  it.each<[string, string, readonly string[]]>([
    ['a key that is none', '# c\n\nprot: mqtt\n', [':3: there is no `prot`']],
    [
      'a number out of bounds',
      'hostname: h\nport: 70000\n',
      [':2: `port`: "70000": It is a whole number from 1'],
    ],
    ['a list', 'hostname: [a]\n', [':1: `hostname`: expected text']],
    ['no list', 'conn-user-properties: a=1\n', [':1: `conn-user-properties`: expected a list of texts']],
    [
      'a pair that is none',
      'conn-user-properties:\n  - a\n',
      [':1: `conn-user-properties`: "a": It is name=value'],
    ],
    ['a choice', 'will-format: xml\n', [':1: `will-format`: it is one of text, json']],
    ['no yes or no', 'clean: yes\n', [':1: `clean`: expected true or false']],
    ['a key that is hidden from help', 'pw: x\n', [':1: there is no `pw`']],
    ['a key twice', 'port: 1\nport: 2\n', [':2: Map keys must be unique']],
    ['no YAML', 'a: b: c\n', [':1: Nested mappings are not allowed']],
    ['no options', 'text\n', [':1: expected options with their values']],
    ['two faults', 'port: 0\nkeepalive: x\n', [':1: `port`', ':2: `keepalive`']],
  ])('%s', async (_what, yaml, messages) => {
    const { anax, has, path } = home();
    has('x', yaml);
    const { code, error, out } = await anax(connCommand, ['--profile', 'x']);
    expect([code, out]).toEqual([2, '']);
    for (const message of messages) expect(error).toContain(`anax conn: ${path('x')}${message}`);
  });

  it('so is one that is not there', async () => {
    const { code, error } = await home().anax(connCommand, ['--profile', 'x']);
    expect([code, error]).toEqual([2, expect.stringContaining('anax conn: there is no profile x: ')]);
  });
});

describe('--profile', () => {
  const users = { users: [{ name: 'me', password: 'secret' }] };

  it('connects with what it says, in every verb', async () => {
    const { anax, has } = home();
    const [, , , port] = await broker();
    has('x', `hostname: 127.0.0.1\nport: ${port}\nclient-id: 007\nmqtt-version: 3.1.1\n`);
    const { out } = await anax(connCommand, ['--profile', 'x', '--once']);
    expect(out).toMatch(/^MQTT version +3\.1\.1/m);
    expect(out).toMatch(/^Client Identifier +007/m);
    expect((await anax(pubCommand, ['--profile', 'x', '-t', 't', '-r', '-q', '1', '-m', 'kept'])).code).toBe(
      0,
    );
    expect((await anax(subCommand, ['--profile', 'x', '-t', 't', '-C', '1'])).out).toBe('kept\n');
  });

  it('stands behind the options of the call, by whatever name they have', async () => {
    const { anax, has } = home();
    const [, , , port = ''] = await broker();
    has('x', `hostname: nowhere.invalid\nport: ${port}\nclient-id: one\nclean: false\nkeepalive: 7\n`);
    const args = ['--profile', 'x', '--host', '127.0.0.1', '--id', 'two', '--clean', '--once'];
    const { out, code } = await anax(connCommand, args);
    expect(code).toBe(0);
    expect(out).toMatch(/^Client Identifier +two/m);
    expect(out).toMatch(/^Keep Alive +7 s/m);
    expect(out).toMatch(/^Session +begin anew/m);
  });

  it('leaves the place to an address, and with a user in it the password, too', async () => {
    const { anax, has } = home();
    const [, , , port = ''] = await broker(users);
    has(
      'x',
      `hostname: nowhere.invalid\nprotocol: wss\nport: 1\nusername: other\npassword: wrong\nkeepalive: 7\n`,
    );
    const { code, out } = await anax(connCommand, [
      `mqtt://me:secret@127.0.0.1:${port}`,
      '--profile',
      'x',
      '--once',
    ]);
    expect([code, out]).toEqual([0, expect.stringMatching(/^Keep Alive +7 s/m)]);
    const without = await anax(connCommand, [`mqtt://127.0.0.1:${port}`, '--profile', 'x', '--once']);
    expect([without.code, without.error]).toEqual([1, expect.stringContaining('Bad User Name or Password')]);
  });

  it('has user properties of CONNECT, not of the message', async () => {
    const { anax, has } = home();
    const [, , , port = ''] = await broker();
    has('x', `hostname: 127.0.0.1\nport: ${port}\nconn-user-properties:\n  - a=1\n`);
    const { out } = await anax(connCommand, ['--profile', 'x', '--once', '--explain']);
    expect(out).toMatch(/User Property +'a' = '1'|'a'.*'1'/);
    const { error } = await anax(pubCommand, ['--profile', 'x', '-t', 't', '-n', '--explain']);
    expect(error.slice(0, error.indexOf('CONNACK'))).toMatch(/'a'/);
    expect(error.slice(error.indexOf('CONNACK'))).not.toMatch(/'a'/);
  });
});

describe('a password', () => {
  const users = { users: [{ name: 'me', password: 'secret' }] };
  const typing =
    (keys: readonly string[]): World['keyboard'] =>
    (pressed) => {
      const timer = setImmediate(() => {
        for (const one of keys) pressed(one);
      });
      return () => clearImmediate(timer);
    };

  it.each<[string, readonly string[], World]>([
    ['the first line of a file', ['--password-file', 'f'], { files: { f: text('secret\r\nmore\n') } }],
    ['a variable of the environment', ['--password-env', 'PW'], { env: { PW: 'secret' } }],
    [
      'typed, with what was taken back',
      ['--password-prompt'],
      { keyboard: typing(['x\u0015se', 'crx\u007fe', 't\r']) },
    ],
  ])('is %s', async (_where, args, world) => {
    const { anax } = home();
    const all = [...(await broker(users)), '-u', 'me', '--once', ...args];
    const { code, error } = await anax(connCommand, all, world);
    expect(code).toBe(0);
    expect(error).toBe(args.includes('--password-prompt') ? 'Password of me: \n' : '');
  });

  it('of the call replaces where the profile says it is', async () => {
    const { anax, has } = home();
    const [, , , port = ''] = await broker(users);
    has('x', `hostname: 127.0.0.1\nport: ${port}\nusername: me\npassword-env: NOWHERE\n`);
    expect((await anax(connCommand, ['--profile', 'x', '--once', '-P', 'secret'])).code).toBe(0);
  });

  it.each<[string, readonly string[], World, string]>([
    [
      'a file that is not there',
      ['--password-file', 'f'],
      {},
      '--password-file f cannot be read: no such file',
    ],
    ['an empty file', ['--password-file', 'f'], { files: { f: text('\n') } }, 'its first line is empty'],
    ['no variable', ['--password-env', 'PW'], {}, 'there is no variable PW in the environment'],
    ['nobody at the terminal', ['--password-prompt'], {}, 'standard input is no terminal'],
    ['Ctrl-C', ['--password-prompt'], { keyboard: typing(['se\u0003']) }, 'no password was given'],
    [
      'two places',
      ['--password-env', 'PW', '-P', 'x'],
      { env: { PW: 'y' } },
      'give one of --password, --password-file',
    ],
  ])('that is not found is told, exit code 2: %s', async (_what, args, world, message) => {
    const { code, error } = await home().anax(connCommand, ['-u', 'me', ...args], world);
    expect([code, error]).toEqual([2, expect.stringContaining(message)]);
  });
});
