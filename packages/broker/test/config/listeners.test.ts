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
  const tcp = { name: 'tcp', protocol: 'tcp', host: '127.0.0.1', port: 1883 };

  test('stand behind those that are there, on the host of the first', () => {
    const file = fileOf('listeners: [{ host: 127.0.0.2, port: 2 }]\n');
    const { listeners } = loadSettings({ file, moreListeners: [ws] });
    expect(listeners.map(({ options }) => options)).toEqual([
      { name: 'tcp', protocol: 'tcp', host: '127.0.0.2', port: 2 },
      { name: 'ws', protocol: 'ws', host: '127.0.0.2', port: 0, path: '/mqtt', origins: [] },
    ]);
  });

  test('leave the default where there is none', () => {
    const { listeners } = loadSettings({ moreListeners: [ws] });
    expect(listeners.map(({ options }) => options)).toMatchObject([
      tcp,
      { protocol: 'ws', host: '127.0.0.1' },
    ]);
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

describe('a listener', () => {
  const listenersOf = (yaml: string) => loadSettings({ file: fileOf(`listeners:\n${yaml}\n`) }).listeners;

  test('has a name that no other has, or gets one', () => {
    const names = listenersOf('- {}\n- {}\n- { name: tcp }\n- { protocol: ws }\n- { name: inside }');
    expect(names.map(({ options }) => options.name)).toEqual(['tcp-2', 'tcp-3', 'tcp', 'ws', 'inside']);
    expect(() => listenersOf('- { name: a }\n- { name: b }\n- { name: a }')).toThrow(
      /:4: `listeners\[2\]\.name` must be a name that no other listener has$/,
    );
  });

  test('speaks every version unless it says which, and YAML may read one as a number', () => {
    expect(
      listenersOf('- {}\n- { dialects: [3.1.1, 5.0] }\n- { dialects: ["5"] }').map((one) => one.dialects),
    ).toEqual([['3.1', '3.1.1', '5.0'], ['3.1.1', '5.0'], ['5.0']]);
    for (const wrong of ['[6]', '[]', '[one]']) {
      expect(() => listenersOf(`- { dialects: ${wrong} }`)).toThrow(/`listeners\[0\]\.dialects/);
    }
  });

  test('has no limit of its own unless it says one', () => {
    expect(listenersOf('- {}\n- { connectionsMax: 5 }').map(({ guestsMax }) => guestsMax)).toEqual([
      Infinity,
      5,
    ]);
    expect(() => listenersOf('- { connectionsMax: 0 }')).toThrow('`listeners[0].connectionsMax`');
  });
});
