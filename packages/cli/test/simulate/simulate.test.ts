/** Owns what `anax simulate` does with a broker: the built-in fleet, the API of a device, what it says and exits with. */

import { describe, expect, it } from 'vitest';
import type { Device, Scenario } from '../../src/simulate/scenario.ts';
import type { SimulationReport } from '../../src/simulate/simulation.ts';
import { simulateCommand } from '../../src/simulate.ts';
import type { Edges } from '../../src/world/edges.ts';
import { answeringServer, clientOf, type Got, gathered } from '../bench/support.ts';
import { broker, type Outcome, run, start, text } from '../support.ts';

const reportOf = ({ out }: Outcome): SimulationReport => JSON.parse(out) as SimulationReport;
const textOf = ({ payload }: Got): string => Buffer.from(payload).toString();

/** The verb with this scenario in place of a file. */
const verbOf =
  (scenario: Scenario) =>
  (edgesOf: () => Edges): ReturnType<typeof simulateCommand> =>
    simulateCommand(edgesOf, async () => scenario);

const withScenario = ['--scenario', 's.mjs', '--json', '--quiet'];

function simulated(
  scenario: Scenario,
  address: readonly string[],
  ...args: readonly string[]
): Promise<Outcome> {
  return run(verbOf(scenario), [...address, ...withScenario, ...args]);
}

describe('the built-in fleet', () => {
  it('says that it is online and offline, and what it measures; no will is published at the end', async () => {
    const address = await broker();
    const got = await gathered(address);
    const args = [
      '-n',
      '3',
      '--interval',
      '0.05s',
      '--drops',
      '0',
      '--prefix',
      'a/b',
      '--seed',
      's',
      '--every',
      '0.02s',
    ];
    const running = start(simulateCommand, [...address, ...args]);
    const measuring = (): number =>
      new Set(got.map(({ topic }) => topic).filter((one) => one.endsWith('telemetry'))).size;
    await expect.poll(measuring).toBe(3);
    await running.shows('3 of 3 devices connected');
    running.stop();
    const { code, out, error } = await running.outcome;
    expect(code).toBe(0);
    expect(out).toMatch(/^scenario +telemetry, seed s, \d+\.\d s\ndevices +3 of 3\npublished +\d+\n/);
    expect(error).toMatch(/^anax simulate: \d+\.\d s, \d of 3 devices connected, /m);
    for (const id of ['device-0', 'device-1', 'device-2']) {
      const states = got.filter(({ topic }) => topic === `a/b/${id}/status`);
      expect(states.map((one) => [textOf(one), one.qos, one.retain])).toEqual([
        ['online', 1, true],
        ['offline', 1, true],
      ]);
      const readings = got
        .filter(({ topic }) => topic === `a/b/${id}/telemetry`)
        .map((one) => JSON.parse(textOf(one)));
      expect(readings.map(({ n }) => n)).toEqual(readings.map((_, n) => n));
      expect(Object.keys(readings[0])).toEqual(['n', 'temperature', 'humidity', 'battery', 'rssi']);
    }
  });

  /** The readings of each device, by their numbers. */
  async function readings(seed: string): Promise<ReadonlyMap<string, string>> {
    const address = await broker();
    const got = await gathered(address, 'sim/+/telemetry');
    const args = ['-n', '4', '--interval', '0.01s', '--drops', '0.1', '--seed', seed, '--quiet'];
    const running = start(simulateCommand, [...address, ...args]);
    await expect.poll(() => got.length).toBeGreaterThan(100);
    running.stop();
    expect((await running.outcome).code).toBe(0);
    return new Map(got.map((one) => [`${one.topic} ${JSON.parse(textOf(one)).n}`, textOf(one)]));
  }

  it('measures the same again with the same seed, and drifts within reason', async () => {
    const [one, same, other] = [await readings('1'), await readings('1'), await readings('2')];
    const both = [...one.keys()].filter((key) => same.has(key));
    expect(both.length).toBeGreaterThan(20);
    expect(both.map((key) => one.get(key))).toEqual(both.map((key) => same.get(key)));
    expect(both.some((key) => other.has(key) && other.get(key) !== one.get(key))).toBe(true);
    for (const reading of one.values()) {
      const { temperature, humidity, battery } = JSON.parse(reading);
      expect([temperature > 10 && temperature < 30, humidity > 20 && humidity < 70, battery > 0]).toEqual([
        true,
        true,
        true,
      ]);
    }
  });

  it('has devices that drop off, whose will says so, and that come back', async () => {
    const address = await broker();
    const got = await gathered(address, 'sim/+/status');
    const args = ['-n', '1', '--interval', '0.02s', '--drops', '1', '--json', '--quiet'];
    const running = start(simulateCommand, [...address, ...args]);
    await expect.poll(() => got.length).toBeGreaterThanOrEqual(4);
    running.stop();
    const report = reportOf(await running.outcome);
    expect(got.slice(0, 4).map(textOf)).toEqual(['online', 'offline', 'online', 'offline']);
    expect(report.drops).toBeGreaterThanOrEqual(2);
    expect([report.returns >= 1, report.lost, report.ok]).toEqual([true, 0, true]);
  });

  it('obeys commands, and answers where it is asked to', async () => {
    const address = await broker();
    const got = await gathered(address);
    const running = start(simulateCommand, [...address, '-n', '1', '--interval', '1h', '--json', '--quiet']);
    await expect.poll(() => got.map(textOf)).toContain('online');
    const client = await clientOf(address);
    const command = (payload: string, properties = {}): Promise<unknown> =>
      client.publish('sim/device-0/command', payload, { qos: 1, properties });
    // What it is subscribed to is there before `run` goes on.
    await expect
      .poll(async () => {
        await command('{"command":"ping"}');
        return got.filter(({ topic }) => topic === 'sim/device-0/answer').map(textOf);
      })
      .toContain('{"id":"device-0","ok":true}');
    await command('{"command":"target","celsius":30}', { responseTopic: 'mine', correlationData: text('c') });
    await command('{"command":"target","celsius":99}', { responseTopic: 'mine' });
    await command('no JSON', { responseTopic: 'mine' });
    await expect.poll(() => got.filter(({ topic }) => topic === 'mine').length).toBe(3);
    const [first, second, third] = got
      .filter(({ topic }) => topic === 'mine')
      .map((one) => JSON.parse(textOf(one)));
    expect(first).toEqual({ id: 'device-0', ok: true, target: 30 });
    expect([second.ok, third.ok]).toEqual([false, false]);
    running.stop();
    expect((await running.outcome).code).toBe(0);
  });
});

