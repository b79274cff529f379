/** Owns what the verbs of `anax bench` do with a broker: what they publish, find out, say and exit with. */

import type { Socket } from 'node:net';
import { connect, type Message } from '@anax/client';
import { Decoder, encodePacket, MQTT_5_0, type Packet } from '@anax/protocol';
import { describe, expect, it, onTestFinished } from 'vitest';
import { benchConnCommand } from '../../src/bench/conn.ts';
import { benchPubCommand } from '../../src/bench/pub.ts';
import type { Report } from '../../src/bench/report.ts';
import { benchRttCommand } from '../../src/bench/rtt.ts';
import { stamped, stampOf, templateOf } from '../../src/bench/stamp.ts';
import { benchSubCommand } from '../../src/bench/sub.ts';
import { broker, connack, type Outcome, run, server, start } from '../support.ts';
import { virtualClock } from './virtual-clock.ts';

function reportOf({ out }: Outcome): Report {
  return JSON.parse(out) as Report;
}

async function clientOf([, host, , port]: readonly string[]): Promise<Awaited<ReturnType<typeof connect>>> {
  const client = await connect(`mqtt://${host}:${port}`);
  onTestFinished(async () => void (await client.close()));
  return client;
}

interface Got {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: number;
  readonly retain: boolean;
}

/** All that comes to this filter. */
async function gathered(address: readonly string[], filter = '#'): Promise<readonly Got[]> {
  const client = await clientOf(address);
  const got: Got[] = [];
  const keep = ({ topic, payload, qos, retain }: Message): void =>
    void got.push({ topic, payload: payload.slice(), qos, retain });
  await client.subscribe(filter, { onMessage: keep, qos: 2, retainAsPublished: true }).granted;
  return got;
}

type Answer = (packet: Packet, socket: Socket) => Packet | undefined;

/** A server that says yes to CONNECT and SUBSCRIBE, and to the rest what it is told to. */
function answeringServer(answer: Answer): Promise<readonly string[]> {
  return server((socket) => {
    const decoder = new Decoder({ sender: 'client', maximumPacketSize: 1_000_000 });
    const yes: Answer = (packet) => {
      if (packet.type === 'connect') return connack();
      if (packet.type !== 'subscribe') return undefined;
      return {
        type: 'suback',
        packetId: packet.packetId,
        reasonCodes: [packet.subscriptions[0]?.qos ?? 0],
        properties: {},
      };
    };
    socket.on('data', (chunk: Uint8Array) => {
      decoder.push(chunk);
      for (let packet = decoder.next(); packet !== undefined; packet = decoder.next()) {
        if (packet.type === 'fault') throw new Error(packet.message);
        const answered = answer(packet, socket) ?? yes(packet, socket);
        if (answered !== undefined) socket.write(encodePacket(answered, MQTT_5_0));
      }
    });
    socket.on('end', () => socket.end());
  });
}

const JSON_QUIET = ['--json', '--quiet'];

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

