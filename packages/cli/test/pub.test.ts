/** Owns what `anax pub` publishes, says and exits with. */

import { encodePacket, MQTT_5_0 } from '@anax/protocol';
import { describe, expect, it } from 'vitest';
import { pubCommand } from '../src/pub.ts';
import { subCommand } from '../src/sub.ts';
import { published } from './published.ts';
import { broker, connack, run, scripted, server, start, text, type World } from './support.ts';

describe('a message', () => {
  it.each(['5', '3.1.1', '3.1'].flatMap((version) => ['0', '1', '2'].map((qos) => [version, qos] as const)))(
    'is published in MQTT %s at QoS %s',
    async (version, qos) => {
      expect(await published(['-V', version, '-q', qos, '-t', 'a/b', '-m', 'hello'])).toEqual([
        { topic: 'a/b', payload: 'hello', qos: Number(qos), retain: false, dup: false, properties: {} },
      ]);
    },
  );

  const binary = Uint8Array.of(0, 0xff, 0x0a, 0x0d);
  it.each<[string, readonly string[], World, Record<string, unknown>]>([
    ['a file', ['-f', 'x'], { files: { x: binary } }, { payloadHex: '00ff0a0d' }],
    ['standard input', ['-s'], { standardInput: [text('a\n'), text('b\n')] }, { payload: 'a\nb\n' }],
    ['nothing', ['-n'], {}, { payload: '' }],
  ])('is what %s says', async (_where, args, world, expected) => {
    expect(await published(['-t', 't', ...args], { world })).toMatchObject([expected]);
  });

  it('has its properties, and not those of the connection [5:3.3.2.3]', async () => {
    const [message] = await published([
      ...['-t', 't', '-m', 'm', '--payload-format-indicator', '--content-type', 'c', '--response-topic', 'r'],
      ...['--correlation-data', 'id', '--user-properties', 'b: 2', 'a=1', '--conn-user-properties', 'x=y'],
      ...['--message-expiry-interval', '100', '--topic-alias', '1'],
    ]);
    expect(message?.['properties']).toEqual({
      payloadFormatIndicator: 1,
      messageExpiryInterval: 100,
      responseTopic: 'r',
      correlationData: '69 64',
      userProperties: [
        ['b', '2'],
        ['a', '1'],
      ],
      contentType: 'c',
    });
  });

  it('that is retained is there for who comes later', async () => {
    const address = await broker();
    await run(pubCommand, [...address, '-t', 't', '-m', 'kept', '-r', '-q', '1']);
    const { out } = await run(subCommand, [...address, '-t', 't', '-C', '1']);
    expect(out).toBe('kept\n');
  });
});

describe('--format', () => {
  it.each<[string, string, object]>([
    ['text', 'é', { payload: 'é' }],
    ['json', '{"a": 1}', { payload: '{"a": 1}' }],
    ['hex', '00 ff', { payloadHex: '00ff' }],
    ['base64', 'AP8=', { payloadHex: '00ff' }],
    ['cbor', '{"a": 1}', { payloadHex: 'a1616101' }],
  ])('%s says what is typed', async (format, typed, expected) => {
    const [message] = await published(['-t', 't', '--format', format, '-m', typed]);
    expect(message).toMatchObject(expected);
  });

  it('is for the will as well', async () => {
    const address = await broker();
    const subscriber = start(subCommand, [...address, '-t', '#', '--json', '-C', '1', '--explain']);
    await subscriber.shows('SUBACK packet id');
    const will = ['--will-topic', 'w', '--will-message', '{"a":1}', '--will-format', 'cbor'];
    const args = [...address, ...will, '-i', 'same', '-t', 't', '-l', '--explain'];
    const running = start(pubCommand, args);
    await running.shows('CONNACK');
    await run(pubCommand, [...address, '-t', '$x', '-n', '-i', 'same']);
    await running.outcome;
    expect(JSON.parse((await subscriber.outcome).out)).toMatchObject({ topic: 'w', payloadHex: 'a1616101' });
  });
});

