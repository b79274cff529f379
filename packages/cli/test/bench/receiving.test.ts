/** Owns what `anax bench sub` and `rtt` find out with a broker, and what they say and exit with. */

import { encodePacket, MQTT_5_0 } from '@anax/protocol';
import { describe, expect, it } from 'vitest';
import { benchPubCommand } from '../../src/bench/pub.ts';
import { benchRttCommand } from '../../src/bench/rtt.ts';
import { stamped, templateOf } from '../../src/bench/stamp.ts';
import { benchSubCommand } from '../../src/bench/sub.ts';
import { broker, type Outcome, run, start } from '../support.ts';
import { answeringServer, clientOf, JSON_QUIET, reportOf } from './support.ts';

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
