// Foreign clients connect to our broker: every flag and field of CONNECT, and the answers that say no.

import { beforeAll, describe, expect, test } from 'vitest';
import { startBroker, type TestBroker } from './support/broker.ts';
import { FOREIGN, FOREIGN_5, fresh } from './support/foreign.ts';
import { connectMqttJs } from './support/mqttjs.ts';
import { connectPaho } from './support/paho.ts';

const USERS = [{ name: 'ada', password: 'right' }];

let open: TestBroker;
let closed: TestBroker;
beforeAll(async () => {
  open = await startBroker();
  closed = await startBroker({ users: USERS, anonymous: 'never' });
});

describe.each(FOREIGN)('connect - $name', ({ version, connect }) => {
  const is5 = version === '5.0';

  test('is let in with a client identifier of its own and a clean session', async () => {
    const { connack, disconnect } = await connect({ port: open.port, clientId: fresh('own') });
    expect(connack).toMatchObject({ code: 0, sessionPresent: false });
    await disconnect();
  });

  test('is let in with the right user name and password', async () => {
    const login = { userName: 'ada', password: 'right' };
    const { connack, disconnect } = await connect({ port: closed.port, clientId: fresh('login'), ...login });
    expect(connack.code).toBe(0);
    await disconnect();
  });

  const refusals = [
    { title: 'a wrong password', login: { userName: 'ada', password: 'wrong' }, code: [4, 0x86] },
    { title: 'an unknown user name', login: { userName: 'eve', password: 'right' }, code: [4, 0x86] },
    { title: 'a user name without password', login: { userName: 'ada' }, code: [4, 0x86] },
    { title: 'no user name where anonymous clients are not let in', login: {}, code: [5, 0x87] },
  ] as const;
  test.each(refusals)('is told why it is refused with $title [5:MQTT-3.2.2-7]', async ({ login, code }) => {
    const client = await connect({ port: closed.port, clientId: fresh('refused'), ...login });
    expect(client.connack).toMatchObject({ code: is5 ? code[1] : code[0], sessionPresent: false });
    await client.closed;
    await client.kill();
  });

  test('is put out by another connection with its client identifier [5:MQTT-3.1.4-3] [3.1.1:MQTT-3.1.4-2]', async () => {
    const clientId = fresh('twin');
    const first = await connect({ port: open.port, clientId });
    const second = await connect({ port: open.port, clientId });
    expect(second.connack.code).toBe(0);
    expect(await first.closed).toBe(is5 ? 0x8e : undefined);
    await first.kill();
    await second.disconnect();
  });
});

// No client of 3.1 has a way to ask for an identifier: paho makes one up.
describe.each(FOREIGN.filter(({ version }) => version !== '3.1'))(
  'connect - $name',
  ({ version, connect }) => {
    test('is let in with an empty client identifier [3.1.1:MQTT-3.1.3-6] [5:MQTT-3.1.3-6] [5:MQTT-3.2.2-16]', async () => {
      const { connack, disconnect } = await connect({ port: open.port, clientId: '' });
      expect(connack.code).toBe(0);
      const assigned = connack.properties['assignedClientIdentifier'];
      if (version === '5.0') expect(assigned).toMatch(/^\S+$/);
      else expect(assigned).toBeUndefined();
      await disconnect();
    });
  },
);

describe.concurrent('connect - keep alive', () => {
  test.each(FOREIGN)('$name stays connected with its own pings [5:MQTT-3.12.4-1]', async ({ connect }) => {
    const client = await connect({ port: open.port, clientId: fresh('ping'), keepAlive: 2 });
    await client.pongs.take(1);
    await client.subscribe('still/here', 0);
    await client.disconnect();
  });

  test.each(['3.1', '3.1.1', '5.0'] as const)(
    'paho %s hangs and loses its connection after 1.5 times its keep alive [5:MQTT-3.1.2-22] [3.1.1:MQTT-3.1.2-24]',
    async (version) => {
      const clientId = fresh('frozen');
      const client = await connectPaho(version, { port: open.port, clientId, keepAlive: 1 });
      const frozenAt = performance.now();
      client.freeze();
      await open.noted('client-disconnected', clientId);
      expect(performance.now() - frozenAt).toBeGreaterThan(1400);
      await client.kill();
    },
  );
});

describe.each(FOREIGN_5)('connect - $name', ({ connect }) => {
  test('resumes the session of the identifier that it was assigned [5:3.2.2.3.7]', async () => {
    const first = await connect({ port: open.port, clientId: '', persistent: true, cleanStart: true });
    const clientId = String(first.connack.properties['assignedClientIdentifier']);
    await first.kill();
    const second = await connect({ port: open.port, clientId, persistent: true });
    expect(second.connack).toMatchObject({ code: 0, sessionPresent: true });
    await second.disconnect();
  });

  test('is told of every limit of the broker [5:3.2.2.3]', async () => {
    const modest = await startBroker({
      session: { expiryMax: 60 },
      packet: { maximumSize: '64 KiB' },
      receiveMaximum: 7,
      topicAliasMaximum: 3,
      features: {
        maximumQos: 1,
        retain: false,
        wildcardSubscriptions: false,
        subscriptionIdentifiers: false,
        sharedSubscriptions: false,
      },
      responseInformation: 'answers/here',
    });
    const properties = { requestResponseInformation: true };
    const client = await connect({
      port: modest.port,
      clientId: fresh('told'),
      persistent: true,
      properties,
    });
    const numbers = Object.entries(client.connack.properties).map(([name, value]) => [
      name,
      typeof value === 'boolean' ? Number(value) : value,
    ]);
    expect(Object.fromEntries(numbers)).toEqual({
      sessionExpiryInterval: 60,
      receiveMaximum: 7,
      maximumQoS: 1,
      retainAvailable: 0,
      maximumPacketSize: 65_536,
      topicAliasMaximum: 3,
      wildcardSubscriptionAvailable: 0,
      subscriptionIdentifiersAvailable: 0,
      sharedSubscriptionAvailable: 0,
      responseInformation: 'answers/here',
    });
    await client.disconnect();
  });
});

// Paho does not look at Server Keep Alive.
test('connect - MQTT.js 5.0 obeys the Server Keep Alive of the broker [5:MQTT-3.1.2-21]', async () => {
  const impatient = await startBroker({ keepAlive: { max: '2s' } });
  const client = await connectMqttJs('5.0', {
    port: impatient.port,
    clientId: fresh('patient'),
    keepAlive: 600,
  });
  expect(client.connack.properties['serverKeepAlive']).toBe(2);
  await client.pongs.take(1);
  await client.disconnect();
});
