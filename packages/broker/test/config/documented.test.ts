/** Owns what people and editors are told of the keys: descriptions, JSON Schema, the commented file. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { environmentVariables } from '../../src/config/environment.ts';
import { configJsonSchema } from '../../src/config/json-schema.ts';
import { loadSettings } from '../../src/config/load.ts';
import { configSchema } from '../../src/config/schema.ts';
import { configTemplate } from '../../src/config/template.ts';
import { kindOf, writtenDefault } from '../../src/config/written.ts';
import { dotted, type Path, shapeOf } from '../../src/document/shape.ts';

const folder = mkdtempSync(join(tmpdir(), 'anax-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

const document = readFileSync(new URL('../../../../docs/configuration.md', import.meta.url), 'utf8');

interface Key {
  readonly name: string;
  readonly path: Path;
  readonly schema: { readonly description?: string; readonly safeParse: (value: unknown) => unknown };
}

/** Every key that is a value or a list, those of the elements of lists included. */
function keysOf(schema: unknown, path: Path): readonly Key[] {
  const { keys, element } = shapeOf(schema);
  if (keys !== undefined) return Object.entries(keys).flatMap(([key, one]) => keysOf(one, [...path, key]));
  const own = [{ name: dotted(path), path, schema: schema as Key['schema'] }];
  return element === undefined || shapeOf(element).keys === undefined
    ? own
    : [...own, ...keysOf(element, [...path, 0])];
}

const all = keysOf(configSchema, []).map((key) => [key.name, key] as const);

describe('every key', () => {
  test.each(all)('%s is described', (_, { schema }) => {
    expect(schema.description).toMatch(/\w+/);
  });

  test.each(all.filter(([name]) => !name.includes('[')))('%s has its row in the document', (name, key) => {
    const row = document.split('\n').find((line) => line.startsWith(`| \`${name}\` `));
    expect(row, `| \`${name}\` | ... | ... | ${key.schema.description} |`).toContain(key.schema.description);
  });

  test.each(all)('%s: its default can be written, and comes out the same', (_, { schema }) => {
    const value = writtenDefault(schema);
    if (value === undefined) return;
    expect(schema.safeParse(value)).toEqual(schema.safeParse(undefined));
  });

  test('of a wide value says what it is', () => {
    expect(kindOf(configSchema.shape.receiveMaximum)).toEqual({ is: 'whole', least: 1, most: 65_535 });
    expect(kindOf(configSchema.shape.log)).toBeUndefined();
  });
});

describe('the commented file', () => {
  const template = configTemplate();
  const settings = (text: string) => {
    const file = join(folder, 'anax.yaml');
    writeFileSync(file, text);
    return { ...loadSettings({ file }), origin: undefined };
  };

  test('as it is, sets what holds anyway', () => {
    expect(settings(template)).toEqual({ ...loadSettings({}), origin: undefined });
  });

  test('with the mark of every line taken away, too', () => {
    const uncommented = template.replaceAll(/^#/gm, '');
    expect(uncommented).toContain('\nreceiveMaximum: 1024\n');
    expect(settings(uncommented)).toEqual({ ...loadSettings({}), origin: undefined });
  });

  test('changes what is set in it', () => {
    const changed = template.replace('#receiveMaximum: 1024', 'receiveMaximum: 7');
    expect(settings(changed).limits.receiveMaximum).toBe(7);
  });

  test('has every key', () => {
    for (const [name, { path }] of all) {
      expect(template, name).toMatch(new RegExp(`^#{0,2} *(- )?${path.at(-1)}:`, 'm'));
    }
    expect(environmentVariables().size).toBeGreaterThan(30);
  });

  test('has lines that fit on a screen', () => {
    for (const line of template.split('\n')) expect(line.length, line).toBeLessThan(130);
  });
});

describe('the JSON Schema', () => {
  const schema = configJsonSchema();
  const at = (...path: string[]) =>
    path.reduce<Record<string, unknown>>((one, key) => one[key] as Record<string, unknown>, schema);

  test('says what is written, not what comes out of it', () => {
    expect(at('properties', 'connectTimeout')['default']).toBe('10s');
    expect(at('properties', 'session', 'properties', 'expiryMax')['default']).toBe('never');
    expect(at('properties', 'packet', 'properties', 'maximumSize')['default']).toBe('16 MiB');
    expect(at('properties', 'receiveMaximum')).toEqual({
      description: configSchema.shape.receiveMaximum.description,
      type: 'integer',
      minimum: 1,
      maximum: 65_535,
      default: 1024,
    });
  });

  test('refuses keys that there are not, at every depth', () => {
    expect(schema['additionalProperties']).toBe(false);
    expect(at('properties', 'listeners', 'items')['additionalProperties']).toBe(false);
  });

  test('has no mark of ours', () => {
    expect(JSON.stringify(schema)).not.toMatch(/"(kind|isPath)":/);
  });
});
