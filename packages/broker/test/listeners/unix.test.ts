/** Owns Unix sockets: who may connect, what becomes of a file that is there, and that the file goes with the listener. */

import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import type { Listener } from '../../src/listeners/listener.ts';
import { SharedRead } from '../../src/listeners/shared-read.ts';
import { listenUnix, type UnixListenerOptions } from '../../src/listeners/unix.ts';
import { eventually } from '../shell/sockets.ts';
import { Arrived } from './arrived.ts';

const folder = mkdtempSync(join(tmpdir(), 'anax-unix-'));
afterAll(() => rmSync(folder, { recursive: true }));

const listeners: Listener[] = [];
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const listener of listeners.splice(0)) await listener.close();
});

let files = 0;
const freshPath = (): string => join(folder, `${++files}.sock`);

class NoSharedRead extends SharedRead {
  override takeOver(): undefined {
    return undefined;
  }
}

async function listen(path: string, options: Partial<UnixListenerOptions> = {}, shared = new SharedRead()) {
  const arrived: Arrived[] = [];
  const listener = await listenUnix(
    { protocol: 'unix', name: 'unix', path, mode: 0o600, ...options },
    shared,
    {
      mayCome: () => true,
      mayComeFrom: () => true,
      arrived: (arrival) => {
        arrived.push(new Arrived(arrival));
        sockets.push(arrival.duplex as Socket);
      },
      refused: () => undefined,
    },
  );
  listeners.push(listener);
  return { listener, arrived };
}

test('bytes go both ways, and it is this machine', async () => {
  const path = freshPath();
  const { listener, arrived } = await listen(path, {}, new NoSharedRead());
  expect(listener).toMatchObject({ protocol: 'unix', loopback: true, url: `mqtt+unix://${path}` });
  const socket = connect({ path });
  sockets.push(socket);
  socket.write('hello');
  await eventually(() => arrived[0]?.text === 'hello');
  expect(arrived[0]?.arrival).toMatchObject({ address: 'unix', loopback: true });
  arrived[0]?.arrival.duplex.write('back');
  expect(String((await once(socket, 'data'))[0])).toBe('back');
});

test('reads into shared memory where it can', async () => {
  const path = freshPath();
  const { arrived } = await listen(path);
  const socket = connect({ path });
  sockets.push(socket);
  await eventually(() => arrived.length === 1);
  const source = arrived[0]?.arrival.source;
  expect(source).toBeDefined();
  const read = new Promise<string>((resolve) => {
    if (source !== undefined) source.deliver = (bytes) => resolve(Buffer.from(bytes).toString());
  });
  socket.write('shared');
  expect(await read).toBe('shared');
});

describe('the file', () => {
  test.each([0o600, 0o660, 0o666])('has the mode that is set, from its first moment on: %o', async (mode) => {
    const path = freshPath();
    const before = process.umask();
    const promised = listen(path, { mode });
    // It is made in a turn of promises, and its mode set in a later one: this is how it begins.
    let first: number | undefined;
    for (let i = 0; i < 50 && first === undefined; i++) {
      await Promise.resolve();
      first = statSync(path, { throwIfNoEntry: false })?.mode;
    }
    expect((first ?? 0) & 0o777).toBe(mode);
    const { listener } = await promised;
    expect(statSync(path).mode & 0o777).toBe(mode);
    expect(process.umask()).toBe(before);
    await listener.close();
    expect(existsSync(path)).toBe(false);
  });

  test('may be given to this user and group, by name or number', async () => {
    const { uid, gid } = statSync(folder);
    const path = freshPath();
    await listen(path, { owner: String(uid), group: String(gid) });
    expect(statSync(path)).toMatchObject({ uid, gid });
    await expect(listen(freshPath(), { owner: 'nobody-of-this-name' })).rejects.toThrow(
      'there is no user nobody-of-this-name in /etc/passwd: a number can be given',
    );
    await expect(listen(freshPath(), { group: 'no-such-group' })).rejects.toThrow(
      'there is no group no-such-group',
    );
  });

  test('of a broker that died is replaced', async () => {
    const path = freshPath();
    // It binds, and is gone without a word: what a killed process leaves.
    const code = `
      const { createServer } = require('node:net');
      createServer().listen(process.argv.at(-1), () => process.reallyExit(0));`;
    spawnSync(process.execPath, ['-e', code, path]);
    expect(statSync(path).isSocket()).toBe(true);
    const { arrived } = await listen(path);
    sockets.push(connect({ path }));
    await eventually(() => arrived.length === 1);
  });

  test('that somebody listens on is not', async () => {
    const path = freshPath();
    const server = createServer((socket) => socket.on('error', () => undefined).end('still here')).listen(
      path,
    );
    await once(server, 'listening');
    await expect(listen(path)).rejects.toThrow(`${path} is in use by another program`);
    const socket = connect({ path });
    sockets.push(socket);
    expect(String((await once(socket, 'data'))[0])).toBe('still here');
    await new Promise((resolve) => server.close(resolve));
  });

  test('that is something else is not, nor what a link leads to', async () => {
    const path = freshPath();
    writeFileSync(path, 'letters');
    await expect(listen(path)).rejects.toThrow(`${path} is there and is no socket: it is left as it is`);
    const link = freshPath();
    symlinkSync(freshPath(), link);
    await expect(listen(link)).rejects.toThrow('is no socket');
    expect(statSync(path).size).toBe(7);
  });

  test('may not have a name that the system would cut', async () => {
    await expect(listen(join(folder, 'x'.repeat(120)))).rejects.toThrow('is too long for a Unix socket');
  });
});
