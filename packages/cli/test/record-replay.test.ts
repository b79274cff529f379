/** Owns what `anax record` writes, what `anax replay` publishes of it, and what both say and exit with. */

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from '@anax/client';
import { encodePacket, MQTT_5_0 } from '@anax/protocol';
import { describe, expect, it } from 'vitest';
import { recordCommand } from '../src/record.ts';
import { replayCommand } from '../src/replay.ts';
import type { Clock } from '../src/world/edges.ts';
import { OutputClosed } from '../src/world/edges.ts';
import { folder, HEADER, message, recordingOf } from './recordings.ts';
import {
  broker,
  connack,
  type Outcome,
  type Running,
  run,
  scripted,
  server,
  start,
  text,
} from './support.ts';

async function recorder(address: readonly string[], ...args: readonly string[]): Promise<Running> {
  // Explained only where the header, which is there when the broker has said yes, cannot be seen: it takes its time.
  const toFile = args.includes('--output');
  const running = start(recordCommand, [...address, '-t', '#', ...args, ...(toFile ? ['--explain'] : [])]);
  await running.shows(toFile ? 'SUBACK packet id' : '"format"');
  return running;
}

/** What was recorded but for the times. */
function messagesIn(ndjson: string): readonly Record<string, unknown>[] {
  const [, ...lines] = ndjson.trimEnd().split('\n');
  return lines.map((line) => {
    const { offsetMs, ...rest } = JSON.parse(line);
    expect(offsetMs).toBeGreaterThanOrEqual(0);
    return rest;
  });
}

/** What a subscriber got of a replay. */
async function replayed(
  args: readonly string[],
  { count, standardInput, clock }: { count: number; standardInput?: readonly Uint8Array[]; clock?: Clock },
): Promise<{ readonly outcome: Outcome; readonly messages: readonly Record<string, unknown>[] }> {
  const address = await broker();
  const recording = await recorder(address, '-C', String(count));
  const world = {
    ...(standardInput === undefined ? {} : { standardInput }),
    ...(clock === undefined ? {} : { clock }),
  };
  const outcome = await run(replayCommand, [...args, ...address], world);
  if (outcome.code !== 0) return { outcome, messages: [] };
  return { outcome, messages: messagesIn((await recording.outcome).out) };
}

/** A clock that is at once where it is told to wait for. */
function leapingClock(): Clock & { readonly waits: number[] } {
  let now = 1000;
  const waits: number[] = [];
  const wait = async (ms: number): Promise<void> => {
    waits.push(ms);
    now += ms;
  };
  return { now: () => now, wait, waits };
}

describe('a recording', () => {
  it('that is replayed and recorded again has the same messages in the same order', async () => {
    const path = join(await folder(), 'first.ndjson');
    const address = await broker();
    const first = await recorder(address, '-C', '204', '--output', path);
    const [, host, , port] = address;
    const client = await connect(`mqtt://${host}:${port}`);
    await client.publish('text', text('a\u0000b\u202e"\n\ufeffü'), { qos: 1 });
    await client.publish('bytes', Uint8Array.of(0, 0xff, 0x0a), { qos: 2, retain: true });
    await client.publish('empty', '');
    await client.publish('properties', 'p', {
      qos: 1,
      properties: {
        userProperties: [
          ['b', '1'],
          ['a', '2'],
          ['b', '3'],
          ['b', '1'],
        ],
        correlationData: Uint8Array.of(1, 0xfe),
        contentType: 'text/plain',
        payloadFormatIndicator: 1,
        responseTopic: 'answer',
        messageExpiryInterval: 1000,
      },
    });
    for (let i = 0; i < 200; i++)
      await client.publish(`many/${i % 3}`, String(i), { qos: (i % 3) as 0 | 1 | 2 });
    await client.close();
    const recorded = await first.outcome;
    expect([recorded.code, recorded.out]).toEqual([0, '']);
    const before = messagesIn(await readFile(path, 'utf8'));
    expect(before).toHaveLength(204);
    expect(before[0]).toEqual({ topic: 'text', qos: 1, retain: false, payload: 'a\u0000b\u202e"\n\ufeffü' });
    expect(before[1]).toEqual({ topic: 'bytes', qos: 2, retain: true, payloadBase64: 'AP8K' });
    expect(before[3]).toMatchObject({
      properties: {
        userProperties: [
          ['b', '1'],
          ['a', '2'],
          ['b', '3'],
          ['b', '1'],
        ],
        correlationData: 'Af4=',
      },
    });
    const { outcome, messages } = await replayed([path, '--speed', 'max'], { count: 204 });
    expect(outcome.error).toMatch(/^anax replay: 204 messages in \d+\.\d s\n$/);
    expect(messages).toEqual(before);
  });

  it('begins with its format, version, time and filters', async () => {
    const running = await recorder(await broker(), '-t', 'a/+');
    running.stop();
    const { out } = await running.outcome;
    const { startedAt, ...header } = JSON.parse(out);
    expect(header).toEqual({ format: 'anax-recording', version: 1, filters: ['#', 'a/+'] });
    expect(new Date(startedAt).toISOString()).toBe(startedAt);
  });

  it('has the time of each message since the begin', async () => {
    let now = 5000;
    const clock: Clock = { now: () => now, wait: async () => undefined };
    const address = await broker();
    const timed = start(recordCommand, [...address, '-t', '#', '-C', '2', '--explain'], { clock });
    await timed.shows('SUBACK packet id');
    const [, host, , port] = address;
    const client = await connect(`mqtt://${host}:${port}`);
    now = 5012.34567;
    await client.publish('a', '', { qos: 1 });
    await timed.shows('"topic":"a"');
    now = 65_000;
    await client.publish('b', '', { qos: 1 });
    await client.close();
    const { out } = await timed.outcome;
    const offsets = out
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((line) => JSON.parse(line).offsetMs);
    expect(offsets).toEqual([12.346, 60_000]);
  });
});

