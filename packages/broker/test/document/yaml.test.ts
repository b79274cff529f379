/** Owns where a value of a YAML document stands, and what a schema has at a path. */

import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { sentencesOf } from '../../src/document/sentences.ts';
import { dotted, keysAt, type Path, shapeAt } from '../../src/document/shape.ts';
import { parseYaml, type Yaml } from '../../src/document/yaml.ts';

function yaml(text: string): Yaml {
  const parsed = parseYaml(text, 'rules.yaml');
  if ('problem' in parsed) throw new Error(parsed.problem);
  return parsed;
}

describe('the place of a path', () => {
  const { place, value } = yaml('rules:\n  - allow: publish\n    topic: a\n  -\n    deny: subscribe\n');

  test.each<[Path, number]>([
    [[], 1],
    [['rules'], 1],
    [['rules', 0], 2],
    [['rules', 0, 'topic'], 3],
    [['rules', 1, 'deny'], 5],
    [['rules', 1, 'missing'], 5],
    [['elsewhere'], 1],
  ])('%j is on line %i', (path, line) => expect(place(path)).toBe(`rules.yaml:${line}`));

  test('and the values are plain', () => {
    expect(value).toEqual({ rules: [{ allow: 'publish', topic: 'a' }, { deny: 'subscribe' }] });
  });
});

test.each(['', '# only a comment\n', '---\n', '~\n'])('%j says nothing', (text) => {
  expect(yaml(text).value).toBeUndefined();
});

describe('what a schema has at a path', () => {
  const link = z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('file'), file: z.string().meta({ isPath: true }) }),
    z.strictObject({ type: z.literal('jwt'), keys: z.array(z.strictObject({ id: z.string() })).optional() }),
  ]);
  const schema = z.strictObject({
    chain: z.array(link).default([]),
    limits: z.strictObject({ max: z.number().default(1) }).prefault({}),
    refined: z.strictObject({ a: z.string() }).superRefine(() => undefined),
    turned: z.strictObject({ b: z.string() }).transform(({ b }) => b),
  });

  test.each<[Path, readonly string[]]>([
    [[], ['chain', 'limits', 'refined', 'turned']],
    [['limits'], ['max']],
    [['limits', 'max'], []],
    [['refined'], ['a']],
    [['turned'], ['b']],
    [
      ['chain', 0],
      ['type', 'file', 'keys'],
    ],
    [['chain', 3, 'keys', 0], ['id']],
    [['constructor'], []],
    [['limits', '__proto__'], []],
    [['chain', 'file'], []],
  ])('%j: the keys %j', (path, keys) => expect(keysAt(schema, path)).toEqual(keys));

  test('what names a file is marked', () => {
    expect(shapeAt(schema, ['chain', 0, 'file']).isPath).toBe(true);
    expect(shapeAt(schema, ['chain', 0, 'type']).isPath).toBe(false);
  });

  test('what is wrong with one of several shapes is said with its key and line', () => {
    const text = 'chain:\n  - type: file\n    file: users\n    colour: red\n  - type: jwt\n    keys: 5\n';
    const { value, place } = yaml(text);
    const issues = schema.partial().safeParse(value).error?.issues ?? [];
    expect(issues.flatMap((issue) => sentencesOf(issue, schema, place))).toEqual([
      'rules.yaml:4: there is no key `chain[0].colour`, expected one of type, file, keys',
      'rules.yaml:6: `chain[1].keys` must be a list',
    ]);
  });
});

test('a path as people read it', () => {
  expect(dotted(['listeners', 0, 'tls', 'key'])).toBe('listeners[0].tls.key');
});
