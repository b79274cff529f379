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

describe('what belongs together', () => {
  const wrong = (one: object): string => {
    try {
      loadSettings({ overrides: [{ path: ['listeners'], value: [one], source: 'test' }] });
    } catch (error) {
      return (error as Error).message;
    }
    return 'good';
  };
  const tls = { certFile: 'c', keyFile: 'k' };

  test.each([
    [{ protocol: 'tls', tls }, 'good'],
    [{ protocol: 'tls', tls: { ...tls, minVersion: 1.3 } }, 'good'],
    [{ protocol: 'wss', tls: { pskFile: 'p' } }, 'good'],
    [
      {
        protocol: 'tls',
        tls: { ...tls, clientCertificate: 'required', caFile: 'a', crlFile: 'r', userNameFrom: 'commonName' },
      },
      'good',
    ],
    [{ protocol: 'unix', file: 's', mode: '0660', owner: 'anax', group: '5' }, 'good'],
    [{ proxyProtocol: { from: ['10.0.0.0/8', '::1'] } }, 'good'],
    [{ protocol: 'tls' }, '`listeners[0].tls` must be keys with values where `protocol` is tls or wss'],
    [{ tls }, '`listeners[0].tls` must be left out where `protocol` is not tls or wss'],
    [
      { protocol: 'tls', tls: {} },
      '`listeners[0].tls.certFile` must be the name of a file, unless there is a `pskFile`',
    ],
    [{ protocol: 'tls', tls: { certFile: 'c' } }, '`listeners[0].tls.keyFile` must be the name of a file'],
    [
      { protocol: 'tls', tls: { keyFile: 'k', pskFile: 'p' } },
      '`listeners[0].tls.keyFile` must be left out where there is no `certFile`',
    ],
    [
      { protocol: 'tls', tls: { ...tls, clientCertificate: 'required' } },
      '`listeners[0].tls.caFile` must be the name of a file where clients show a certificate',
    ],
    [
      { protocol: 'tls', tls: { ...tls, caFile: 'a' } },
      '`listeners[0].tls.caFile` must be left out where `clientCertificate` is none',
    ],
    [
      { protocol: 'tls', tls: { ...tls, clientCertificate: 'optional', caFile: 'a', pskFile: 'p' } },
      '`listeners[0].tls.pskFile` must be left out where clients show a certificate',
    ],
    [
      { protocol: 'tls', tls: { ...tls, minVersion: '1.1' } },
      '`listeners[0].tls.minVersion` must be one of 1.2, 1.3',
    ],
    [{ protocol: 'unix' }, '`listeners[0].file` must be the name of a file'],
    [
      { protocol: 'unix', file: 's', port: 5 },
      '`listeners[0].port` must be left out where `protocol` is not tcp or tls or ws or wss',
    ],
    [
      { protocol: 'unix', file: 's', mode: 432 },
      '`listeners[0].mode` must be permissions of a file in quotes, such as "0660"',
    ],
    [
      { protocol: 'unix', file: 's', mode: '0888' },
      '`listeners[0].mode` must be permissions of a file in quotes, such as "0660"',
    ],
    [{ file: 's' }, '`listeners[0].file` must be left out where `protocol` is not unix'],
    [
      { forwardedFor: ['::1'] },
      '`listeners[0].forwardedFor` must be left out where `protocol` is not ws or wss',
    ],
    [{ proxyProtocol: { from: [] } }, '`listeners[0].proxyProtocol.from` must be at least one address'],
    [
      { proxyProtocol: { from: ['everybody'] } },
      '`listeners[0].proxyProtocol.from[0]` must be an IP address, or a range such as 10.0.0.0/8',
    ],
    [
      { proxyProtocol: { from: ['::1'], others: 'trust' } },
      '`listeners[0].proxyProtocol.others` must be one of refuse, serve',
    ],
  ])('%j: %s', (one, expected) => {
    expect(wrong(one)).toBe(expected === 'good' ? 'good' : `test: ${expected}`);
  });

  test('files are relative to the configuration', () => {
    const file = fileOf(
      'listeners:\n- { protocol: tls, tls: { certFile: c.pem, keyFile: k.pem } }\n- { protocol: unix, file: s }\n',
    );
    const [secure, unix] = loadSettings({ file }).listeners;
    expect(secure?.options).toMatchObject({
      port: 8883,
      tls: { certificates: [{ certFile: expect.stringMatching(/^\/.+\/c\.pem$/) }] },
    });
    expect(unix?.options).toMatchObject({ path: expect.stringMatching(/^\/.+\/s$/), mode: 0o600 });
  });
});
