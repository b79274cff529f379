// Owns that a client stands a server of WebSocket that means it ill: answers that are no upgrade, frames that no server
// may send, and ends in the middle. By bytes, as no library would send them. [5:6.0] [3.1.1:6.0]

import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import { deflateRawSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { Ground } from './hostile/ground.ts';
import { bytes } from './support.ts';

const CONNACK = bytes('20 03 00 00 00');

let ground = new Ground();
afterEach(async () => {
  await ground.over();
  ground = new Ground();
});

/** Answers the request for an upgrade; what is done then is the test's. */
async function serve(answer: (socket: Socket, key: string) => void): Promise<string> {
  const url = await ground.tcp((socket) => {
    socket.once('data', (head) => {
      const key = /sec-websocket-key: (\S+)/i.exec(head.toString('latin1'))?.[1] ?? '';
      answer(socket, key);
    });
  });
  return url.replace('mqtt:', 'ws:');
}

function upgrade(key: string, more = 'Sec-WebSocket-Protocol: mqtt\r\n'): string {
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  return `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n${more}\r\n`;
}

/** A frame as it stands on the wire; a server's has no mask. */
function frame(first: number, payload: Uint8Array): Uint8Array {
  const length = payload.length < 126 ? [payload.length] : [126, payload.length >> 8, payload.length & 255];
  return Uint8Array.from([first, ...length, ...payload]);
}

/** Upgrades, and sends these frames behind the client's CONNECT. */
const frames = (...all: readonly Uint8Array[]): Promise<string> =>
  serve((socket, key) => {
    socket.write(upgrade(key));
    socket.once('data', () => {
      for (const one of all) socket.write(one);
    });
  });

describe('what is no upgrade', () => {
  test.each([
    ['200', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi'],
    ['a redirect', 'HTTP/1.1 302 Found\r\nLocation: ws://127.0.0.1:1/mqtt\r\nContent-Length: 0\r\n\r\n'],
    ['401', 'HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n'],
    ['500 and a page without an end', `HTTP/1.1 500 No\r\n\r\n${'x'.repeat(10_000)}`],
    ['CONNACK', '\x20\x03\x00\x00\x00'],
    ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01'],
    ['a status line without an end', 'HTTP/1.1 101 '.padEnd(100_000, 'x')],
    ['one header of a megabyte', `HTTP/1.1 101 Switching Protocols\r\nA: ${'x'.repeat(1024 * 1024)}`],
    ['nothing but a break', '\r\n\r\n'],
  ])('%s is told as a server that cannot be reached', async (_, answer) => {
    const url = await serve((socket) => socket.write(answer, 'latin1'));
    const told = await ground.end(url, { connectTimeoutMs: 500 });
    expect(told.code).toMatch(/^(?:unreachable|connect-timeout)$/);
    expect(told.error).toMatchObject({ side: 'server' });
  });

  test('headers without an end are given up, whether their size or the time ends it', async () => {
    let wrote = 0;
    const url = await serve((socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\n');
      const more = (): void => {
        if (socket.destroyed) return;
        wrote += 1;
        socket.write(`A${wrote}: ${'x'.repeat(100)}\r\n`, () => setImmediate(more));
      };
      more();
    });
    const told = await ground.end(url, { connectTimeoutMs: 1000 });
    expect(told.code).toMatch(/^(?:unreachable|connect-timeout)$/);
    expect(wrote * 100).toBeLessThan(100 * 1024 * 1024);
  });

  test.each([
    ['no subprotocol', ''],
    ['another subprotocol', 'Sec-WebSocket-Protocol: mqttv3.1\r\n'],
    ['two subprotocols', 'Sec-WebSocket-Protocol: mqtt, other\r\n'],
    [
      'compression that nobody asked for',
      'Sec-WebSocket-Protocol: mqtt\r\nSec-WebSocket-Extensions: permessage-deflate\r\n',
    ],
  ])('%s is refused', async (_, more) => {
    const url = await serve((socket, key) => socket.write(upgrade(key, more)));
    expect(await ground.end(url)).toMatchObject({ code: 'unreachable' });
  });

  test('a proof for another key is refused', async () => {
    const url = await serve((socket) => socket.write(upgrade('another')));
    expect(await ground.end(url)).toMatchObject({ code: 'unreachable' });
  });

  test.each([
    ['before it answers', (socket: Socket) => socket.end()],
    ['within its answer', (socket: Socket) => socket.end('HTTP/1.1 101 Switching')],
    ['with a reset', (socket: Socket) => socket.resetAndDestroy()],
  ])('a server that closes %s', async (_, act) => {
    expect(await ground.end(await serve(act))).toMatchObject({ code: 'unreachable' });
  });

  test('a server that closes with the upgrade', async () => {
    const url = await serve((socket, key) => socket.end(upgrade(key)));
    expect((await ground.end(url)).code).toMatch(/^(?:unreachable|connection-lost)$/);
  });
});

describe('frames', () => {
  test.each([
    ['text [5:MQTT-6.0.0-1] [3.1.1:MQTT-6.0.0-1]', [frame(0x82, CONNACK), frame(0x81, bytes('68 69'))]],
    ['text in place of CONNACK', [frame(0x81, CONNACK)]],
    ['compressed, though that was declined', [frame(0xc2, deflateRawSync(CONNACK))]],
    ['of an opcode that there is not', [frame(0x83, CONNACK)]],
    ['with a reserved bit', [frame(0xa2, CONNACK)]],
    ['that go on with what was not begun', [frame(0x80, CONNACK)]],
    ['that begin within another', [frame(0x02, CONNACK), frame(0x82, CONNACK)]],
    ['a ping of more than 125 bytes', [Uint8Array.from([0x89, 126, 0, 200, ...new Uint8Array(200)])]],
    ['a ping in fragments', [frame(0x09, bytes('01'))]],
    ['masked as only a client may', [Uint8Array.from([0x82, 0x85, 1, 2, 3, 4, 0x21, 1, 3, 4, 1])]],
    ['of 2^62 bytes', [Uint8Array.from([0x82, 127, 0x40, 0, 0, 0, 0, 0, 0, 0])]],
    ['of 4 GiB', [Uint8Array.from([0x82, 127, 0, 0, 0, 1, 0, 0, 0, 0])]],
    ['a close with a code that there is not', [frame(0x88, bytes('00 01'))]],
    ['a close of one byte', [frame(0x88, bytes('03'))]],
  ])('%s end the connection', async (_, all) => {
    const told = await ground.end(await frames(...all));
    expect(told.code).toBe('connection-lost');
    expect(told.error).toMatchObject({ side: 'server' });
  });

  test('of four bytes in a hundred fragments, with pings between them, are one message [5:MQTT-6.0.0-2]', async () => {
    const ping = frame(0x89, bytes('01'));
    const parts = [...CONNACK].map((byte, at) =>
      frame(at === 0 ? 0x02 : at === CONNACK.length - 1 ? 0x80 : 0x00, Uint8Array.of(byte)),
    );
    const client = await ground.connect(await frames(...parts.flatMap((part) => [ping, part])));
    expect(client.negotiated.dialect).toBe('5.0');
    await client.close();
  });

  test('of one byte each, without an end, are not kept', async () => {
    const parts = Buffer.concat(Array.from({ length: 40_000 }, () => frame(0x00, bytes('00'))));
    const told = await ground.end(await frames(frame(0x02, CONNACK), parts));
    expect(told).toMatchObject({ code: 'connection-lost' });
  });

  test('without anything in them do no harm, however many', async () => {
    const empty = Array.from({ length: 10_000 }, () => frame(0x82, new Uint8Array(0)));
    const client = await ground.connect(await frames(...empty, frame(0x82, CONNACK)));
    await client.close();
  });

  test('a flood of pings is answered without filling the memory', async () => {
    const flood = Buffer.concat(Array.from({ length: 5000 }, () => frame(0x89, new Uint8Array(125))));
    let read = (): void => undefined;
    const all = new Promise<void>((resolve) => {
      read = resolve;
    });
    const url = await serve((socket, key) => {
      socket.write(upgrade(key));
      // The server reads nothing more.
      socket.once('data', () => {
        socket.pause();
        socket.write(frame(0x82, CONNACK));
        for (let round = 0; round < 100; round++) socket.write(flood);
        socket.write(frame(0x82, bytes('d0 00')), () => read());
      });
    });
    const before = process.memoryUsage().arrayBuffers;
    const client = await ground.connect(url);
    await all;
    // As many bytes of pongs would wait here.
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(flood.length * 50);
    await client.close();
  });
});

describe('ends', () => {
  test('with a close in order, in place of CONNACK', async () => {
    expect(await ground.end(await frames(frame(0x88, bytes('03 e8'))))).toMatchObject({
      code: 'connection-lost',
    });
  });

  test('in the middle of a frame', async () => {
    const url = await serve((socket, key) => {
      socket.write(upgrade(key));
      socket.once('data', () => socket.end(frame(0x82, CONNACK).subarray(0, 4)));
    });
    expect(await ground.end(url)).toMatchObject({ code: 'connection-lost' });
  });

  test('that never come: a server that does not answer the close of the client is not waited for', async () => {
    const client = await ground.connect(await frames(frame(0x82, CONNACK)), { closeTimeoutMs: 50 });
    expect(await client.close()).toMatchObject({ code: 'disconnected' });
  });
});
