// Which version of MQTT our client and servers that nobody here wrote come to speak, where the client takes several.

import { createServer, connect as dial, type Server as NetServer } from 'node:net';
import { type Client, type ClientOptions, connect } from '@anax/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fresh } from './support/foreign.ts';
import { Queue } from './support/queue.ts';
import { listen, type Server, startAedes, startMosquitto } from './support/servers.ts';

let mosquitto: Server = { open: 0, closed: 0 };
let aedes: Server = mosquitto;
/** Aedes behind a door that closes to whoever says 5.0, without a word. */
let mute = 0;
let door: NetServer;

beforeAll(async () => {
  mosquitto = await startMosquitto();
  aedes = await startAedes();
  door = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', (first) => {
      if (first[8] === 5) return void socket.destroy();
      const onward = dial(aedes.open, '127.0.0.1');
      onward.on('error', () => {});
      onward.write(first);
      socket.pipe(onward).pipe(socket);
    });
  });
  mute = await listen(door);
});
afterAll(() => void door.close());

const arrive = (port: number, options: ClientOptions = {}): Promise<Client> =>
  connect(`mqtt://127.0.0.1:${port}`, { dialect: ['5.0', '3.1.1', '3.1'], reconnect: false, ...options });

/** A message goes there and comes back. */
async function works(client: Client): Promise<boolean> {
  const topic = fresh('versions');
  const messages = new Queue<string>();
  await client.subscribe(topic, { qos: 1, onMessage: (message) => messages.push(message.text()) }).granted;
  await client.publish(topic, 'hello', { qos: 1 });
  return (await messages.next()) === 'hello';
}

test.each([
  ['mosquitto, which knows 5.0', () => mosquitto.open, '5.0'],
  ['aedes, which refuses 5.0 in the words of 3.1.1', () => aedes.open, '3.1.1'],
  ['a server that closes to 5.0', () => mute, '3.1.1'],
] as const)('our client and %s', async (_, port, dialect) => {
  const client = await arrive(port());
  expect(client.negotiated.dialect).toBe(dialect);
  expect(await works(client)).toBe(true);
  await client.close();
});

test('aedes is told 3.1.1 at once by a client that is connected again, and keeps its session', async () => {
  const client = await arrive(aedes.open, {
    clientId: fresh('again'),
    properties: { sessionExpiryInterval: 60 },
    reconnect: { delayBaseMs: 1 },
  });
  // Aedes has a session where it has something in it.
  await works(client);
  const connected = new Promise<boolean>((resolve) =>
    client.addEventListener('connected', ({ detail }) => resolve(detail.negotiated.sessionPresent)),
  );
  // Another one with its client identifier takes the session over, and goes.
  const other = await arrive(aedes.open, {
    clientId: client.negotiated.clientId,
    dialect: '3.1.1',
    cleanStart: false,
  });
  await other.close();
  expect(await connected).toBe(true);
  expect(client.negotiated.dialect).toBe('3.1.1');
  expect(await works(client)).toBe(true);
  await client.close();
});

test('without other versions to try, aedes is told to refuse 5.0', async () => {
  await expect(arrive(aedes.open, { dialect: '5.0' })).rejects.toMatchObject({
    code: 'connection-refused',
    reasonCode: 0x84,
    returnCode: 1,
  });
});
