/** Owns what `anax sub` subscribes to, prints and exits with. */

import type { Packet } from '@anax/protocol';
import { describe, expect, it } from 'vitest';
import { pubCommand } from '../src/pub.ts';
import { subCommand } from '../src/sub.ts';
import { OutputClosed } from '../src/world/edges.ts';
import { broker, connack, run, scripted, start, text, type World } from './support.ts';

/** What is printed of one retained message. */
async function printed(
  payload: Uint8Array,
  args: readonly string[] = [],
  world: World = {},
  topic = 'a/b',
): Promise<Uint8Array> {
  const address = await broker();
  const files = { payload };
  await run(pubCommand, [...address, '-t', topic, '-r', '-q', '1', '-f', 'payload'], { files });
  const { bytes, code, error } = await run(subCommand, [...address, '-t', '#', '-C', '1', ...args], world);
  expect([code, error]).toEqual([0, '']);
  return bytes;
}

const shown = async (...args: Parameters<typeof printed>): Promise<string> =>
  Buffer.from(await printed(...args)).toString('utf8');

describe('a message is printed', () => {
  const terminal = { terminal: true };
  const binary = Uint8Array.of(0, 0x1b, 0xff);

  it('as the bytes that came and a line end, where the output is piped', async () => {
    expect([...(await printed(binary))]).toEqual([0, 0x1b, 0xff, 0x0a]);
  });

  it('with its topic before it with --verbose', async () => {
    expect(await shown(text('hi'), ['-v'])).toBe('a/b hi\n');
  });

  it('on a terminal with what a terminal would obey escaped, lines and tabs kept', async () => {
    const payload = text('two\n\tlines \u001b[2J\u202e');
    expect(await shown(payload, ['-v'], terminal, 'a\u0085')).toBe(
      'a\\u{85} two\n\tlines \\u{1b}[2J\\u{202e}\n',
    );
  });

  it('on a terminal in hex where it is no text, the first of it', async () => {
    expect(await shown(binary, [], terminal)).toBe('00 1b ff\n');
    expect(await shown(new Uint8Array(2000).fill(255), [], terminal)).toMatch(
      /^ff ff .* … 976 more bytes\n$/,
    );
  });

  it.each<[string, Uint8Array, boolean, string]>([
    ['text', text('a\u0007'), true, 'a\\u{7}\n'],
    ['text', text('a\u0007'), false, 'a\u0007\n'],
    ['json', text('{ "a":\n1 }'), false, '{"a":1}\n'],
    ['hex', binary, true, '001bff\n'],
    ['base64', binary, true, 'ABv/\n'],
    ['cbor', Uint8Array.of(0xa1, 0x61, 0x61, 0xf9, 0x3e, 0), false, '{"a":1.5}\n'],
    ['auto', binary, false, '001bff\n'],
    ['raw', text('\u0007'), true, '\u0007\n'],
  ])('in %s with --format', async (format, payload, isTerminal, expected) => {
    expect(await shown(payload, ['--format', format], { terminal: isTerminal })).toBe(expected);
  });

  it('not where it is not in that format: that is told', async () => {
    const address = await broker();
    await run(pubCommand, [...address, '-t', 'a', '-r', '-q', '1', '-m', 'x\u001b']);
    const { out, error, code } = await run(subCommand, [
      ...address,
      '-t',
      '#',
      '-C',
      '1',
      '--format',
      'json',
    ]);
    expect([out, code]).toEqual(['', 0]);
    expect(error).toMatch(/^anax sub: a: the payload is not JSON: .*; it is: x\\u\{1b\}\n$/);
  });

  it.each<[string, Uint8Array, object]>([
    ['json', text('{"a": 12345678901234567890}'), { payloadJson: {} }],
    ['cbor', Uint8Array.of(0x82, 1, 2), { payloadCbor: [1, 2] }],
    ['base64', binary, { payloadBase64: 'ABv/' }],
    ['json', binary, { payloadHex: '001bff' }],
  ])('in %s in a line of JSON', async (format, payload, expected) => {
    const line = await shown(payload, ['--json', '--format', format]);
    expect(JSON.parse(line)).toMatchObject(expected);
    if ('payloadJson' in expected) expect(line).toContain('"payloadJson":{"a":12345678901234567890}');
  });

  it('as a line of JSON with --json', async () => {
    expect(JSON.parse(await shown(binary, ['--json']))).toEqual({
      topic: 'a/b',
      payloadHex: '001bff',
      qos: 0,
      retain: true,
      dup: false,
      properties: {},
    });
  });
});

describe('options of the subscription', () => {
  it('reach the broker [5:3.8.3.1]', async () => {
    const { error, code } = await run(subCommand, [
      ...(await broker()),
      ...['-t', 'a', '-t', 'b/#', '-q', '1', '--no-local', '--retain-as-published', '--retain-handling', '2'],
      ...['--subscription-identifier', '7', '--user-properties', 'k=v', '-W', '0.1', '--explain'],
    ]);
    expect(code).toBe(0);
    expect(error).toContain("SUBSCRIBE packet id 1, 'a' QoS 1, 'b/#' QoS 1, 2 properties\n");
    expect(error.match(/ 2d +Subscription Options/g)).toHaveLength(2);
  });

  it.each(['3.1', '3.1.1'])('are none in MQTT %s, where it works as well', async (version) => {
    const address = await broker();
    await run(pubCommand, [...address, '-t', 't', '-m', 'm', '-r', '-q', '1']);
    const { out, code } = await run(subCommand, [...address, '-V', version, '-i', 'c', '-t', '+', '-C', '1']);
    expect([code, out]).toEqual([0, 'm\n']);
  });
});

