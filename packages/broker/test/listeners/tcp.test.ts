/** Owns what a TCP listener hands on: sockets that read into shared memory, and plain ones where that cannot be. */

import { once } from 'node:events';
import { connect, Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import type { Arrival, Listener } from '../../src/listeners/listener.ts';
import { SharedRead } from '../../src/listeners/shared-read.ts';
import { listenTcp } from '../../src/listeners/tcp.ts';

const listeners: Listener[] = [];
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const listener of listeners.splice(0)) await listener.close();
});

/** A client of a listener, and what the listener handed on for it. */
async function arrival(shared: SharedRead): Promise<{ readonly client: Socket; readonly arrived: Arrival }> {
  let client: Socket | undefined;
  const arrived = await new Promise<Arrival>((resolve, reject) => {
    const taker = {
      mayCome: () => true,
      mayComeFrom: () => true,
      arrived: resolve,
      refused: () => undefined,
    };
    const place = { protocol: 'tcp', name: 'tcp', host: '127.0.0.1', port: 0 } as const;
    listenTcp(place, 1000, shared, taker).then((listener) => {
      listeners.push(listener);
      client = connect(listener.port, listener.host);
    }, reject);
  });
  sockets.push(client as Socket, arrived.duplex as Socket);
  return { client: client as Socket, arrived };
}

/** Without handles that can be read into: as on a Node that changed. */
class NoSharedRead extends SharedRead {
  override takeOver(): undefined {
    return undefined;
  }
}

describe.each([
  ['read into shared memory', new SharedRead(), true],
  ['fall back to data events', new NoSharedRead(), false],
] as const)('sockets that %s', (_title, shared, isShared) => {
  const listen = ({ duplex, source }: Arrival, deliver: (bytes: Uint8Array) => void): void => {
    if (source === undefined) duplex.on('data', deliver);
    else source.deliver = deliver;
  };

  test('deliver the bytes that were sent, each chunk in its place', async () => {
    const { client, arrived } = await arrival(shared);
    expect(arrived.source !== undefined).toBe(isShared);
    const read: number[] = [];
    const all = new Promise<void>((resolve) => {
      listen(arrived, (bytes) => {
        expect(bytes.buffer === shared.memory).toBe(isShared);
        read.push(...bytes);
        if (read.length === 5) resolve();
      });
    });
    client.write(Uint8Array.of(1, 2, 3));
    client.write(Uint8Array.of(4, 5));
    await all;
    expect(read).toEqual([1, 2, 3, 4, 5]);
  });

  test('know the address of the peer, and that it is this machine', async () => {
    const { arrived } = await arrival(shared);
    expect(arrived).toMatchObject({ address: '127.0.0.1', loopback: true });
  });

  test('deliver nothing while they are paused', async () => {
    const { client, arrived } = await arrival(shared);
    let bytes = 0;
    listen(arrived, (chunk) => {
      bytes += chunk.length;
    });
    arrived.duplex.pause();
    client.write('x');
    const pong = once(client, 'data');
    arrived.duplex.write('pong');
    await pong;
    expect(bytes).toBe(0);
    const resumed = new Promise<void>((resolve) => {
      listen(arrived, () => resolve());
    });
    arrived.duplex.resume();
    await resumed;
  });

  test('tell the end of what comes, and still send', async () => {
    const { client, arrived } = await arrival(shared);
    listen(arrived, () => undefined);
    const ended = once(arrived.duplex, 'end');
    client.end('last');
    await ended;
    const answer = once(client, 'data');
    arrived.duplex.write('answer');
    expect(String((await answer)[0])).toBe('answer');
  });
});

test('what is no socket of this Node is left as it was', () => {
  const socket = new Socket();
  sockets.push(socket);
  expect(new SharedRead().takeOver(socket, { deliver: () => undefined })).toBeUndefined();
  expect(socket.destroyed).toBe(false);
});