describe('record ends', () => {
  it('with Ctrl-C: whole lines only, in place, and a summary, exit code 0', async () => {
    const directory = await folder();
    const path = join(directory, 'r.ndjson');
    const address = await broker();
    const running = await recorder(address, '--output', path);
    const source = await recordingOf(
      ...Array.from({ length: 40 }, (_, i) => message(i, 't', { payload: 'x' })),
    );
    const replaying = run(replayCommand, [source, ...address, '--speed', 'max']);
    await running.shows('PUBLISH');
    running.stop();
    const { code, error } = await running.outcome;
    expect(code).toBe(0);
    await replaying;
    const ndjson = await readFile(path, 'utf8');
    expect(ndjson.endsWith('\n')).toBe(true);
    const count = messagesIn(ndjson).length;
    const told = `${count} ${count === 1 ? 'message' : 'messages'}, ${count} bytes of payload, `;
    expect(error).toContain(`anax record: ${told}`);
    expect(error).toContain('DISCONNECT 0x00');
    expect(await readdir(directory)).toEqual(['r.ndjson']);
  });

  it('after --for, exit code 0 without --count and 1 with too few', async () => {
    const args = [...(await broker()), '-t', 't', '--for', '0.05s'];
    expect(await run(recordCommand, args)).toMatchObject({ code: 0 });
    const { code, error } = await run(recordCommand, [...args, '-C', '2']);
    expect(code).toBe(1);
    expect(error).toContain('anax record: 0 of 2 messages came in time\n');
  });

  it('with the connection: what came is kept, exit code 1', async () => {
    const path = join(await folder(), 'r.ndjson');
    const address = await broker();
    const running = await recorder(address, '-i', 'same', '--output', path);
    await run(replayCommand, [await recordingOf(message(0, 'kept')), ...address]);
    await run(recordCommand, [...address, '-i', 'same', '-t', 'other', '--for', '0.05']);
    const { code, error } = await running.outcome;
    expect(code).toBe(1);
    expect(error).toContain('Session taken over (0x8e)');
    expect(messagesIn(await readFile(path, 'utf8'))).toMatchObject([{ topic: 'kept' }]);
  });

  it('without a connection: no file is made, exit code 1', async () => {
    const directory = await folder();
    const address = await scripted(connack(), {
      type: 'suback',
      packetId: 1,
      reasonCodes: [0x87],
      properties: {},
    });
    const { code } = await run(recordCommand, [...address, '-t', 't', '-o', join(directory, 'r.ndjson')]);
    expect([code, await readdir(directory)]).toEqual([1, []]);
  });

  it('quietly where nobody reads its output any more', async () => {
    const write = async (): Promise<void> => {
      throw new OutputClosed();
    };
    const address = await broker();
    await run(replayCommand, [await recordingOf(message(0, 't', { retain: true })), ...address]);
    expect(await run(recordCommand, [...address, '-t', 't', '-C', '1'], { write })).toMatchObject({
      code: 0,
      error: '',
    });
  });

  it('where the output cannot be written, exit code 1', async () => {
    const write = async (): Promise<void> => {
      throw Object.assign(new Error('no space left'), { syscall: 'write' });
    };
    const address = await broker();
    const { code, error } = await run(recordCommand, [...address, '-t', 't', '-C', '1', '--for', '0.05'], {
      write,
    });
    expect(code).toBe(1);
    expect(error).toContain('- cannot be written: no space left');
  });
});

describe('record waits for a slow output', () => {
  it('and writes all lines in order', async () => {
    const address = await broker();
    const chunks: string[] = [];
    let begun: () => void = () => undefined;
    const beginning = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const write = async (output: string | Uint8Array): Promise<void> => {
      await new Promise((resolve) => setImmediate(resolve));
      chunks.push(String(output));
      begun();
    };
    const running = start(recordCommand, [...address, '-t', '#', '-C', '500'], { write });
    await beginning;
    const source = await recordingOf(
      ...Array.from({ length: 500 }, (_, i) => message(i, 't', { payload: `${i} ${'x'.repeat(5000)}` })),
    );
    await run(replayCommand, [source, ...address, '--speed', 'max']);
    expect((await running.outcome).code).toBe(0);
    const payloads = messagesIn(chunks.join('')).map(({ payload }) => Number.parseInt(String(payload), 10));
    expect(payloads).toEqual(Array.from({ length: 500 }, (_, i) => i));
  });
});

