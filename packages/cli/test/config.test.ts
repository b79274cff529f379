/** Owns what `anax config init` and `anax config schema` write, and what they leave alone. */

import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSettings } from '@anax/broker';
import { describe, expect, it, onTestFinished } from 'vitest';
import { configInitCommand } from '../src/config/init.ts';
import { configSchemaCommand } from '../src/config/schema.ts';
import { run } from './support.ts';

function place(): string {
  const directory = mkdtempSync(join(tmpdir(), 'anax-config-cli-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

describe('anax config init', () => {
  it('writes a file that says what holds anyway, for its owner only', async () => {
    const file = join(place(), 'anax.yaml');
    const { code, error } = await run(configInitCommand, ['--output', file]);
    expect([code, error]).toEqual([0, '']);
    expect(loadSettings({ file }).limits).toEqual(loadSettings({}).limits);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('never replaces one', async () => {
    const file = join(place(), 'anax.yaml');
    writeFileSync(file, 'anonymous: never\n');
    const { code, error } = await run(configInitCommand, ['--output', file]);
    expect([code, error]).toEqual([2, `anax config init: ${file} is there already, and is not replaced\n`]);
    expect(readFileSync(file, 'utf8')).toBe('anonymous: never\n');
  });

  it('says why it cannot write', async () => {
    const file = join(place(), 'none', 'anax.yaml');
    const { code, error } = await run(configInitCommand, ['--output', file]);
    expect(code).toBe(2);
    expect(error).toContain(`${file} cannot be written: ENOENT`);
  });

  it('prints', async () => {
    const { code, out } = await run(configInitCommand, ['-o', '-']);
    expect(code).toBe(0);
    expect(out).toMatch(/^## The configuration of `anax broker`/);
  });
});

describe('anax config schema', () => {
  it('prints JSON Schema', async () => {
    const { code, out, error } = await run(configSchemaCommand, []);
    expect([code, error]).toEqual([0, '']);
    expect(JSON.parse(out)).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      additionalProperties: false,
      properties: { anonymous: { enum: ['always', 'never', 'loopback'], default: 'loopback' } },
    });
  });
});
