// Password files of mosquitto: made by mosquitto_passwd, taken by our broker as they are, and changed by `anax passwd` without
// harm to what mosquitto reads.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { startBroker, type TestBroker } from './support/broker.ts';
import { FOREIGN, fresh } from './support/foreign.ts';
import { ANAX, program } from './support/programs.ts';

const file = join(mkdtempSync(join(tmpdir(), 'anax-interop-')), 'passwords');

function mosquittoPasswd(...args: readonly string[]): void {
  execFileSync(program('mosquitto_passwd'), args, { stdio: 'pipe' });
}

let broker: TestBroker;
beforeAll(async () => {
  mosquittoPasswd('-b', '-c', file, 'ada', 'right');
  mosquittoPasswd('-H', 'sha512', '-b', file, 'old', 'pässwörd');
  const before = readFileSync(file, 'utf8');
  expect(before).toMatch(/^ada:\$7\$.*\nold:\$6\$/);
  execFileSync(process.execPath, [ANAX, 'passwd', file, 'new'], { input: 'ours' });
  expect(readFileSync(file, 'utf8').startsWith(before)).toBe(true);
  broker = await startBroker({ authentication: [{ type: 'passwordFile', file }] });
});

describe.each(FOREIGN)('a password file of mosquitto - $name', ({ version, connect }) => {
  test.each([
    ['$7$', 'ada', 'right'],
    ['$6$', 'old', 'pässwörd'],
    ['scrypt, beside them', 'new', 'ours'],
  ])('lets in whom it knows: %s', async (_, userName, password) => {
    const { connack, disconnect } = await connect({
      port: broker.port,
      clientId: fresh('in'),
      userName,
      password,
    });
    expect(connack.code).toBe(0);
    await disconnect();
  });

  test.each([
    ['a wrong password', { userName: 'ada', password: 'wrong' }],
    ['the password of another', { userName: 'old', password: 'right' }],
    ['an unknown name', { userName: 'eve', password: 'right' }],
  ])('keeps out %s', async (_, login) => {
    const client = await connect({ port: broker.port, clientId: fresh('out'), ...login });
    expect(client.connack.code).toBe(version === '5.0' ? 0x86 : 4);
    await client.closed;
    await client.kill();
  });
});
