/** Owns what `anax pub --lines` and `--ndjson` publish, through which window, and what becomes of it with the connection. */

import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodePacket, MQTT_5_0 } from '@anax/protocol';
import { describe, expect, it } from 'vitest';
import { pubCommand } from '../src/pub.ts';
import { subCommand } from '../src/sub.ts';
import { published } from './published.ts';
import { broker, connack, cutting, run, server, start, text, type World } from './support.ts';

describe('--lines', () => {
  it('publishes each line in order, however it arrives, with or without a last line end', async () => {
    const standardInput = [text('one\r\ntw'), text(''), text('o\n\nfo'), text('ur')];
    const messages = await published(['-t', 't', '-l', '-q', '1'], { count: 4, world: { standardInput } });
    expect(messages.map(({ payload }) => payload)).toEqual(['one', 'two', '', 'four']);
  });

  it('publishes more lines than may be under way', async () => {
    const lines = Array.from({ length: 500 }, (_, i) => String(i));
    const world = { standardInput: text(`${lines.join('\n')}\n`) };
    const messages = await published(['-t', 't', '-l', '-q', '2'], { count: 500, world });
    expect(messages.map(({ payload }) => payload)).toEqual(lines);
  });

  it('ends with Ctrl-C while it waits for a line', async () => {
    const running = start(pubCommand, [...(await broker()), '-t', 't', '-l', '--explain']);
    await running.shows('CONNACK');
    running.stop();
    const { code, error } = await running.outcome;
    expect([code, error.includes('DISCONNECT 0x00')]).toEqual([0, true]);
  });

  it('ends where the broker ends the connection while it waits for a line, exit code 1', async () => {
    const address = await broker();
    const running = start(pubCommand, [...address, '-t', 't', '-l', '--explain', '-i', 'same']);
    await running.shows('CONNACK');
    await run(pubCommand, [...address, '-t', 't', '-n', '-i', 'same']);
    const { code, error } = await running.outcome;
    expect(code).toBe(1);
    expect(error).toContain('another client with the same client identifier');
  });
});

/** What a progress bar begins with. */
const CLEARED = '\r\u001b[K';