describe('bench sub', () => {
  it('finds all of the publishers that are there, once, and how old they are', async () => {
    const address = await broker();
    const listening = start(benchSubCommand, [
      ...address,
      '-n',
      '2',
      '--once',
      '-q',
      '1',
      '--json',
      '--every',
      '0.02s',
    ]);
    await listening.shows('0 received');
    const sent = await run(benchPubCommand, [...address, '-n', '3', '--count', '600', '-q', '1', '--quiet']);
    expect(sent.code).toBe(0);
    const outcome = await listening.outcome;
    const { received, sequence, ok } = reportOf(outcome);
    expect([outcome.code, ok]).toEqual([0, true]);
    expect(sequence).toEqual({
      received: 1200,
      lost: 0,
      duplicated: 0,
      reordered: 0,
      streams: 6,
      joinedLate: 0,
      unended: 0,
      unchecked: 0,
    });
    expect(received).toMatchObject({ received: 1200, bytes: 1200 * 64, foreign: 0, retained: 0, early: 0 });
    expect(received?.latencyUs?.count).toBe(1200);
    // Above 0 and below the time that all took.
    expect(received?.latencyUs?.p50).toBeGreaterThan(0);
    expect(received?.latencyUs?.max).toBeLessThan(reportOf(outcome).seconds * 1_000_000);
  });

  /** Publishes these numbers, the last of them marked, and gives what the subscriber found. */
  async function found(numbers: readonly number[], ...args: readonly string[]): Promise<Outcome> {
    const address = await broker();
    const listening = start(benchSubCommand, [...address, '--json', '--every', '0.02s', ...args]);
    await listening.shows('0 received');
    const client = await clientOf(address);
    for (const [at, sequence] of numbers.entries()) {
      const stamp = { run: 1, publisher: 0, sequence, sentAtUs: 1, last: at === numbers.length - 1 };
      await client.publish('bench/0', stamped(templateOf(28), stamp), { qos: 1 });
    }
    await client.publish('bench/0', 'of somebody else', { qos: 1 });
    return listening.outcome;
  }

  it('fails for what is lost, duplicated and out of order', async () => {
    const outcome = await found([0, 1, 4, 3, 4, 9], '--once');
    expect(outcome.code).toBe(1);
    expect(reportOf(outcome).sequence).toMatchObject({
      received: 5,
      lost: 5,
      duplicated: 1,
      reordered: 1,
      streams: 1,
    });
    expect(reportOf(outcome).received).toMatchObject({ received: 7, foreign: 1 });
    for (const said of [
      '5 messages were lost',
      '1 messages came more than once',
      '1 messages came out of order',
    ])
      expect(outcome.error).toContain(`anax bench sub: ${said}\n`);
  });

  it('does not fail for what is tolerated', async () => {
    expect((await found([0, 1, 4, 3, 4, 9], '--once', '--tolerate', 'lost,duplicated,reordered')).code).toBe(
      0,
    );
    expect((await found([0, 2, 3, 3], '--once', '--tolerate', 'lost')).code).toBe(1);
  });

  it('tells of a publisher that had begun before, and of one whose end was not seen', async () => {
    const outcome = await found([7, 8, 9], '--count', '2');
    expect([outcome.code, reportOf(outcome).sequence]).toMatchObject([
      0,
      { lost: 0, joinedLate: 1, unended: 1 },
    ]);
  });

  it('fails where fewer come than asked for', async () => {
    const outcome = await found([0, 1], '--count', '4', '--for', '0.3s');
    expect([outcome.code, reportOf(outcome).problems]).toEqual([1, ['3 of 4 messages came']]);
  });

  it('ends where nothing has come for so long', async () => {
    const outcome = await found([0, 1], '--idle', '0.2s');
    expect([outcome.code, reportOf(outcome).received?.received]).toEqual([0, 3]);
  });

  it('checks the clients of a shared subscription together', async () => {
    const address = await broker();
    const args = ['-n', '3', '-t', '$share/g/bench/#', '--once', '-q', '1', '--json', '--every', '0.02s'];
    const listening = start(benchSubCommand, [...address, ...args]);
    await listening.shows('0 received');
    await run(benchPubCommand, [...address, '--count', '300', '-q', '1', '--quiet']);
    const outcome = await listening.outcome;
    expect(outcome.code).toBe(0);
    expect(reportOf(outcome).sequence).toMatchObject({ received: 300, lost: 0, reordered: 0, streams: 1 });
  });

  it('does not measure what was retained before', async () => {
    const address = await broker();
    await run(benchPubCommand, [...address, '--count', '3', '-r', '-q', '1', '--quiet']);
    const outcome = await run(benchSubCommand, [...address, '--count', '1', ...JSON_QUIET]);
    const { received, sequence } = reportOf(outcome);
    expect([received?.retained, received?.latencyUs, sequence?.streams]).toEqual([1, null, 0]);
  });

  it('fails where the broker refuses the subscription', async () => {
    const address = await answeringServer((packet) =>
      packet.type === 'subscribe'
        ? { type: 'suback', packetId: packet.packetId, reasonCodes: [0x87], properties: {} }
        : undefined,
    );
    const outcome = await run(benchSubCommand, [...address, '--quiet']);
    expect([outcome.code, outcome.error]).toEqual([
      1,
      'anax bench sub: 1 times: the broker refused the subscription: 0x87\n',
    ]);
  });
});

describe('bench rtt', () => {
  it.each([0, 1, 2])('gets all back at QoS %i', async (qos) => {
    const args = ['-n', '3', '--count', '300', '--window', '4', '-q', String(qos)];
    const outcome = await run(benchRttCommand, [...(await broker()), ...args, ...JSON_QUIET]);
    expect([outcome.code, outcome.error]).toEqual([0, '']);
    const { published, received, sequence } = reportOf(outcome);
    expect([published?.sent, received?.received]).toEqual([300, 300]);
    expect(sequence).toMatchObject({
      received: 300,
      lost: 0,
      duplicated: 0,
      reordered: 0,
      streams: 3,
      unended: 0,
    });
    expect(received?.latencyUs?.count).toBe(300);
  });

  it('has no more under way than the window', async () => {
    let [underWay, most] = [0, 0];
    const address = await answeringServer((packet, socket) => {
      if (packet.type !== 'publish') return undefined;
      underWay += 1;
      most = Math.max(most, underWay);
      const back = { ...packet, payload: packet.payload.slice() };
      setTimeout(() => {
        underWay -= 1;
        socket.write(encodePacket(back, MQTT_5_0));
      }, 5);
      return undefined;
    });
    const outcome = await run(benchRttCommand, [...address, '--count', '20', '--window', '3', ...JSON_QUIET]);
    expect([outcome.code, most]).toEqual([0, 3]);
    expect(reportOf(outcome).received?.latencyUs?.min).toBeGreaterThanOrEqual(4000);
  });

  it('goes on without those that do not come back, and tells that they are lost, exit code 1', async () => {
    let count = 0;
    const address = await answeringServer((packet) =>
      // The first two of five are lost.
      packet.type === 'publish' && ++count > 2 ? { ...packet, payload: packet.payload.slice() } : undefined,
    );
    const args = ['--count', '5', '--window', '1', '--give-up', '0.2s'];
    const outcome = await run(benchRttCommand, [...address, ...args, ...JSON_QUIET]);
    expect(outcome.code).toBe(1);
    expect(reportOf(outcome).sequence).toMatchObject({ received: 3, lost: 2 });
    expect(reportOf(outcome).problems).toEqual(['2 messages were lost']);
  });

  it('refuses one topic for several clients', async () => {
    const { code, error } = await run(benchRttCommand, ['-n', '2', '-t', 'same']);
    expect([code, error.includes('--topic has to have %i or %c in it')]).toEqual([2, true]);
  });
});
