// Servers that want to keep a client busy, over sockets of 127.0.0.1; and where a Server Reference leads.

import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { type Client, type Clock, connect, type ReconnectOptions } from '../src/index.ts';
import { dialer } from '../src/node/dial.ts';
import { SYSTEM_CLOCK } from '../src/shell/clock.ts';
import { bytes } from './support.ts';

const servers: Server[] = [];
const sockets = new Set<Socket>();
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

/** Answers CONNECT with these bytes, of which `end` closes; `count` is how many connections there were. */
async function serve(answer: (port: number) => string): Promise<{ port: number; count: number }> {
  const told = { port: 0, count: 0 };
  const server = createServer((socket) => {
    told.count += 1;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('data', () => {
      const text = answer(told.port);
      socket.write(bytes(text.replace('end', '')));
      if (text.endsWith('end')) socket.end();
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  told.port = (server.address() as AddressInfo).port;
  return told;
}

const fast: ReconnectOptions = { delayBaseMs: 1, delayMaxMs: 4 };
const begin = (port: number, reconnect: ReconnectOptions): Promise<Client> =>
  connect(`mqtt://127.0.0.1:${port}`, { closeTimeoutMs: 10, reconnect: { ...fast, ...reconnect } });

const HOUR_MS = 3_600_000;

/** The time as it is, but that timers of an hour are over when the test says so. */
class LeapingClock implements Clock {
  #aheadMs = 0;
  readonly #held = new Set<() => void>();

  now(): number {
    return SYSTEM_CLOCK.now() + this.#aheadMs;
  }

  after(ms: number, call: () => void): () => void {
    if (ms < HOUR_MS / 2) return SYSTEM_CLOCK.after(ms, call);
    this.#held.add(call);
    return () => this.#held.delete(call);
  }

  leap(ms: number): void {
    this.#aheadMs += ms;
    const over = [...this.#held];
    this.#held.clear();
    for (const call of over) call();
  }
}

/** CONNACK with a Server Reference of this server. */
function redirect(code: string, port: number): string {
  const reference = [...`127.0.0.1:${port}`].map((char) => char.charCodeAt(0).toString(16)).join(' ');
  const length = `127.0.0.1:${port}`.length;
  const hex = (value: number): string => value.toString(16).padStart(2, '0');
  return `20 ${hex(length + 6)} 00 ${code} ${hex(length + 3)} 1c 00 ${hex(length)} ${reference}`;
}

test('one that accepts and closes at once: attempts come to their end', async () => {
  const server = await serve(() => '20 03 00 00 00 end');
  const client = await begin(server.port, { attemptsMax: 5 });
  expect(await client.closed).toMatchObject({ code: 'reconnect-failed' });
  expect(server.count).toBe(6);
});

test('one that never answers', async () => {
  // An hour of it is over when CONNECT is there, and not before, however long that takes.
  const clock = new LeapingClock();
  const server = await serve(() => {
    clock.leap(HOUR_MS);
    return '';
  });
  const asked = connect(`mqtt://127.0.0.1:${server.port}`, {
    clock,
    connectTimeoutMs: HOUR_MS,
    closeTimeoutMs: 10,
    reconnect: { ...fast, initially: true, attemptsMax: 2 },
  });
  await expect(asked).rejects.toMatchObject({
    code: 'reconnect-failed',
    cause: { code: 'connect-timeout' },
  });
  expect(server.count).toBe(3);
});

test.each(['9c', '9d'])('one that refers to itself with 0x%s', async (code) => {
  const server = await serve((port) => redirect(code, port));
  await expect(begin(server.port, { redirectsMax: 3 })).rejects.toMatchObject({ code: 'redirect-loop' });
  expect(server.count).toBe(4);
});

test('one that takes the session over again and again', async () => {
  const server = await serve(() => '20 03 00 00 00 e0 02 8e 00 end');
  const client = await begin(server.port, {});
  expect(await client.closed).toMatchObject({ code: 'take-over-loop', reasonCode: 0x8e });
  expect(server.count).toBe(4);
});

test('one that refers to what is no server', async () => {
  const server = await serve(() => '20 09 00 9c 06 1c 00 03 3a 2f 2f');
  await expect(begin(server.port, { redirectsMax: 3, attemptsMax: 0 })).rejects.toMatchObject({
    code: 'invalid-server-reference',
  });
});

test('a Server Reference is followed, past an address where nobody is', async () => {
  const good = await serve(() => '20 03 00 00 00');
  const nobody = await serve(() => '');
  await new Promise((resolve) => servers.pop()?.close(resolve));
  const list = `127.0.0.1:${nobody.port} 127.0.0.1:${good.port}`;
  const reference = [...list].map((char) => char.charCodeAt(0).toString(16)).join(' ');
  const hex = (value: number): string => value.toString(16).padStart(2, '0');
  const first = await serve(
    () => `20 ${hex(list.length + 6)} 00 9c ${hex(list.length + 3)} 1c 00 ${hex(list.length)} ${reference}`,
  );
  const client = await begin(first.port, { redirectsMax: 1 });
  expect([first.count, good.count]).toEqual([1, 1]);
  await client.close();
});

test.each([
  ['127.0.0.1', 1],
  ['::1', 1],
  ['[::1]:18 127.0.0.1:19 mqtt://127.0.0.2', 3],
  [Array.from({ length: 40 }, () => '127.0.0.1').join(' '), 16],
])('a Server Reference of the form %s has addresses [5:4.11]', async (reference, count) => {
  expect(await dialer({ host: 'unused', port: 1 })(reference)).toHaveLength(count);
});

test.each(['', ' ', 'a b:c', 'http://127.0.0.1'])('%j is no Server Reference', async (reference) => {
  const error = await dialer({ host: 'unused', port: 1 })(reference).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'invalid-server-reference' });
});

test('a host name has all its addresses, and one that is none says so', async () => {
  expect((await dialer({ host: 'localhost', port: 1 })(undefined)).length).toBeGreaterThan(0);
  await expect(connect({ host: 'nobody.invalid', port: 1 })).rejects.toMatchObject({
    code: 'host-not-found',
  });
});