describe('what the broker says', () => {
  it('is told where it is not Success, exit code 0', async () => {
    const { code, error } = await run(pubCommand, [...(await broker()), '-t', 't', '-n', '-q', '1']);
    expect([code, error]).toEqual([0, 'anax pub: published, 0x10 No matching subscribers\n']);
  });

  it('is told where it refuses the message, exit code 1', async () => {
    const properties = { reasonString: 'no\u001b[2Jthanks' };
    const address = await scripted(connack(), { type: 'puback', packetId: 1, reasonCode: 0x97, properties });
    const { code, error } = await run(pubCommand, [...address, '-t', 't', '-m', 'm', '-q', '1']);
    expect([code, error]).toEqual([
      1,
      'anax pub: the server refused the message: Quota exceeded (0x97): no\\u{1b}[2Jthanks\n',
    ]);
  });

  it.each<[string, object, readonly string[], string]>([
    ['QoS', { maximumQos: 0 }, ['-q', '1'], 'the server takes QoS 0 at most'],
    ['retain', { retainAvailable: false }, ['-r'], 'the server takes no retained messages'],
    ['size', { maximumPacketSize: 20 }, ['-m', 'x'.repeat(20)], 'larger than the 20 bytes'],
    ['alias', { topicAliasMaximum: 1 }, ['--topic-alias', '2'], 'the server takes 1 at most'],
  ])('in CONNACK about %s is obeyed and told, exit code 1', async (_what, properties, args, message) => {
    const given = args.includes('-m') ? args : [...args, '-m', 'm'];
    const { code, error } = await run(pubCommand, [
      ...(await scripted(connack(properties))),
      '-t',
      't',
      ...given,
    ]);
    expect(code).toBe(1);
    expect(error).toContain(message);
  });

  it('is nothing until Ctrl-C, exit code 1', async () => {
    const running = start(pubCommand, [
      ...(await scripted(connack())),
      '-t',
      't',
      '-m',
      'm',
      '-q',
      '1',
      '--explain',
    ]);
    await running.shows('PUBLISH ');
    running.stop();
    const { code, error } = await running.outcome;
    expect([code, error]).toEqual([
      1,
      expect.stringMatching(/^anax pub: stopped before the broker had acknowledged the message$/m),
    ]);
  });

  it('is nothing: the connection is lost before the acknowledgement, exit code 1', async () => {
    const address = await server((socket) => {
      socket.once('data', () => {
        socket.write(encodePacket(connack(), MQTT_5_0));
        socket.once('data', () => socket.destroy());
      });
    });
    const { code, error } = await run(pubCommand, [...address, '-t', 't', '-m', 'm', '-q', '1']);
    expect(code).toBe(1);
    expect(error).toContain('the server closed the connection');
  });
});

describe('a wrong call has exit code 2, says what is wrong and connects to nothing', () => {
  it.each<[string, string, string]>([
    ['no topic', '-m m', 'give --topic'],
    ['a wildcard', '-t a/+ -m m', '--topic "a/+" holds a wildcard'],
    ['an empty response topic', '-t t -m m --response-topic a/#', '--response-topic "a/#" holds a wildcard'],
    ['no message', '-t t', 'give one of --message, --file'],
    ['two messages', '-t t -m m -n', 'give one of --message, --file'],
    ['a file that is not there', '-t t -f x', 'cannot read x: no such file'],
    ['a property in 3.1.1', '-t t -m m -V 311 --content-type c', '--content-type needs MQTT 5'],
    ['user properties in 3.1', '-t t -m m -V 3 --user-properties a=b', '--user-properties needs MQTT 5'],
    ['Topic Alias 0', '-t t -m m --topic-alias 0', 'It is a whole number from 1 to 65535.'],
    ['QoS 3', '-t t -m m -q 3', 'It is 0, 1 or 2.'],
    ['what is no hex', '-t t -m 0g --format hex', '--message is not hex: "g" at character 2'],
    ['what is no JSON', '-t t -m { --format json', '--message is not JSON: '],
    [
      'a format that is none',
      '-t t -m m --format yaml',
      'Allowed choices are text, json, hex, base64, cbor.',
    ],
    [
      'a will that is no base64',
      '-t t -m m --will-topic w --will-message ! --will-format base64',
      '--will-message is not base64',
    ],
    ['lines of a file that is not there', '-t t -l -f no/file', 'cannot read no/file'],
    ['lines and a message', '-t t -l -m m', 'give one of --message, --file'],
  ])('%s', async (_what, args, message) => {
    const { out, error, code } = await run(pubCommand, args.split(' '));
    expect([code, out]).toEqual([2, '']);
    expect(error).toContain(message);
  });
});
