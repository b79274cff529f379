// The benchmark of the command line against a server and with clients that nobody here wrote.

import { beforeAll, describe, expect, test } from 'vitest';
import { Child, type Ended } from './support/children.ts';
import { MOSQUITTO_VERSIONS, mosquittoPub } from './support/mosquitto-clients.ts';
import { ANAX } from './support/programs.ts';
import { type Server, startMosquitto } from './support/servers.ts';

let mosquitto: Server = { open: 0, closed: 0 };
beforeAll(async () => {
  mosquitto = await startMosquitto();
});

function start(args: readonly string[]): Child {
  return new Child(process.execPath, [ANAX, ...args, '-h', '127.0.0.1', '-p', `${mosquitto.open}`]);
}

const bench = (verb: string, ...args: readonly string[]): Promise<Ended> =>
  start(['bench', verb, '--json', '--quiet', ...args]).ended;

describe.each(MOSQUITTO_VERSIONS)('anax bench - mosquitto $version', ({ version, flag }) => {
  test.each(['0', '1', '2'])('gets every message back, once and in order, at QoS %s', async (qos) => {
    const { code, stdout, stderr } = await bench(
      'rtt',
      '-V',
      version,
      '-n',
      '3',
      '-q',
      qos,
      '--count',
      '300',
      '--window',
      '5',
    );
    expect([code, stderr]).toEqual([0, '']);
    const { sequence, published } = JSON.parse(stdout);
    expect(published.sent).toBe(300);
    expect(sequence).toMatchObject({ received: 300, lost: 0, duplicated: 0, reordered: 0, streams: 3 });
  });

  test('counts what is of somebody else, and measures nothing of it', async () => {
    const topic = `bench/foreign/${version}`;
    const sub = start([
      'bench',
      'sub',
      '-V',
      version,
      '-t',
      topic,
      '--count',
      '2',
      '--json',
      '--every',
      '0.05s',
    ]);
    await sub.note(/0 received/);
    const args = ['-t', topic, '-m', 'x', '--repeat', '2'];
    await mosquittoPub({ port: mosquitto.open, flag }, args);
    const { code, stdout } = await sub.ended;
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      received: { received: 2, foreign: 2, latencyUs: null },
      sequence: { streams: 0 },
    });
  });
});

test('anax simulate - mosquitto publishes the wills of devices that drop off', async () => {
  const sub = start(['sub', '-t', 'sim/+/status', '-v', '-C', '6']);
  const fleet = start(['simulate', '-n', '2', '--interval', '0.05s', '--drops', '1', '--quiet']);
  const { code, stdout } = await sub.ended;
  expect(code).toBe(0);
  expect(stdout).toMatch(/^sim\/device-0\/status offline$/m);
  await fleet.end('SIGINT');
  expect((await fleet.ended).code).toBe(0);
});
