/** Owns what is found wrong with settings before a broker starts with them: all of it, with the place that names it. */

import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { checkSettings, loadSettings } from '../src/index.ts';
import { Authority, Folder, LOCAL_NAMES } from './listeners/x509.ts';

const folder = new Folder();
afterAll(() => folder.remove());
const authority = new Authority();
const [server, other] = ['server', 'other'].map((name) =>
  folder.pair(name, authority.issue({ commonNames: [name], names: LOCAL_NAMES })),
) as [ReturnType<Folder['pair']>, ReturnType<Folder['pair']>];

const at = folder.file('anax.yaml', '').replace(/anax\.yaml$/, '');

async function found(yaml: string) {
  const file = folder.file('anax.yaml', yaml);
  const { problems, warnings } = await checkSettings(loadSettings({ file }));
  const plain = (lines: readonly string[]) => lines.map((line) => line.replaceAll(at, ''));
  return { problems: plain(problems), warnings: plain(warnings) };
}

const GOOD =
  '$7$101$lq3FdSaKFPTaMOeT$KJ95zQqH2F7IY/tvEaD+tyvs7/v04zgD6XerWViBKUkGLg3NCN6tKZSYXcXPPufesEEJnk3Y92gH1ijkFcsxFQ==';

test('settings that are good are good', async () => {
  folder.file('users', `ann:${GOOD}\n`);
  chmodSync(join(at, 'users'), 0o600);
  const yaml = `listeners:
  - { port: 0 }
  - { protocol: tls, port: 0, tls: { certFile: ${server.certFile}, keyFile: ${server.keyFile} } }
authentication:
  - { type: passwordFile, file: users }
store: { directory: made/later }
`;
  expect(await found(yaml)).toEqual({ problems: [], warnings: [] });
});

test('all that is wrong is said, with the lines that name the files', async () => {
  folder.file('broken', 'ann:nothing\nbob\n');
  mkdirSync(join(at, 'store'), { recursive: true });
  chmodSync(join(at, 'store'), 0o755);
  const { problems, warnings } = await found(`listeners:
  - { host: 192.0.2.77 }
  - { host: 127.0.0.1, port: 1884 }
  - { host: 127.0.0.1, port: 1884 }
  - protocol: tls
    tls:
      certFile: ${server.certFile}
      keyFile: ${other.keyFile}
  - { protocol: unix, file: nowhere/socket }
authentication:
  - { type: passwordFile, file: missing }
  - { type: passwordFile, file: broken }
store: { directory: store }
`);
  expect(problems).toEqual([
    expect.stringMatching(/^missing: .* \(`authentication\[0\]\.file`, anax\.yaml:11\)$/),
    expect.stringMatching(/^broken:1: .* \(`authentication\[1\]\.file`, anax\.yaml:12\)$/),
    expect.stringMatching(/^broken:2: .* \(`authentication\[1\]\.file`, anax\.yaml:12\)$/),
    'other.key: expected the key of the certificate in server.pem, it is of another one (`listeners[3].tls.keyFile`, anax.yaml:8)',
    'listeners[2] is on 127.0.0.1:1884, as listeners[1] is',
    'this machine has no address 192.0.2.77, on which is to be listened',
    'there is no folder nowhere, in which is to be listened',
  ]);
  expect(warnings).toEqual([expect.stringMatching(/^store is open to other users of this machine: /)]);
});

describe('the store', () => {
  test('is a folder', async () => {
    folder.file('plain', '');
    expect((await found('store: { directory: plain/store }\n')).problems).toEqual([
      'plain is no folder, and the store is to be in plain/store',
    ]);
  });
});

test('a name of a listener that nobody knows', async () => {
  expect((await found('listeners: [{ host: no-such-host.invalid }]\n')).problems).toEqual([
    'there is no address of the name no-such-host.invalid, on which is to be listened',
  ]);
});