describe('a session', () => {
  const session = ['-i', 'me', '-c', '--session-expiry-interval', '60', '-q', '1'];

  it('gives what came meanwhile, also under filters of an earlier time, and keeps what was not printed', async () => {
    const address = await broker();
    const earlier = start(subCommand, [...address, ...session, '-t', 'old', '--explain']);
    await earlier.shows('SUBACK packet id');
    earlier.stop();
    await earlier.outcome;
    for (const message of ['1', '2', '3']) {
      await run(pubCommand, [...address, '-t', 'old', '-q', '1', '-m', message]);
    }
    const { out, code } = await run(subCommand, [...address, ...session, '-t', 'new', '-C', '3', '-W', '5']);
    expect([code, out]).toEqual([0, '1\n2\n3\n']);
  });
});

describe('it ends', () => {
  it('with Ctrl-C, disconnecting in order, exit code 0', async () => {
    const running = start(subCommand, [...(await broker()), '-t', 't', '--explain']);
    await running.shows('SUBACK packet id');
    running.stop();
    const { code, error } = await running.outcome;
    expect([code, error.includes('DISCONNECT 0x00'), error.includes('UNSUBSCRIBE')]).toEqual([
      0,
      true,
      false,
    ]);
    expect(error).toMatch(/^anax sub: 0 messages in \d+\.\d s$/m);
  });

  it('after --timeout, exit code 0 without --count and 1 with too few', async () => {
    const args = [...(await broker()), '-t', 't', '-W', '0.05'];
    expect(await run(subCommand, args)).toMatchObject({ code: 0, error: '' });
    expect(await run(subCommand, [...args, '-C', '2'])).toMatchObject({
      code: 1,
      error: 'anax sub: 0 of 2 messages came in time\n',
    });
  });

  it('quietly where nobody reads its output any more', async () => {
    const address = await broker();
    await run(pubCommand, [...address, '-t', 't', '-m', 'm', '-r', '-q', '1']);
    const write = async (): Promise<void> => {
      throw new OutputClosed();
    };
    expect(await run(subCommand, [...address, '-t', 't'], { write })).toMatchObject({ code: 0, error: '' });
  });

  it('with the connection, exit code 1', async () => {
    const address = await broker();
    const running = start(subCommand, [...address, '-t', 't', '-i', 'same', '--explain']);
    await running.shows('SUBACK packet id');
    await run(pubCommand, [...address, '-t', 'x', '-n', '-i', 'same']);
    const { code, error } = await running.outcome;
    expect(code).toBe(1);
    expect(error).toContain('Session taken over (0x8e)');
  });

  it('with Ctrl-C where the broker does not answer SUBSCRIBE', async () => {
    const running = start(subCommand, [...(await scripted(connack())), '-t', 't', '--explain']);
    await running.shows('SUBSCRIBE packet id');
    running.stop();
    const { code, error } = await running.outcome;
    expect([code, error.endsWith('anax sub: stopped before it was done\n')]).toEqual([1, true]);
  });
});

describe('what the broker does not grant', () => {
  const suback = (...reasonCodes: readonly (0 | 1 | 0x87)[]): Packet => ({
    type: 'suback',
    packetId: 1,
    reasonCodes,
    properties: {},
  });

  it('is told, and the rest goes on', async () => {
    const address = await scripted(connack(), suback(0x87, 1));
    const args = [...address, '-t', 'no', '-t', 'yes', '-q', '2', '-W', '0.05'];
    const { code, error } = await run(subCommand, args);
    expect(code).toBe(0);
    expect(error.split('\n')).toEqual([
      'anax sub: the broker refused "no": 0x87 Not authorized',
      'anax sub: the broker granted QoS 1 for "yes"',
      '',
    ]);
  });

  it('has exit code 1 where it is every filter', async () => {
    const { code, error } = await run(subCommand, [...(await scripted(connack(), suback(0x87))), '-t', 'no']);
    expect([code, error]).toEqual([1, 'anax sub: the broker refused "no": 0x87 Not authorized\n']);
  });

  it('is not asked for where CONNACK says so, exit code 1', async () => {
    const address = await scripted(connack({ wildcardSubscriptionAvailable: false }));
    const { code, error } = await run(subCommand, [...address, '-t', '#']);
    expect(code).toBe(1);
    expect(error).toContain('the server takes no wildcards');
  });
});

describe('a wrong call has exit code 2, says what is wrong and connects to nothing', () => {
  it.each<[string, string, string]>([
    ['--json byte for byte', '-t t --json --format raw', '--json has no --format raw'],
    ['no filter', '-q 1', 'give --topic'],
    ['no filter that can be', '-t a/#/b', '--topic "a/#/b" holds a # that is not alone in the last level'],
    ['a subscription option in 3.1.1', '-t t -V 311 --no-local', '--no-local needs MQTT 5'],
    ['a subscription option in 3.1', '-t t -V 31 --retain-handling 0', '--retain-handling needs MQTT 5'],
    [
      'a property in 3.1.1',
      '-t t -V 311 --subscription-identifier 1',
      '--subscription-identifier needs MQTT 5',
    ],
    ['count 0', '-t t -C 0', 'It is a whole number of messages from 1'],
    ['no time', '-t t -W 0', 'It is a number of seconds above 0'],
    ['retain handling 3', '-t t --retain-handling 3', 'It is 0, 1 or 2.'],
  ])('%s', async (_what, args, message) => {
    const { out, error, code } = await run(subCommand, args.split(' '));
    expect([code, out]).toEqual([2, '']);
    expect(error).toContain(message);
  });
});
