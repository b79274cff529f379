/** Owns what `anax access check` answers, and why. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { accessCheckCommand } from '../src/access/check.ts';
import { run } from './support.ts';

const folder = mkdtempSync(join(tmpdir(), 'anax-access-cli-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = join(folder, 'anax.yaml');
writeFileSync(file, 'access: { file: rules.yaml }\n');
writeFileSync(
  join(folder, 'rules.yaml'),
  `rules:
  - allow: all
    topics: own/\${clientid}/#
  - { allow: publish, topics: 'low/#', qosMax: 0, retain: false, who: { users: ann, addresses: 10.0.0.0/8 } }
  - deny: subscribe
    topics: own/+/secret
`,
);

const check = async (...words: string[]) => {
  const { code, out, error } = await run(accessCheckCommand, [
    '--config',
    file,
    '--client-id',
    'c',
    ...words,
  ]);
  return [code, (out + error).replaceAll(`${folder}/`, '')];
};

describe('anax access check', () => {
  it.each([
    [['--publish', 'own/c/x'], 0, 'yes: allowed by rules.yaml:2\n'],
    [['--publish', 'own/d/x'], 1, 'no: no rule has a word, and `access.default` is deny\n'],
    [['--publish', '$SYS/x'], 1, 'no: only the server publishes to $SYS\n'],
    [['--subscribe', 'own/c/#'], 0, 'yes: allowed by rules.yaml:2\n'],
    [['--subscribe', '$share/g/own/c/#'], 0, 'yes: allowed by rules.yaml:2\n'],
    [['--subscribe', 'own/c/secret'], 1, 'no: denied by rules.yaml:5\n'],
    [['--receive', 'own/c/secret'], 1, 'no: denied by rules.yaml:5\n'],
    [['--user', 'ann', '--address', '10.0.0.1', '--publish', 'low/a'], 0, 'yes: allowed by rules.yaml:4\n'],
    [['--user', 'ann', '--publish', 'low/a'], 1, 'no: no rule has a word, and `access.default` is deny\n'],
  ])('%j', async (words, code, text) => {
    expect(await check(...words)).toEqual([code, text]);
  });

  it.each([['--qos', '1'], ['--retain']])('asks with %j', async (...words) => {
    const who = ['--user', 'ann', '--address', '10.0.0.1', '--publish', 'low/a'];
    expect(await check(...who, ...words)).toEqual([
      1,
      'no: no rule has a word, and `access.default` is deny\n',
    ]);
  });

  it('without rules says so', async () => {
    const open = join(folder, 'open.yaml');
    writeFileSync(open, 'log: {}\n');
    expect(await check('--config', open, '--publish', 'a')).toEqual([
      0,
      'yes: the configuration has no rules\n',
    ]);
    expect(await check('--config', open, '--publish', '$SYS/a')).toEqual([
      1,
      'no: only the server publishes to $SYS\n',
    ]);
  });

  it.each([
    [[], 'one of --publish, --subscribe and --receive is needed'],
    [['--publish', 'a', '--receive', 'a'], 'one of --publish, --subscribe and --receive is needed'],
    [['--publish', 'a/#'], '"a/#" is no topic name'],
    [['--subscribe', 'a#'], '"a#" is no topic filter'],
    [['--config', join(folder, 'none.yaml'), '--publish', 'a'], 'none.yaml: there is no such file'],
  ])('refuses %j', async (words, sentence) => {
    const [code, text] = await check(...words);
    expect(code).toBe(2);
    expect(text).toContain(sentence);
  });
});
