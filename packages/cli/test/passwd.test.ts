/** Owns `anax passwd`: which lines it makes, which it leaves alone, what it says, and that no password shows. */

import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { passwdCommand } from '../src/passwd.ts';
import type { Edges } from '../src/world/edges.ts';
import { type Outcome, run, text } from './support.ts';

/** Made by mosquitto_passwd for the password `secret`. */
const MOSQUITTO =
  '$7$101$Tzqe3RL/uD1bDRKM$VU03MAcbekB0OJhHnnhnNFgZs8RfQFo7y6NnB/IXq0pr+DHEjv10c9JWjmda1pehZBYjG6bE7WNDA9fK1QjzVw==';
const OLD =
  '$6$u56RBMGx5NEVLXVU$oYYw1jOi+sWuuFlg03WP+HNesc3i39blSnusTsRl6x+bE0Q+gwq5QRkyRAHB7Medy1Hwo5fsuIHR4kDgrqGkgw==';
const SCRYPT = /^alice:\$scrypt\$ln=14,r=8,p=1\$[^$]+\$[^$]+$/m;

interface Place {
  readonly file: string;
  readonly has: (content: string) => void;
  readonly content: () => string;
  /** With a password on standard input. */
  readonly passwd: (password: string, ...args: readonly string[]) => Promise<Outcome>;
}

function place(): Place {
  const folder = mkdtempSync(join(tmpdir(), 'anax-passwd-'));
  const file = join(folder, 'users');
  return {
    file,
    has: (content) => writeFileSync(file, content),
    content: () => readFileSync(file, 'utf8'),
    passwd: (password, ...args) => run(passwdCommand, [file, ...args], { standardInput: text(password) }),
  };
}

/** Somebody who types these answers, a line for each question. */
function typing(...answers: readonly string[]): Edges['keyboard'] {
  const left = [...answers];
  return (pressed) => {
    const answer = left.shift();
    queueMicrotask(() => pressed(answer === undefined ? '\u0003' : `${answer}\r`));
    return () => undefined;
  };
}