describe('a scenario', () => {
  it('ends by itself when no device has anything to do', async () => {
    const address = await broker();
    const got = await gathered(address);
    const scenario: Scenario = {
      devices: 3,
      run: async (device) => {
        await device.publish(
          `t/${device.index}`,
          { of: device.count, drawn: device.random.whole(1, 1e9) },
          { qos: 1 },
        );
        await device.publish('bytes', Uint8Array.of(0, 255));
        await device.publish('text', 'as it is');
      },
    };
    const outcome = await simulated(scenario, address, '--seed', 'x');
    expect(outcome.code).toBe(0);
    expect(reportOf(outcome)).toMatchObject({
      published: 9,
      devices: { asked: 3, begun: 3, failed: 0 },
      seed: 'x',
      ok: true,
    });
    await expect.poll(() => got.length).toBe(9);
    expect(got.filter(({ topic }) => topic === 'bytes').map(({ payload }) => [...payload])).toEqual([
      [0, 255],
      [0, 255],
      [0, 255],
    ]);
    const drawn = got
      .filter(({ topic }) => topic.startsWith('t/'))
      .map(textOf)
      .sort();
    // Each device has its own chance, and the same the next time.
    expect(new Set(drawn).size).toBe(3);
    const again = await gathered(address, 't/+');
    await simulated(scenario, address, '--seed', 'x');
    await expect.poll(() => again.map(textOf).sort()).toEqual(drawn);
  });

  it('connects with what it says, each device by its name', async () => {
    const seen: unknown[] = [];
    const address = await answeringServer((packet) => {
      if (packet.type === 'connect') seen.push([packet.clientId, packet.userName, packet.will?.topic]);
      return undefined;
    });
    const connect = ({ id }: { readonly id: string }) => ({
      userName: `u-${id}`,
      will: { topic: `w/${id}` },
    });
    await simulated({ connect, run: () => {} }, address, '-n', '11');
    expect(seen).toHaveLength(11);
    expect(seen).toContainEqual(['device-07', 'u-device-07', 'w/device-07']);
  });

  it('drops off and comes back: its will, its subscriptions, and `connected` each time', async () => {
    const address = await broker();
    const got = await gathered(address, 'd/#');
    const heard: string[] = [];
    let connected = 0;
    const scenario: Scenario = {
      connect: () => ({ will: { topic: 'd/will', payload: 'gone' } }),
      connected: () => {
        connected += 1;
      },
      run: async (device) => {
        await device.subscribe('in', (message) => void heard.push(message.text()), { qos: 1 });
        await device.drop();
        expect([device.connected, await device.publish('d/x', 'lost')]).toEqual([false, false]);
        await device.connect();
        await device.publish('in', 'heard', { qos: 1 });
        await device.disconnect();
        await device.connect();
        await device.publish('d/done', '', { qos: 1 });
      },
      end: async (device) => void (await device.publish('d/end', 'bye', { qos: 1 })),
    };
    const running = start(verbOf(scenario), [...address, ...withScenario]);
    await expect.poll(() => got.map(({ topic }) => topic)).toContain('d/done');
    running.stop();
    const outcome = await running.outcome;
    expect([outcome.code, heard, connected]).toEqual([0, ['heard'], 3]);
    expect(reportOf(outcome)).toMatchObject({ drops: 1, returns: 2, unsent: 1, lost: 0, received: 1 });
    expect(got.map(({ topic }) => topic)).toEqual(['d/will', 'd/done', 'd/end']);
  });

  it('with --cut ends without a word, so that the wills are published', async () => {
    const address = await broker();
    const got = await gathered(address, 'd/#');
    const scenario: Scenario = {
      connect: () => ({ will: { topic: 'd/will' } }),
      run: (device) => device.wait('10ms'),
      end: async (device) => void (await device.publish('d/end', '')),
    };
    const outcome = await simulated(scenario, address, '--cut');
    await expect.poll(() => got.map(({ topic }) => topic)).toEqual(['d/will']);
    expect([outcome.code, reportOf(outcome).lost]).toEqual([0, 0]);
  });

  it('connects again where the connection is lost, and calls `connected`', async () => {
    let connects = 0;
    const address = await answeringServer((packet, socket) => {
      if (packet.type === 'connect') connects += 1;
      if (packet.type === 'publish' && packet.topic === 'cut') socket.destroy();
      return undefined;
    });
    let connected = 0;
    let again: () => void = () => {};
    const back = new Promise<void>((resolve) => {
      again = resolve;
    });
    const scenario: Scenario = {
      connected: () => {
        connected += 1;
        if (connected === 2) again();
      },
      run: async (device) => {
        await device.publish('cut', '');
        await back;
      },
    };
    const outcome = await simulated(scenario, address);
    expect([outcome.code, connects, connected, reportOf(outcome).lost]).toEqual([0, 2, 2, 1]);
  });

  it.each<[string, (device: Device) => void | Promise<void>]>([
    ['run', () => Promise.reject(new Error('of 1'))],
    ['every', (device) => device.every(1, () => Promise.reject(new Error('of 1')))],
    [
      'a handler',
      async (device) => {
        await device.subscribe('self', () => Promise.reject(new Error('of 1')));
        await device.publish('self', '');
      },
    ],
  ])('that throws in %s ends that device only, exit code 1', async (_, fail) => {
    const ended: string[] = [];
    let failing: Device | undefined;
    const scenario: Scenario = {
      devices: 2,
      run: async (device) => {
        if (device.index === 1) {
          failing = device;
          return fail(device);
        }
        // Its other work ends, too, and it leaves.
        while (failing === undefined || !failing.signal.aborted || failing.connected) await device.wait(5);
        ended.push(device.id);
      },
    };
    const outcome = await simulated(scenario, await broker());
    expect([outcome.code, ended]).toEqual([1, ['device-0']]);
    expect(reportOf(outcome)).toMatchObject({ errors: 1, ok: false });
    expect(outcome.error).toContain('anax simulate: device-1: ');
    expect(outcome.error).toContain('Error: of 1\n');
  });

  it('is told what is no topic, no filter, no payload', async () => {
    const problems: unknown[] = [];
    const keep = (error: Error): void => void problems.push(error.message);
    const scenario: Scenario = {
      run: async (device) => {
        await device.publish('a/#', '').catch(keep);
        await device.subscribe('a/#/b', () => {}).catch(keep);
        await device.publish('a', undefined as never).catch(keep);
      },
    };
    // The filter that was refused is no reason to go on.
    const outcome = await simulated(scenario, await broker(), '--for', '0.5s');
    expect([outcome.code, problems.length]).toEqual([0, 3]);
  });

  it('tells how many could not connect, exit code 1', async () => {
    const scenario: Scenario = { devices: 4, run: (device) => device.wait('0.1s') };
    const outcome = await simulated(scenario, await broker({ 'connections.max': 3 }));
    expect([outcome.code, reportOf(outcome).devices]).toEqual([1, { asked: 4, begun: 3, failed: 1 }]);
    expect(outcome.error).toMatch(/^anax simulate: device-\d: .*0x/m);
  });

  it('tells why the first cannot connect, as other verbs do', async () => {
    const outcome = await simulated({ run: () => {} }, ['-h', '127.0.0.1', '-p', '1']);
    expect([outcome.code, outcome.out]).toEqual([1, '']);
    expect(outcome.error).toContain('anax simulate: nothing accepts connections at 127.0.0.1:1');
  });

  it('says what a device logs', async () => {
    const outcome = await simulated({ run: (device) => device.log('a\u001bb') }, await broker());
    expect(outcome.error).toBe('anax simulate: device-0: a\\u{1b}b\n');
  });

  it.each([
    ['--scenario s.mjs --prefix x', '--prefix is of the built-in fleet'],
    ['-i me', 'leave --client-id out'],
    ['--will-topic w', 'leave --will-topic out'],
    ['--prefix a/#', '--prefix "a/#" '],
    ['--drops 1.5', 'It is a number from 0 to 1'],
  ])('refuses %s', async (args, said) => {
    const { code, error } = await run(simulateCommand, args.split(' '));
    expect([code, error.includes(said)]).toEqual([2, true]);
  });
});
