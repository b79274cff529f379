/** Owns what `anax bench conn` and `pub` do with a broker: what they open and publish, say and exit with. */

import type { Socket } from 'node:net';
import { encodePacket, MQTT_5_0, type Packet } from '@anax/protocol';
import { describe, expect, it } from 'vitest';

import { benchConnCommand } from '../../src/bench/conn.ts';
import type { Member } from '../../src/bench/fleet.ts';
import { Load } from '../../src/bench/load.ts';
import { benchPubCommand } from '../../src/bench/pub.ts';
import { stampOf } from '../../src/bench/stamp.ts';
import { wallOrigin } from '../../src/bench/wall.ts';
import type { Clock } from '../../src/world/edges.ts';
import { broker, run, start } from '../support.ts';
import { answeringServer, gathered, JSON_QUIET, reportOf } from './support.ts';
import { virtualClock } from './virtual-clock.ts';

describe('bench conn', () => {
  it('opens all at the pace and holds them as long as told', async () => {
    const address = await broker();
    const begun = performance.now();
    const outcome = await run(benchConnCommand, [
      ...address,
      '-n',
      '21',
      '--connect-rate',
      '100',
      ...JSON_QUIET,
    ]);
    // The last of 21 is due after 20 of 10 ms.
    expect(performance.now() - begun).toBeGreaterThanOrEqual(199);
    expect(outcome.code).toBe(0);
    const { clients, ok, problems, verb } = reportOf(outcome);
    expect({ ok, problems, verb }).toEqual({ ok: true, problems: [], verb: 'conn' });
    expect(clients).toMatchObject({ asked: 21, connected: 21, failed: 0, lost: 0 });
    expect(clients.connectUs?.count).toBe(21);
  });

  it('tells how many failed and why, exit code 1', async () => {
    const address = await broker({ 'connections.max': 3 });
    const outcome = await run(benchConnCommand, [...address, '-n', '10', '--quiet']);
    expect(outcome.code).toBe(1);
    expect(outcome.out).toMatch(/^clients +3 of 10 connected, .*7 failed$/m);
    expect(outcome.error).toContain('anax bench conn: 7 connections failed\n');
    expect(outcome.error).toMatch(/^anax bench conn: 7 times: .*0x/m);
  });

  it('tells why the first cannot connect, as other verbs do', async () => {
    const outcome = await run(benchConnCommand, ['-h', '127.0.0.1', '-p', '1', '-n', '1000']);
    expect([outcome.code, outcome.out]).toEqual([1, '']);
    expect(outcome.error).toMatch(
      /^anax bench conn: nothing accepts connections at 127\.0\.0\.1:1 .*\n.*anax broker/,
    );
  });

  it('tells what is lost while it holds them, exit code 1', async () => {
    const address = await answeringServer((packet, socket) => {
      if (packet.type === 'connect' && packet.clientId.endsWith('-2')) setTimeout(() => socket.destroy(), 50);
      return undefined;
    });
    const outcome = await run(benchConnCommand, [...address, '-n', '4', '--for', '0.4s', ...JSON_QUIET]);
    expect([outcome.code, reportOf(outcome).clients.lost]).toEqual([1, 1]);
    expect(outcome.error).toContain('anax bench conn: 1 connections were lost\n');
  });

  it('gives each client its names', async () => {
    const names: unknown[] = [];
    const address = await answeringServer((packet) => {
      if (packet.type === 'connect') names.push([packet.clientId, packet.userName]);
      return undefined;
    });
    await run(benchConnCommand, [...address, '-n', '2', '-i', 'a%i', '-u', 'user-%c', '--quiet']);
    expect(names).toEqual([
      ['a0', 'user-a0'],
      ['a1', 'user-a1'],
    ]);
  });

  it('ends with Ctrl-C and a summary, exit code 0', async () => {
    const running = start(benchConnCommand, [
      ...(await broker()),
      '-n',
      '3',
      '--for',
      '1h',
      '--every',
      '0.05s',
    ]);
    await running.shows('3 connections held');
    running.stop();
    const outcome = await running.outcome;
    expect(outcome.code).toBe(0);
    expect(outcome.out).toMatch(/^clients +3 of 3 connected/);
  });
});

