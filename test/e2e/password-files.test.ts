// Files that `anax passwd` makes, with the broker and the client as they are built: a password that is sent, and SCRAM, with
// re-authentication.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createBroker } from '@anax/broker';
import { connect } from '@anax/client';
import { scram } from '@anax/client/scram';
import { afterAll, beforeAll, expect, test } from 'vitest';

const ANAX = fileURLToPath(new URL('../../packages/cli/bin/anax.js', import.meta.url));
const file = join(mkdtempSync(join(tmpdir(), 'anax-passwd-')), 'users.txt');

/** Several processes have to start, on a machine that may be busy. */
const START_MS = 180_000;

function passwd(input: string, ...args: readonly string[]): string {
  return execFileSync(process.execPath, [ANAX, 'passwd', file, ...args], { input, encoding: 'utf8' });
}

let broker: ReturnType<typeof createBroker>;
const url = (): string => broker.listeners[0]?.url ?? '';

beforeAll(async () => {
  expect(passwd('secret\n', 'alice')).toBe(`added alice in ${file}, which is new\n`);
  passwd('secret\n', 'alice', '--scram', '--iterations', '4096');
  // As it is typed on another keyboard: SASLprep makes one of both.
  passwd('\u2168 p\u00e4ss\n', 'bob', '--scram', '--iterations', '4096');
  broker = createBroker({
    listeners: [{ port: 0 }],
    authentication: [
      { type: 'passwordFile', file },
      { type: 'scram', file },
    ],
  });
  await broker.start();
}, START_MS);
afterAll(() => broker.close());

test('a password that is sent', async () => {
  const client = await connect(url(), { userName: 'alice', password: 'secret' });
  await client.close();
  const refused = connect(url(), { userName: 'alice', password: 'secre' });
  await expect(refused).rejects.toMatchObject({ reasonCode: 0x86 });
  await expect(connect(url(), {})).rejects.toMatchObject({ reasonCode: 0x87 });
});

test('SCRAM, and again while messages go on', async () => {
  const client = await connect(url(), { authenticator: scram({ userName: 'alice', password: 'secret' }) });
  expect(client.negotiated.authenticationMethod).toBe('SCRAM-SHA-256');
  const sent = [];
  for (let round = 0; round < 3; round++) {
    for (let n = 0; n < 20; n++) sent.push(client.publish('a/b', String(n), { qos: 1 }));
    expect(await client.reauthenticate()).toMatchObject({ reasonCode: 0 });
  }
  expect(await Promise.all(sent)).toHaveLength(60);
  await client.close();
});

test('SCRAM with a password in other characters, and none with a wrong one, or as somebody else', async () => {
  const client = await connect(url(), {
    authenticator: scram({ userName: 'bob', password: 'IX pa\u0308ss' }),
  });
  await client.close();
  for (const [userName, password] of [
    ['bob', 'IX pass'],
    ['alice', 'IX p\u00e4ss'],
    ['nobody', 'secret'],
  ] as const) {
    const refused = connect(url(), { authenticator: scram({ userName, password }) });
    await expect(refused).rejects.toMatchObject({ reasonCode: 0x86 });
  }
});

test(
  'a broker is not started with a file that has a broken line, and says where',
  () => {
    const broken = `${file}.broken`;
    writeFileSync(broken, `${readFileSync(file, 'utf8')}carol:plain\n`);
    const config = `${file}.yaml`;
    writeFileSync(config, `authentication:\n  - type: passwordFile\n    file: users.txt.broken\n`);
    const run = (...args: readonly string[]): string => {
      try {
        return execFileSync(process.execPath, [ANAX, 'broker', '--config', config, ...args], {
          encoding: 'utf8',
        });
      } catch (error) {
        const { status, stderr } = error as { readonly status: number; readonly stderr: string };
        return `${status} ${stderr}`;
      }
    };
    for (const args of [['--check'], ['--port', '0', '--memory']]) {
      expect(run(...args)).toMatch(/^2 anax broker: .*users\.txt\.broken:4: there is no hash of a password/);
    }
  },
  START_MS,
);
