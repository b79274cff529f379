/** Owns which listeners stand in the settings when some are added to those of a file. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { loadSettings } from '../../src/config/load.ts';

const folder = mkdtempSync(join(tmpdir(), 'anax-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

function fileOf(yaml: string): string {
  const name = join(folder, 'anax.yaml');
  writeFileSync(name, yaml);
  return name;
}

describe('listeners that are added', () => {
  const ws = { value: { protocol: 'ws', port: '0' }, source: '--ws' };
  const tcp = { protocol: 'tcp', host: '127.0.0.1', port: 1883 };

  test('stand behind those that are there, on the host of the first', () => {
    const file = fileOf('listeners: [{ host: 127.0.0.2, port: 2 }]\n');
    const { listeners } = loadSettings({ file, moreListeners: [ws] });
    expect(listeners).toEqual([
      { protocol: 'tcp', host: '127.0.0.2', port: 2 },
      { protocol: 'ws', host: '127.0.0.2', port: 0, path: '/mqtt', origins: [] },
    ]);
  });

  test('leave the default where there is none', () => {
    const { listeners } = loadSettings({ moreListeners: [ws] });
    expect(listeners).toMatchObject([tcp, { protocol: 'ws', host: '127.0.0.1' }]);
  });

  test('are named by where they come from', () => {
    const wrongOne = { ...ws, value: { ...ws.value, port: 'many' } };
    expect(() => loadSettings({ moreListeners: [wrongOne] })).toThrow(
      '--ws: `listeners[1].port` must be a whole number from 0 to 65535',
    );
    const file = fileOf('listeners: 5\n');
    expect(() => loadSettings({ file, moreListeners: [ws] })).toThrow('must be a list');
  });
});
