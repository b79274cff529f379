// Listeners that options of `anax broker` add: what the greeting prints is what our client connects to.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { connect } from '@anax/client';
import { afterAll, expect, test } from 'vitest';
import { Authority, Folder, LOCAL_NAMES } from '../../packages/broker/test/listeners/x509.ts';

const anax = fileURLToPath(new URL('../../packages/cli/bin/anax.js', import.meta.url));
const folder = new Folder();
const authority = new Authority();
const { certFile, keyFile } = folder.pair('server', authority.issue({ names: LOCAL_NAMES }));
const caFile = folder.file('ca.pem', authority.cert);
const children: ChildProcess[] = [];
afterAll(async () => {
  for (const child of children) {
    if (child.exitCode === null && child.kill()) await once(child, 'exit');
  }
  folder.remove();
});

/** Starts a broker; resolves with its output once that matches, or it has ended. */
function broker(args: readonly string[], until: RegExp): Promise<string> {
  const all = ['broker', '--memory', '--port', '0', '--log-level', 'silent', ...args];
  const child = spawn(process.execPath, [anax, ...all], {
    cwd: folder.path,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  let text = '';
  return new Promise((resolve) => {
    const read = (chunk: Buffer): void => {
      text += String(chunk);
      if (until.test(text)) resolve(text);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.on('close', () => resolve(text));
  });
}

const urlsIn = (text: string): readonly string[] =>
  [...text.matchAll(/listening on (\S+)/g)].map(([, url]) => url ?? '');

test('--tls, --wss and --unix listen, with one certificate, and our client connects to what is printed', async () => {
  const socket = join(folder.path, 'anax.sock');
  const files = ['--tls-cert', certFile, '--tls-key', keyFile];
  const text = await broker(['--tls', '0', '--wss', '0', '--unix', socket, ...files], /Ctrl-C/);
  const urls = urlsIn(text);
  expect(urls.map((url) => url.replace(/:\d+/, ':PORT'))).toEqual([
    'mqtt://127.0.0.1:PORT',
    'mqtts://127.0.0.1:PORT',
    'wss://127.0.0.1:PORT/mqtt',
    `mqtt+unix://${socket}`,
  ]);
  for (const url of urls) {
    const secure = /^(?:mqtts|wss):/.test(url) ? { tls: { ca: authority.cert } } : {};
    const client = await connect(url, { reconnect: false, ...secure });
    expect(await client.publish('a', 'b', { qos: 1 })).toBeDefined();
    await client.disconnect();
  }
});

test('--tls-cert alone listens on TLS; with --tls-ca only for who shows a certificate', async () => {
  const wrong = await broker(['--tls-cert', certFile, '--tls-key', certFile], /expected/);
  expect(wrong).toContain(
    `anax broker: ${certFile}: expected a private key in PEM that is not encrypted, there is none`,
  );
  const checked = await broker(['--check', '--tls-cert', certFile], /keyFile/);
  expect(checked).toContain('--tls-cert: `listeners[1].tls.keyFile` must be the name of a file');
  const text = await broker(
    ['--tls', '0', '--tls-cert', certFile, '--tls-key', keyFile, '--tls-ca', caFile],
    /Ctrl-C/,
  );
  const [, url = ''] = urlsIn(text);
  await expect(connect(url, { reconnect: false, tls: { ca: authority.cert } })).rejects.toThrow();
  const { cert, key } = authority.issue({ commonNames: ['device'] });
  const client = await connect(url, { reconnect: false, tls: { ca: authority.cert, cert, key } });
  await client.disconnect();
});