describe('replay keeps', () => {
  it.each<[string, readonly string[], readonly number[]]>([
    ['the times', [], [10, 500, 2000]],
    ['twice the speed', ['--speed', '2'], [5, 250, 1000]],
    ['no time with --speed max', ['--speed', 'max'], []],
    ['the times of each pass', ['--loop', '2'], [10, 500, 2000, 10, 500, 2000]],
  ])('%s', async (_what, args, waits) => {
    const clock = leapingClock();
    const path = await recordingOf(
      message(10, 'a'),
      message(510, 'b'),
      message(2510, 'c'),
      message(2510, 'd'),
    );
    const passes = args.includes('--loop') ? 2 : 1;
    const { messages } = await replayed([path, ...args], { count: 4 * passes, clock });
    expect(messages.map(({ topic }) => topic).join('')).toBe('abcd'.repeat(passes));
    expect(clock.waits.map((ms) => Math.round(ms))).toEqual(waits);
  });

  it('QoS, retain and topics, unless told otherwise', async () => {
    const path = await recordingOf(message(0, 'a', { qos: 2, retain: true }), message(0, 'b', { qos: 0 }));
    const kept = await replayed([path], { count: 2 });
    expect(kept.messages).toMatchObject([
      { topic: 'a', qos: 2, retain: true },
      { topic: 'b', qos: 0, retain: false },
    ]);
    const changed = await replayed([path, '-q', '1', '--no-retain', '--topic-prefix', 'x/'], { count: 2 });
    expect(changed.messages).toMatchObject([
      { topic: 'x/a', qos: 1, retain: false },
      { topic: 'x/b', qos: 1, retain: false },
    ]);
  });

  it('no properties in MQTT 3.1.1, and says so', async () => {
    const path = await recordingOf(message(0, 'a', { properties: { contentType: 'c' } }), message(0, 'b'));
    const { outcome, messages } = await replayed([path, '-V', '3.1.1'], { count: 2 });
    expect(messages[0]).not.toHaveProperty('properties');
    expect(outcome.error).toContain('1 message without their properties, which MQTT 3.1.1 has not');
  });
});

describe('replay reads', () => {
  const lines = [HEADER, JSON.stringify(message(0, 'a')), JSON.stringify(message(1, 'b'))].join('\n');

  it('standard input, in any pieces, with or without a last line end', async () => {
    const pieces = lines.split('').map(text);
    const { messages } = await replayed(['-'], { count: 2, standardInput: pieces });
    expect(messages).toMatchObject([{ topic: 'a' }, { topic: 'b' }]);
  });

  it('standard input once only', async () => {
    const { code, error } = await run(replayCommand, ['-', '--loop', '2'], { standardInput: text(lines) });
    expect([code, error]).toEqual([
      2,
      'anax replay: --loop needs a file: standard input can be read only once\n',
    ]);
  });

  it('standard input up to a line that is wrong, tells what was sent, exit code 2', async () => {
    const world = { standardInput: text(`${lines}\n{"offsetMs":`) };
    const { code, error } = await run(replayCommand, ['-', ...(await broker())], world);
    expect(code).toBe(2);
    expect(error).toMatch(
      /^anax replay: 2 messages in .* s\nanax replay: standard input:4: expected JSON in UTF-8\n$/,
    );
  });
});

describe('replay ends', () => {
  it('with Ctrl-C while it waits, with a summary, exit code 0', async () => {
    const path = await recordingOf(message(0, 'a'), message(3_600_000, 'b'));
    const running = start(replayCommand, [path, ...(await broker()), '--explain']);
    await running.shows('PUBACK');
    running.stop();
    const { code, error } = await running.outcome;
    expect(code).toBe(0);
    expect(error).toContain('anax replay: 1 message in');
    expect(error).toContain('DISCONNECT 0x00');
  });

  it('when all is acknowledged; what is refused is told with its line, exit code 1', async () => {
    const properties = { reasonString: 'full' };
    const address = await scripted(connack(), { type: 'puback', packetId: 1, reasonCode: 0x97, properties });
    const { code, error } = await run(replayCommand, [await recordingOf(message(0, 'a')), ...address]);
    expect(code).toBe(1);
    expect(error).toContain(
      'anax replay: line 2: the server refused the message: Quota exceeded (0x97): full\n',
    );
    expect(error).toContain(', 1 message refused\n');
  });

  it('where the connection is lost, with a summary, exit code 1', async () => {
    const address = await server((socket) => {
      socket.once('data', () => {
        socket.write(encodePacket(connack(), MQTT_5_0));
        socket.once('data', () => socket.destroy());
      });
    });
    const { code, error } = await run(replayCommand, [await recordingOf(message(0, 'a')), ...address]);
    expect(code).toBe(1);
    expect(error).toContain('anax replay: 1 message in');
    expect(error).toContain('the server closed the connection');
  });
});
