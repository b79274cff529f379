// A process of its own whose client meets one hostile server after the other: it hears an error each time, no rejection
// goes unheard, and when it has nothing more to do it ends by itself, which a forgotten timer or socket would prevent.

import { execFile } from 'node:child_process';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));
const servers: Server[] = [];
afterAll(() => {
  for (const server of servers) server.close();
});

const CONNACK = Uint8Array.of(0x20, 3, 0, 0, 0);
const after = (text: string) => (socket: Socket) => {
  socket.once('data', () => socket.write(Buffer.concat([CONNACK, Buffer.from(text, 'hex')])));
};

/** What each server does, and how the client's connection to it ends. */
const ATTACKS: readonly (readonly [string, (socket: Socket) => void])[] = [
  ['connect-timeout', () => undefined],
  ['connection-lost', (socket) => socket.end()],
  ['connection-lost', (socket) => socket.once('data', () => socket.resetAndDestroy())],
  ['connection-lost', (socket) => socket.once('data', () => socket.end(CONNACK.subarray(0, 3)))],
  ['protocol-violation', after('2003000000')],
  ['protocol-violation', after('36050001610001')],
  ['protocol-violation', after('40020009')],
  ['server-disconnected', after('e0018b')],
  ['keep-alive-timeout', after('30ffffff7f0001')],
];

const CHILD = `
import { connect } from '@anax/client';
const told = [];
for (const port of process.argv.slice(1)) {
  try {
    const client = await connect('mqtt://127.0.0.1:' + port, {
      reconnect: false, connectTimeoutMs: 300, closeTimeoutMs: 50, keepAlive: 1, pingTimeoutMs: 50,
    });
    const messages = client.subscribe('a');
    client.publish('a', 'x', { qos: 2 }).catch(() => {});
    messages.granted.catch(() => {});
    told.push((await client.closed).code);
  } catch (error) {
    told.push(error.code);
  }
}
// Half of an attempt, given up.
const stop = new AbortController();
const attempt = connect('mqtt://127.0.0.1:' + process.argv[1], { signal: stop.signal });
stop.abort();
await attempt.catch((error) => told.push(error.code));
console.log(told.join(' '));
`;

test('every attack is told, and the process ends by itself', async () => {
  const ports = await Promise.all(
    ATTACKS.map(async ([, attack]) => {
      const server = createServer((socket) => {
        socket.on('error', () => undefined);
        attack(socket);
        socket.resume();
      });
      servers.push(server);
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return String((server.address() as AddressInfo).port);
    }),
  );
  const args = ['--input-type=module', '--eval', CHILD, ...ports];
  const { stdout, stderr } = await run('node', args, { cwd: root, timeout: 25_000 });
  expect(stderr).toBe('');
  expect(stdout.trim().split(' ')).toEqual([...ATTACKS.map(([code]) => code), 'aborted']);
});
