// mosquitto_pub and mosquitto_sub against our broker.

import { beforeAll, describe, expect, test } from 'vitest';
import { startBroker, type TestBroker } from './support/broker.ts';
import { type ForeignClient, fresh } from './support/foreign.ts';
import { MOSQUITTO_VERSIONS, mosquittoPub, mosquittoSub } from './support/mosquitto-clients.ts';
import { connectMqttJs } from './support/mqttjs.ts';

let open: TestBroker;
let closed: TestBroker;
let witness: ForeignClient;
beforeAll(async () => {
  open = await startBroker();
  closed = await startBroker({ users: [{ name: 'ada', password: 'right' }], anonymous: 'never' });
  witness = await connectMqttJs('3.1.1', { port: open.port, clientId: 'witness' });
  await witness.subscribe('seen/#', 2);
});

function hex(text: string): string {
  return Buffer.from(text).toString('hex');
}

describe.each(MOSQUITTO_VERSIONS)('mosquitto - $version', ({ version, flag }) => {
  const where = (): { port: number; flag: typeof flag } => ({ port: open.port, flag });
  const secret = (): { port: number; flag: typeof flag } => ({ port: closed.port, flag });

  const logins = [
    { title: 'the right password', login: ['-u', 'ada', '-P', 'right'], three: 0, five: 0 },
    { title: 'a wrong password', login: ['-u', 'ada', '-P', 'wrong'], three: 4, five: 0x86 },
    { title: 'no user name', login: [], three: 5, five: 0x87 },
  ];
  // Its exit code is the code of CONNACK.
  test.each(logins)('asks with $title and understands the answer', async ({ login, three, five }) => {
    const { code } = await mosquittoPub(secret(), ['-t', 'door', '-m', 'knock', '-q', '1', ...login]);
    expect(code).toBe(version === '5.0' ? five : three);
  });

  // Without -i it sends an empty client identifier, in 3.1 one that it makes up.
  test.each([0, 1, 2] as const)(
    'publishes at QoS %i, and everything comes back byte for byte',
    async (qos) => {
      const topic = fresh('mosquitto/');
      const subscribed = await mosquittoSub(where(), ['-t', topic, '-q', '2']);
      const payloads = [Buffer.alloc(0), Buffer.from([0, 0xff, 10, 13, 0]), Buffer.from('21.5 °C')];
      const publish = async (payload: Buffer): Promise<void> => {
        const text = payload.length === 0 ? ['-n'] : [];
        const args = ['-t', topic, '-q', `${qos}`, ...text];
        const ended = await mosquittoPub(where(), args, payload.length === 0 ? undefined : payload);
        expect(ended).toMatchObject({ code: 0, stderr: '' });
      };
      for (const payload of payloads) {
        await publish(payload);
        expect(await subscribed.next()).toEqual({ topic, qos, retain: 0, payload: payload.toString('hex') });
      }
      expect((await subscribed.child.end('SIGTERM')).stderr).toBe('');
    },
  );

  test('takes and sends a message of 1 MiB', async () => {
    const topic = fresh('mosquitto/');
    const subscribed = await mosquittoSub(where(), ['-t', topic, '-q', '1']);
    const payload = Buffer.alloc(1024 * 1024, 'anax');
    await mosquittoPub(where(), ['-t', topic, '-q', '1'], payload);
    expect((await subscribed.next()).payload === payload.toString('hex')).toBe(true);
    await subscribed.child.end('SIGTERM');
  });

  test('gets a retained message, with the flag, until it is cleared', async () => {
    const topic = fresh('mosquitto/');
    await mosquittoPub(where(), ['-t', topic, '-q', '1', '-r', '-m', 'first']);
    await mosquittoPub(where(), ['-t', topic, '-q', '1', '-r', '-m', 'second']);
    const one = await mosquittoSub(where(), ['-t', topic, '-q', '2']);
    expect(await one.next()).toEqual({ topic, qos: 1, retain: 1, payload: hex('second') });
    await mosquittoPub(where(), ['-t', topic, '-q', '1', '-r', '-n']);
    expect(await one.next()).toEqual({ topic, qos: 1, retain: 0, payload: '' });
    await one.child.end('SIGTERM');
    const two = await mosquittoSub(where(), ['-t', topic, '-q', '2']);
    await mosquittoPub(where(), ['-t', topic, '-m', 'nothing was retained']);
    expect(await two.next()).toEqual({ topic, qos: 0, retain: 0, payload: hex('nothing was retained') });
    await two.child.end('SIGTERM');
  });

  test('gets what was queued for its persistent session', async () => {
    const clientId = fresh('away');
    const topic = `mosquitto/${clientId}`;
    const args = ['-c', '-i', clientId, '-t', topic, '-q', '2'];
    const first = await mosquittoSub(where(), args);
    await first.child.end('SIGKILL');
    await open.noted('client-disconnected', clientId);
    for (const qos of [1, 2, 1, 2]) await mosquittoPub(where(), ['-t', topic, '-m', 'owed', '-q', `${qos}`]);
    const second = await mosquittoSub(where(), [...args, '-C', '4']);
    const { code, stdout } = await second.child.ended;
    expect(code).toBe(0);
    expect(
      stdout
        .split('\n')
        .filter((line) => line.startsWith(topic))
        .sort(),
    ).toEqual([
      `${topic}|1|0|${hex('owed')}`,
      `${topic}|1|0|${hex('owed')}`,
      `${topic}|2|0|${hex('owed')}`,
      `${topic}|2|0|${hex('owed')}`,
    ]);
  });

  test.each([0, 1, 2] as const)('has its will published at QoS %i when it is killed', async (qos) => {
    const topic = fresh('seen/');
    const will = ['--will-topic', topic, '--will-payload', 'gone', '--will-qos', `${qos}`, '--will-retain'];
    const { child } = await mosquittoSub(where(), ['-t', 'nothing', ...will]);
    await child.end('SIGKILL');
    const live = await witness.messages.next();
    expect([live.topic, live.payload.toString(), live.qos, live.retain]).toEqual([topic, 'gone', qos, false]);
    const later = await mosquittoSub(where(), ['-t', topic, '-q', '2']);
    expect(await later.next()).toEqual({ topic, qos, retain: 1, payload: hex('gone') });
    await later.child.end('SIGTERM');
  });

  test('has its will dropped when it has had its messages and says goodbye', async () => {
    const topic = fresh('seen/');
    const clientId = fresh('content');
    const will = ['--will-topic', topic, '--will-payload', 'gone'];
    const { child } = await mosquittoSub(where(), [
      '-i',
      clientId,
      '-t',
      `${topic}/last`,
      '-C',
      '1',
      ...will,
    ]);
    await mosquittoPub(where(), ['-t', `${topic}/last`, '-m', 'the last one']);
    await child.ended;
    await open.noted('client-disconnected', clientId);
    await mosquittoPub(where(), ['-t', `${topic}/after`, '-m', 'no will before this']);
    const topics = (await witness.messages.take(2)).map((message) => message.topic);
    expect(topics).toEqual([`${topic}/last`, `${topic}/after`]);
  });

  // In 5.0 it then disconnects with 0x04, which asks for the will.
  test('on a signal has its will dropped in 3.x, and published in 5.0 [5:3.14.2.1]', async () => {
    const topic = fresh('seen/');
    const clientId = fresh('told');
    const will = ['--will-topic', topic, '--will-payload', 'gone'];
    const { child } = await mosquittoSub(where(), ['-i', clientId, '-t', 'nothing', ...will]);
    await child.end('SIGTERM');
    await open.noted('client-disconnected', clientId);
    await mosquittoPub(where(), ['-t', `${topic}/after`, '-m', 'after']);
    const expected = version === '5.0' ? [topic, `${topic}/after`] : [`${topic}/after`];
    const topics = (await witness.messages.take(expected.length)).map((message) => message.topic);
    expect(topics).toEqual(expected);
  });

  test('may subscribe and unsubscribe in one go', async () => {
    const topic = fresh('mosquitto/');
    const { child } = await mosquittoSub(where(), ['-t', topic, '-U', 'other', '-E']);
    expect(await child.ended).toMatchObject({ code: 0, stderr: '' });
  });

  test('is put out by another with its client identifier', async () => {
    const clientId = fresh('twin');
    const first = await mosquittoSub(where(), ['-i', clientId, '-t', 'twin', '-q', '1']);
    // It comes back at once and puts the other out in turn: the take-over itself is what is waited for.
    const second = await mosquittoSub(where(), ['-i', clientId, '-t', 'twin', '-q', '1']);
    await open.noted('client-disconnected', clientId);
    await first.child.end();
    await second.child.end();
  });
});