describe('passwd', () => {
  it('adds a user to a file that it makes, for its owner only, and says so', async () => {
    const { passwd, content, file } = place();
    const { code, out, error } = await passwd('secret\n', 'alice');
    expect([code, out, error]).toEqual([0, `added alice in ${file}, which is new\n`, '']);
    expect(content()).toMatch(SCRYPT);
    expect(content()).not.toContain('secret');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(file, '..'))).toEqual(['users']);
  });

  it('changes one line and leaves all others as they are, comments too', async () => {
    const { passwd, content, has } = place();
    const others = [`# ours`, `bob:${MOSQUITTO}`, '', `old:${OLD}`] as const;
    has(`${others[0]}\n${others[1]}\nalice:${MOSQUITTO}\n${others[2]}\n${others[3]}\n`);
    const { out } = await passwd('new', 'alice');
    expect(out).toMatch(/^changed alice in /);
    const lines = content().split('\n');
    expect([lines[0], lines[1], lines[3], lines[4], lines[5]]).toEqual([...others, '']);
    expect(lines[2]).toMatch(SCRYPT);
  });

  it('asks twice for a password that it does not show', async () => {
    const { file } = place();
    const keyboard = typing('secret', 'secret');
    const { code, out, error } = await run(passwdCommand, [file, 'alice'], { keyboard });
    expect([code, error]).toEqual([0, 'Password of alice: \nAgain: \n']);
    expect(out).toMatch(/^added alice/);
    const again = await run(passwdCommand, [file, 'alice'], { keyboard: typing('one', 'two') });
    expect([again.code, again.error]).toEqual([
      2,
      expect.stringContaining('these are two passwords; nothing'),
    ]);
    const checked = await run(passwdCommand, [file, 'alice', '--check'], { keyboard: typing('secret') });
    expect([checked.code, checked.out]).toEqual([0, 'the password of alice is right\n']);
  });

  it('takes a password from the command line only with a warning', async () => {
    const { file } = place();
    const { code, error } = await run(passwdCommand, [file, 'alice', '--password', 'secret']);
    expect([code, error]).toEqual([0, expect.stringContaining('--password shows the password')]);
    expect(error).not.toContain('secret');
  });

  it.each([
    ['a hash of ours', undefined],
    ['$7$ of mosquitto', MOSQUITTO],
    ['$6$ of mosquitto', OLD],
  ])('checks a password and changes nothing: %s', async (_, hash) => {
    const { passwd, content, has } = place();
    if (hash === undefined) await passwd('secret', 'alice');
    else has(`alice:${hash}\n`);
    const before = content();
    expect((await passwd('secret', 'alice', '--check')).code).toBe(0);
    const { code, error } = await passwd('Secret', 'alice', '--check');
    expect([code, error]).toEqual([1, expect.stringContaining('wrong, or there is no such user')]);
    expect((await passwd('secret', 'bob', '--check')).error).toBe(error.replace('alice', 'bob'));
    expect(content()).toBe(before);
  });

  it('removes a user, and says where there is none', async () => {
    const { passwd, content, has } = place();
    has(`bob:${MOSQUITTO}\nalice:${MOSQUITTO}\n`);
    const gone = await passwd('', 'alice', '--remove');
    expect([gone.code, gone.out, content()]).toEqual([
      0,
      expect.stringMatching(/^removed alice/),
      `bob:${MOSQUITTO}\n`,
    ]);
    const { code, error } = await passwd('', 'alice', '--remove');
    expect([code, error]).toEqual([1, expect.stringContaining('there is no alice in ')]);
    expect((await passwd('', 'bob', '--remove')).error).toContain('no user is left in it');
  });

  it('lists who is there, and how weak a hash is, and shows none', async () => {
    const { passwd, has, content } = place();
    await passwd('secret', 'alice');
    await passwd('secret', 'alice', '--scram', '--iterations', '4096');
    has(`${content()}bob:${MOSQUITTO}\nold:${OLD}\n`);
    const { code, out } = await passwd('', '--list');
    expect([code, out.split('\n')]).toEqual([
      0,
      [
        'alice  scrypt',
        'alice  SCRAM-SHA-256, 4096 iterations',
        'bob    $7$ of mosquitto: 101 rounds only, set the password again',
        'old    $6$ of mosquitto: one round only, set the password again',
        '',
      ],
    ]);
    const [first = ''] = (await passwd('', '--list', '--json')).out.split('\n');
    expect(JSON.parse(first)).toEqual({ name: 'alice', kind: 'scrypt' });
  });

  it('says that the broker does not load what it cannot understand, on --list and when it has changed a line', async () => {
    const { passwd, has, file } = place();
    has('bob:$argon2id$v=19$x$y\n');
    const { code, out } = await passwd('', '--list');
    expect([code, out]).toEqual([
      2,
      'bob  not understood: a hash of the kind argon2id cannot be checked here\n',
    ]);
    const { error } = await passwd('secret', 'alice');
    expect(error).toContain(`${file}:1: a hash of the kind argon2id cannot be checked here`);
    expect(error).toContain('the broker does not load this file before that is mended');
  });

  it('makes a line for SCRAM beside that for a password, and each is removed by itself', async () => {
    const { passwd, content } = place();
    await passwd('secret', 'alice');
    const { out } = await passwd('secret', 'alice', '--scram');
    expect(out).toMatch(/^added alice for SCRAM-SHA-256 in /);
    expect(content().split('\n')).toEqual([
      expect.stringMatching(SCRYPT),
      expect.stringMatching(/^alice:\$scram-sha-256\$i=20000\$[^$]+\$[^$]+\$[^$]+$/),
      '',
    ]);
    expect((await passwd('secret', 'alice', '--scram', '--check')).code).toBe(0);
    expect((await passwd('secre', 'alice', '--scram', '--check')).code).toBe(1);
    await passwd('', 'alice', '--scram', '--remove');
    expect(content()).toMatch(/^alice:\$scrypt\$[^\n]*\n$/);
  });

  it('removes a user with all lines', async () => {
    const { passwd, content } = place();
    await passwd('secret', 'alice');
    await passwd('secret', 'alice', '--scram');
    await passwd('', 'alice', '--remove');
    expect(content()).toBe('');
  });

  it.each<[string, string, readonly string[], string]>([
    ['no name', 'x', [], 'the name of a user is missing'],
    ['a name with a colon', 'x', ['a:b'], 'a user name has no colon'],
    ['a name that is a comment', 'x', ['#a'], 'a user name does not'],
    ['a name with a line end', 'x', ['a\nb'], 'no control character'],
    ['an empty name', 'x', [''], 'a user name is not empty'],
    ['an empty password', '\n', ['alice'], 'the password is empty'],
    ['two lines', 'one\ntwo\n', ['alice'], 'standard input has more than one line'],
    ['two things at once', 'x', ['alice', '--list', '--remove'], 'give one of --remove, --list and --check'],
    ['a name with --list', 'x', ['alice', '--list'], 'there is no such file|--list takes no name'],
    ['--json without --list', 'x', ['alice', '--json'], '--json goes with --list'],
    [
      '--iterations without --scram',
      'x',
      ['alice', '--iterations', '9999'],
      '--iterations goes with --scram',
    ],
    ['few iterations', 'x', ['alice', '--scram', '--iterations', '1'], 'from 4096 to 1000000, not 1'],
    ['a name that SCRAM writes otherwise', 'x', ['\u2168', '--scram'], 'SCRAM knows this user as IX'],
    ['a missing file', 'x', ['alice', '--check'], 'there is no such file'],
  ])('refuses with exit code 2 and makes no file: %s', async (_, password, args, sentence) => {
    const { passwd, file } = place();
    const { code, error, out } = await passwd(password, ...args);
    expect([code, out, error]).toEqual([2, '', expect.stringMatching(sentence)]);
    expect(() => statSync(file)).toThrow();
  });

  it('refuses where nobody can type and nothing is read, and where the file cannot be written', async () => {
    const { file } = place();
    const silent = await run(passwdCommand, [file, 'alice']);
    expect([silent.code, silent.error]).toEqual([
      2,
      expect.stringContaining('standard input is no terminal'),
    ]);
    const { code, error } = await run(passwdCommand, [join(file, 'below'), 'alice', '--password', 'x']);
    expect([code, error]).toEqual([2, expect.stringContaining('cannot be written')]);
  });
});
