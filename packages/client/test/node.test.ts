// The shell for Node against a small scripted server on a port of 127.0.0.1 that the system picks.

import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { ConnectionRefusedError, connect } from '../src/index.ts';
import { parseAddress } from '../src/node/url.ts';
import { bytes, hex } from './support.ts';

const servers: Server[] = [];
const sockets = new Set<Socket>();

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

/** A server that answers the n-th chunk with the n-th line; `end` closes. What it got is told in `seen`. */
async function serve(...answers: string[]): Promise<{ url: string; seen: string[]; port: number }> {
  const seen: string[] = [];
  const server = createServer((socket) => {
    sockets.add(socket);
    let turn = 0;
    socket.on('error', () => {});
    socket.on('data', (chunk: Uint8Array) => {
      seen.push(hex(chunk));
      const answer = answers[turn++] ?? '';
      if (answer === 'end') socket.end();
      else if (answer !== '') socket.write(bytes(answer));
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `mqtt://127.0.0.1:${port}`, seen, port };
}

describe('connect', () => {
  test('publishes, subscribes and disconnects over TCP', async () => {
    const { url, seen } = await serve(
      '20 03 00 00 00',
      '40 02 00 01',
      '90 04 00 02 00 00 30 05 00 01 61 00 79',
    );
    const client = await connect(url, { clientId: 'c' });
    expect(await client.publish('a', 'x', { qos: 1 })).toMatchObject({ reasonCode: 0 });
    for await (const message of client.subscribe('a')) {
      expect(message.text()).toBe('y');
      void client.disconnect();
      break;
    }
    expect(await client.closed).toMatchObject({ code: 'disconnected' });
    expect(seen.join(' ')).toBe(
      '10 0e 00 04 4d 51 54 54 05 02 00 3c 00 00 01 63 32 07 00 01 61 00 01 00 78 82 09 00 02 02 0b 01 00 01 61 00 e0 00',
    );
  });

  test('takes user name and password from the address, unless the options say otherwise', async () => {
    const { port, seen } = await serve('20 03 00 00 00', '20 03 00 00 00');
    const client = await connect(`mqtt://us%20er:pw@127.0.0.1:${port}`, { password: 'other' });
    await client.disconnect();
    expect(seen[0]).toContain(`00 05 ${hex(new TextEncoder().encode('us er'))} 00 05`);
  });

  test('gives 3.1 a client identifier of its own, of at most 23 characters', async () => {
    const { url, seen } = await serve('20 02 00 00');
    const client = await connect(url, { dialect: '3.1' });
    expect(client.negotiated.clientId).toMatch(/^anax[0-9a-f]{16}$/);
    await client.disconnect();
    expect(bytes(seen[0] ?? '')[15]).toBe(20);
  });

  test('refused rejects with what the server said', async () => {
    const { url } = await serve('20 08 00 86 05 1f 00 02 6e 6f');
    const error = await connect(url).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ConnectionRefusedError);
    expect(error).toMatchObject({
      code: 'connection-refused',
      reasonCode: 0x86,
      meaning: 'Bad User Name or Password',
      reasonString: 'no',
      returnCode: undefined,
      message: 'the server refused the connection: Bad User Name or Password (0x86): no',
    });
  });

  test('refused by 3.1.1 has a return code', async () => {
    const { url } = await serve('20 02 00 05');
    await expect(connect(url, { dialect: '3.1.1' })).rejects.toMatchObject({
      returnCode: 5,
      reasonCode: 0x87,
    });
  });

  test('rejects in time when no CONNACK comes', async () => {
    const { url } = await serve();
    await expect(connect(url, { connectTimeoutMs: 30, closeTimeoutMs: 10 })).rejects.toMatchObject({
      code: 'connect-timeout',
    });
  });

  test('rejects when its signal is aborted, before, during and after', async () => {
    const { url } = await serve();
    await expect(connect(url, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'aborted' });
    const during = new AbortController();
    const attempt = connect(url, { signal: during.signal, closeTimeoutMs: 10 });
    during.abort();
    await expect(attempt).rejects.toMatchObject({ code: 'aborted' });
    const after = new AbortController();
    const good = await serve('20 03 00 00 00');
    const client = await connect(good.url, { signal: after.signal });
    after.abort();
    expect((await client.closed).code).toBe('aborted');
  });

  test('rejects when the server closes before CONNACK', async () => {
    const { url } = await serve('end');
    await expect(connect(url)).rejects.toMatchObject({
      code: 'connection-lost',
      message: 'the server closed the connection before CONNACK',
    });
  });

  test('says in a sentence that nothing listens', async () => {
    const { url, port } = await serve();
    await new Promise((resolve) => servers.pop()?.close(resolve));
    await expect(connect(url)).rejects.toMatchObject({
      code: 'unreachable',
      message: `nothing accepts connections at 127.0.0.1:${port} (ECONNREFUSED)`,
    });
  });

  test.each([
    ['invalid-url', 'nonsense'],
    ['invalid-url', 'mqtt://host/path'],
    ['invalid-url', 'mqtt://%zz@host'],
    ['unsupported-protocol', 'http://host'],
  ])('refuses as %s: %s', async (code, url) => {
    await expect(connect(url)).rejects.toMatchObject({ code });
  });

  test('understands addresses with and without a port, and IPv6', () => {
    expect(parseAddress('mqtt://host').target).toEqual({ host: 'host', port: 1883 });
    expect(parseAddress('tcp://[::1]:18').target).toEqual({ host: '::1', port: 18 });
  });

  test('a message larger than the slab, and many small ones, arrive whole and in order', async () => {
    const { url, seen } = await serve('20 03 00 00 00');
    const client = await connect(url, { clientId: 'c' });
    const large = new Uint8Array(300_000).fill(7);
    const all = [1, 2, 3].map((value) => client.publish('a', Uint8Array.of(value)));
    all.push(client.publish('a', large), client.publish('a', Uint8Array.of(4)));
    await Promise.all(all);
    await client.disconnect();
    const stream = bytes(seen.join(' ')).subarray(16);
    const small = (value: number): string => `30 05 00 01 61 00 0${value}`;
    expect(hex(stream.subarray(0, 21))).toBe([1, 2, 3].map(small).join(' '));
    expect(hex(stream.subarray(21, 29))).toBe('30 e4 a7 12 00 01 61 00');
    expect(hex(stream.subarray(29 + large.length))).toBe(`${small(4)} e0 00`);
  });
});
