/** Owns the key `access`: what stands in the configuration, and the files that it names. None of it opens by being wrong. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { loadSettings } from '../../src/config/load.ts';

const folder = mkdtempSync(join(tmpdir(), 'anax-access-'));
afterAll(() => rmSync(folder, { recursive: true }));

function load(text: string, files: Readonly<Record<string, string>> = {}) {
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  const file = join(folder, 'anax.yaml');
  writeFileSync(file, text);
  return loadSettings({ file }).access;
}

function problem(text: string, files: Readonly<Record<string, string>> = {}): string {
  try {
    return JSON.stringify(load(text, files));
  } catch (error) {
    return (error as Error).message.replaceAll(`${folder}/`, '');
  }
}

describe('access', () => {
  test('left out is no rules at all', () => {
    expect(load('log: {}')).toBeUndefined();
  });

  test('has the rules of the configuration and of both files, and denies what none has a word for', () => {
    const access = load(
      `access:
  file: rules.yaml
  mosquittoFile: acl
  groups: [{ name: g, users: ann }]
  rules:
    - allow: publish
      topics: a
      who: { groups: g }
`,
      { 'rules.yaml': 'rules:\n  - deny: all\n    topics: b', acl: 'user bob\ntopic read c' },
    );
    expect(access?.otherwise).toBe('deny');
    const places = access?.rules.map(({ place }) => place.replace(`${folder}/`, ''));
    expect(places).toEqual(['access.rules[0]', 'rules.yaml:2', 'acl', 'acl:2']);
    expect(access?.rules[0]?.who).toEqual({ users: ['ann'] });
  });

  test.each(['{}', '{ rules: [] }', '{ default: deny }'])('%s is closed', (value) => {
    expect(load(`access: ${value}`)).toEqual({ rules: [], otherwise: 'deny' });
  });

  test('opens what is not denied only where that is said', () => {
    expect(load('access: { default: allow }')?.otherwise).toBe('allow');
  });

  test.each([
    ['access: { file: none.yaml }', 'none.yaml: there is no such file'],
    ['access: { mosquittoFile: none }', 'none: there is no such file'],
    ['access: { file: . }', ': it cannot be read (EISDIR)'],
    ['access: { file: empty }', 'empty:1: expected `rules:`, but the file is empty'],
    ['access: { mosquittoFile: empty }', 'empty:1: expected at least one `topic` or `pattern` line'],
    ['access: { file: broken }', 'broken:3: there is no key `rules[0].topic`'],
    ['access: { mosquittoFile: broken }', 'broken:1: expected `user`, `topic` or `pattern`, not "rules:"'],
    [
      'access:\n  rules:\n    - { allow: all, topics: "a#" }',
      'anax.yaml:3: `access.rules[0].topics` must be a topic filter',
    ],
    [
      'access:\n  rules:\n    - { allow: all, topics: a, who: { groups: g } }',
      'anax.yaml:3: `access.rules[0].who.groups` must',
    ],
    ['access: { default: open }', 'anax.yaml:1: `access.default` must be one of deny, allow'],
    ['access: yes', 'anax.yaml:1: `access` must be keys with values: file'],
    ['access: { __proto__: { default: allow } }', 'there is no key `access.__proto__`'],
    ['access:', 'anax.yaml:1: `access` must be keys with values: file'],
  ])('%j does not start', (text, sentence) => {
    const files = { empty: '', broken: 'rules:\n  - allow: all\n    topic: a' };
    expect(problem(text, files)).toContain(sentence);
  });
});