describe('how far it is', () => {
  const lines = text(Array.from({ length: 2500 }, (_, i) => `${i}\n`).join(''));

  it('is shown on a terminal, of a file in percent, of standard input in messages, and at the end', async () => {
    const address = await broker();
    const file = join(mkdtempSync(join(tmpdir(), 'anax-lines-')), 'log.txt');
    writeFileSync(file, Buffer.alloc(200_000, 'a line of a log\n'));
    const world = { errorColumns: 80 };
    const of = await run(pubCommand, [...address, '-t', 't', '-l', '-f', file], world);
    expect(of.error).toMatch(/\[#+\.+\] \d+ % of .*log\.txt/);
    expect(of.error.split(CLEARED).at(-1)).toMatch(/^anax pub: 12,500 messages in \d+\.\d s\n$/);
    const typed = await run(pubCommand, [...address, '-t', 't', '-l'], { ...world, standardInput: lines });
    expect(typed.error).toContain(`${CLEARED}1,000 messages published`);
    expect(typed.error.split(CLEARED).at(-1)).toMatch(/^anax pub: 2,500 messages in \d+\.\d s\n$/);
  });

  it('is told at Ctrl-C', async () => {
    const running = start(pubCommand, [...(await broker()), '-t', 't', '-l', '--explain']);
    await running.shows('CONNACK');
    running.stop();
    expect((await running.outcome).error).toMatch(/^anax pub: 0 messages in \d+\.\d s$/m);
  });

  it('is no more than a window ahead of what is acknowledged', async () => {
    const publishes: number[] = [];
    let read = 0;
    const address = await server((socket) => {
      socket.once('data', () => {
        socket.write(encodePacket(connack(), MQTT_5_0));
        socket.on('data', (bytes: Uint8Array) => publishes.push(bytes.length));
      });
    });
    const input = function* (): Generator<Uint8Array> {
      for (; read < 100_000; read++) yield text(`${read}\n`);
    };
    const standardInput = { [Symbol.iterator]: input } as unknown as readonly Uint8Array[];
    const running = start(pubCommand, [...address, '-t', 't', '-l', '-q', '1'], { standardInput });
    while (publishes.length === 0) await new Promise((resolve) => setImmediate(resolve));
    for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(read).toBeLessThanOrEqual(64);
    running.stop();
    const { code, error } = await running.outcome;
    expect([code, error]).toEqual([
      1,
      expect.stringMatching(/64 messages in .* s, 64 messages without acknow/),
    ]);
  });
});

describe('--ndjson', () => {
  const lines = (...all: readonly unknown[]): World => ({
    standardInput: text(all.map((one) => `${JSON.stringify(one)}\n`).join('')),
  });

  it('publishes a message for each line, with what the options say where the line does not', async () => {
    const world = lines(
      { topic: 'a', payload: 'é', qos: 2, retain: false },
      { payloadHex: '00ff', retain: true },
      { topic: 'b', payloadBase64: 'AP8=', dup: false },
      { topic: 'c', payloadJson: { x: [1, null] } },
      { topic: 'd', payloadCbor: { x: 1 }, properties: { contentType: 'c', correlationData: '69 64' } },
    );
    const args = ['--ndjson', '-t', 't', '-q', '1', '--content-type', 'd'];
    const messages = await published(args, { count: 5, world });
    expect(messages).toEqual([
      { topic: 'a', payload: 'é', qos: 2, retain: false, dup: false, properties: { contentType: 'd' } },
      { topic: 't', payloadHex: '00ff', qos: 1, retain: false, dup: false, properties: { contentType: 'd' } },
      { topic: 'b', payloadHex: '00ff', qos: 1, retain: false, dup: false, properties: { contentType: 'd' } },
      {
        topic: 'c',
        payload: '{"x":[1,null]}',
        qos: 1,
        retain: false,
        dup: false,
        properties: { contentType: 'd' },
      },
      {
        ...{ topic: 'd', payloadHex: 'a1617801', qos: 1, retain: false, dup: false },
        properties: { correlationData: '69 64', contentType: 'c' },
      },
    ]);
  });

  it('takes what `sub --json` writes', async () => {
    const address = await broker();
    const args = ['-t', '#', '-q', '1', '--json', '-C', '2', '--explain', '--subscription-identifier', '7'];
    const subscriber = start(subCommand, [...address, ...args]);
    await subscriber.shows('SUBACK packet id');
    await run(pubCommand, [...address, '-t', 'a', '-q', '1', '-m', 'one', '--correlation-data', 'id']);
    await run(pubCommand, [...address, '-t', 'b', '--format', 'hex', '-m', 'ff', '--user-properties', 'a=1']);
    const { out } = await subscriber.outcome;
    const messages = await published(['--ndjson'], { count: 2, world: { standardInput: text(out) } });
    const [one, two] = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(messages).toEqual([
      { ...one, properties: { correlationData: '69 64' } },
      { ...two, properties: { userProperties: [['a', '1']] } },
    ]);
  });

  it.each<[string, unknown, string]>([
    ['no topic', { payload: 'a' }, 'there is no `topic`, and no --topic'],
    ['a wildcard', { topic: 'a/#', payload: 'a' }, '`topic` "a/#" holds a wildcard'],
    ['no payload', { topic: 'a' }, 'expected one of payload, payloadHex,'],
    ['two payloads', { topic: 'a', payload: 'a', payloadHex: '' }, 'expected one of payload, payloadHex,'],
    ['an object', { topic: 'a', payload: {} }, '`payload` must be text; JSON is `payloadJson`'],
    [
      'half a byte',
      { topic: 'a', payloadHex: '0' },
      '`payloadHex` must be hex: "0" at character 1 is half a byte',
    ],
    ['no base64', { topic: 'a', payloadBase64: '!' }, '`payloadBase64` must be base64'],
    ['QoS 3', { topic: 'a', payload: '', qos: 3 }, '`qos` must be 0, 1 or 2'],
    ['a stray field', { topic: 'a', payload: '', Topic: '' }, 'there is no `Topic`'],
    ['a stray property', { topic: 'a', payload: '', properties: { x: 1 } }, 'there is no `properties.x`'],
    ['no object', 7, 'expected an object'],
    [
      'a number that loses digits',
      { topic: 'a', payloadJson: [1e300] },
      '`payloadJson` holds a number above 9007199254740991',
    ],
  ])(
    'names the line with %s, and what was before is published, exit code 2',
    async (_what, line, message) => {
      const address = await broker();
      const subscriber = start(subCommand, [...address, '-t', '#', '-C', '1', '--explain']);
      await subscriber.shows('SUBACK packet id');
      const args = [...address, '--ndjson', '-q', '1'];
      const { code, error } = await run(pubCommand, args, lines({ topic: 'a', payload: 'good' }, line));
      expect([code, error]).toEqual([2, expect.stringContaining(`anax pub: standard input:2: ${message}`)]);
      expect((await subscriber.outcome).out).toBe('good\n');
    },
  );
});

describe('a connection that is lost in the middle of lines', () => {
  it.each([
    ['5', '1'],
    ['5', '2'],
    ['3.1.1', '1'],
  ])('is made again: in MQTT %s at QoS %s nothing is lost', async (version, qos) => {
    const address = await broker();
    const total = 400;
    const count = qos === '2' ? ['-C', String(total)] : ['-W', '20'];
    const subscriber = start(subCommand, [...address, '-t', '#', '-q', '2', ...count, '--explain']);
    await subscriber.shows('SUBACK packet id');
    const lines = Array.from({ length: total }, (_, i) => String(i));
    const standardInput = lines.map((line) => text(`${line}\n`));
    const through = await cutting(address, [1000, 1500]);
    const args = [...through, '-V', version, '-t', 't', '-l', '-q', qos];
    const { code, error } = await run(pubCommand, args, { standardInput });
    expect([code, error.match(/connected again/g)?.length]).toEqual([0, 2]);
    if (qos === '1') subscriber.stop();
    const { out } = await subscriber.outcome;
    const came = out.trimEnd().split('\n');
    expect(qos === '2' ? came : [...new Set(came)].sort()).toEqual(qos === '2' ? lines : lines.sort());
  });
});