describe('bench pub', () => {
  it.each([0, 1, 2])(
    'publishes exactly so many at QoS %i, numbered, evenly, and says which is the last',
    async (qos) => {
      const address = await broker();
      const got = await gathered(address);
      const args = [
        '-n',
        '3',
        '--count',
        '1000',
        '-q',
        String(qos),
        '--size',
        '40',
        '-t',
        'x/%i/%t',
        '--topics',
        '2',
      ];
      const outcome = await run(benchPubCommand, [...address, ...args, ...JSON_QUIET]);
      expect([outcome.code, outcome.error]).toEqual([0, '']);
      await expect.poll(() => got.length).toBe(1000);
      for (const [publisher, count] of [334, 333, 333].entries()) {
        const own = got.filter(({ topic }) => topic === `x/${publisher}/${publisher % 2}`);
        const stamps = own.map(({ payload }) => stampOf(payload));
        expect(stamps.map((stamp) => stamp?.sequence)).toEqual(Array.from({ length: count }, (_, i) => i));
        expect(stamps.map((stamp) => stamp?.last)).toEqual(
          Array.from({ length: count }, (_, i) => i === count - 1),
        );
        expect(own.every((one) => one.qos === qos && one.payload.length === 40 && !one.retain)).toBe(true);
      }
      const { published } = reportOf(outcome);
      const acknowledged = qos === 0 ? null : 1000;
      expect(published).toMatchObject({
        sent: 1000,
        acknowledged,
        refused: 0,
        unacknowledged: 0,
        rate: null,
      });
      expect(published?.acknowledgeUs?.count).toBe(qos === 0 ? undefined : 1000);
    },
  );

  it.each([
    [['--rate', '1', '--for', '60s'], 61],
    [['--rate-per-client', '0.5', '-n', '4', '--for', '60s'], 121],
    [['--rate', '100000', '--for', '1s'], 100_001],
    [['--rate', '333', '--warm-up', '3s', '--for', '7s'], 3331],
  ])('keeps the pace: %j are %i due', async (args, due) => {
    const address = await answeringServer(() => undefined);
    const outcome = await run(benchPubCommand, [...address, ...args, ...JSON_QUIET], {
      clock: virtualClock(),
    });
    expect(outcome.code).toBe(0);
    const { published, clients } = reportOf(outcome);
    expect(Math.abs((published?.due ?? 0) - due)).toBeLessThanOrEqual(1);
    expect(published?.sent).toBe((published?.due ?? 0) + clients.asked);
  });

  it('sends no more than the window, counts from when a message was due, and fails for what is not acknowledged', async () => {
    let publishes = 0;
    const address = await answeringServer((packet) => {
      if (packet.type === 'publish') publishes += 1;
      return undefined;
    });
    const args = ['-q', '1', '--window', '5', '--rate', '1000', '--for', '0.2s'];
    const outcome = await run(benchPubCommand, [...address, ...args, ...JSON_QUIET], {
      clock: virtualClock(),
    });
    expect([outcome.code, publishes]).toEqual([1, 5]);
    const { published, problems } = reportOf(outcome);
    expect(published).toMatchObject({ sent: 5, acknowledged: 0, unacknowledged: 5 });
    expect(published?.due).toBeGreaterThanOrEqual(200);
    expect(problems).toEqual(['5 messages were not acknowledged']);
  });

  it('counts a message that had to wait for the broker from when it was due', async () => {
    let first: { readonly packetId: number; readonly socket: Socket } | undefined;
    const puback = (packetId: number): Packet => ({
      type: 'puback',
      packetId,
      reasonCode: 0,
      properties: {},
    });
    const address = await answeringServer((packet, socket) => {
      if (packet.type !== 'publish') return undefined;
      if (first !== undefined) return puback(packet.packetId);
      first = { packetId: packet.packetId, socket };
      const { packetId } = packet;
      setTimeout(() => socket.write(encodePacket(puback(packetId), MQTT_5_0)), 300);
      return undefined;
    });
    const args = ['-q', '1', '--window', '1', '--rate', '100', '--count', '30'];
    const { published } = reportOf(await run(benchPubCommand, [...address, ...args, ...JSON_QUIET]));
    expect(published?.acknowledged).toBe(30);
    // Half of them were due more than 100 ms before the first one was answered.
    expect(published?.acknowledgeUs?.p50).toBeGreaterThan(100_000);
  });

  it('counts a message that this program was late with from when it left, and tells how late', async () => {
    let now = 1000;
    const oversleeping: Clock = {
      now: () => now,
      wait: async (ms) => {
        now += ms + 50;
      },
    };
    const sentAt: number[] = [];
    const publish = async (_: string, payload: Uint8Array): Promise<void> => {
      expect(now).toBeCloseTo((stampOf(payload)?.sentAtUs ?? 0) / 1000 - wallOrigin(), 2);
      sentAt.push(now);
    };
    const member = { place: { index: 0, topics: 1, clientId: '' }, client: { publish } } as unknown as Member;
    const plan = { run: 1, qos: 0, retain: false, size: 28, rate: 100, window: 9, count: 3 } as const;
    const load = new Load([member], () => 't', { ...plan, windowOf: 'acknowledged' }, oversleeping);
    await load.run(new AbortController().signal);
    // They were due at 1000, 1010 and 1020.
    expect([sentAt, load.lateMsMax]).toEqual([[1000, 1060, 1060], 50]);
  });

  it('has no more under way than the client can hold, where messages are large', async () => {
    const args = ['--size', '1000000', '--window', '1000', '--count', '90', ...JSON_QUIET];
    const outcome = await run(benchPubCommand, [...(await broker()), ...args]);
    expect(outcome.code).toBe(0);
    expect(reportOf(outcome).published).toMatchObject({ sent: 90, refused: 0, window: 16 });
  });

  it('tells how many the broker refused and why, exit code 1', async () => {
    const address = await answeringServer((packet) => {
      if (packet.type !== 'publish') return undefined;
      return { type: 'puback', packetId: packet.packetId, reasonCode: 0x97, properties: {} };
    });
    const outcome = await run(benchPubCommand, [...address, '-q', '1', '--count', '7', ...JSON_QUIET]);
    expect(outcome.code).toBe(1);
    expect(reportOf(outcome).published).toMatchObject({ refused: 7, unacknowledged: 0 });
    expect(reportOf(outcome).problems[0]).toBe('7 messages were refused');
    expect(reportOf(outcome).problems[1]).toMatch(/^7 times: .*0x97/);
  });

  it('ends where all connections are lost, exit code 1', async () => {
    const address = await answeringServer((packet, socket) => {
      if (packet.type === 'publish') socket.destroy();
      return undefined;
    });
    const outcome = await run(benchPubCommand, [
      ...address,
      '-n',
      '2',
      '-q',
      '1',
      '--for',
      '1h',
      ...JSON_QUIET,
    ]);
    expect([outcome.code, reportOf(outcome).clients.lost]).toEqual([1, 2]);
  });

  it('ends with Ctrl-C, its last messages and a summary, exit code 0', async () => {
    const address = await broker();
    const got = await gathered(address);
    const running = start(benchPubCommand, [
      ...address,
      '-n',
      '2',
      '--for',
      '1h',
      '-q',
      '1',
      '--every',
      '0.05s',
    ]);
    await running.shows('published');
    running.stop();
    const outcome = await running.outcome;
    expect(outcome.code).toBe(0);
    expect(outcome.out).toMatch(/^acknowledged +[\d,]+ messages$/m);
    await expect.poll(() => got.filter(({ payload }) => stampOf(payload)?.last).length).toBe(2);
  });

  it('tells its state in lines, and on a terminal in one line that is written over', async () => {
    const address = await broker();
    const args = [...address, '--for', '0.2s', '--every', '0.05s', '--rate', '100'];
    const lines = (await run(benchPubCommand, args)).error.trimEnd().split('\n');
    expect(lines.length).toBeGreaterThan(1);
    expect(lines.at(-1)).toMatch(/^anax bench pub: \d\.\d s, \d+ published, [\d–]+ \/s/);
    const terminal = (await run(benchPubCommand, args, { errorColumns: 24 })).error;
    expect(terminal).not.toContain('\n');
    const states = terminal.split('\r\u001b[K');
    expect(states.length).toBeGreaterThan(2);
    expect(states.every((state) => state.length <= 23)).toBe(true);
    expect(states.at(-1)).toBe('');
    expect((await run(benchPubCommand, [...args, '--quiet'])).error).toBe('');
  });

  it.each([
    ['--rate 1 --rate-per-client 1', 'give --rate or --rate-per-client, not both'],
    ['-t a/#', '--topic "a/#" '],
    ['-t a/%x', '--topic: %x stands for nothing'],
    ['-n 2 -i same', '--client-id has to have %i in it'],
    ['--size 27', 'from 28 to'],
    ['--rate 0', 'It is a number a second above 0'],
    ['--no-clean', 'leave --no-clean out'],
  ])('refuses %s', async (args, said) => {
    const { code, error } = await run(benchPubCommand, args.split(' '));
    expect([code, error.includes(said)]).toEqual([2, true]);
  });
});
