/** Owns which CONNECT the options of a connection become, and which of them are refused. */

import { readFileSync } from 'node:fs';
import { createBroker } from '@anax/broker';
import { describe, expect, it, onTestFinished } from 'vitest';
import { connCommand } from '../src/conn.ts';
import { answering, run } from './support.ts';

const vectors = new Map(
  readFileSync(new URL('../../protocol/test/data/vectors.tsv', import.meta.url), 'utf8')
    .split('\n')
    .map((line) => line.split('\t'))
    .map(([name = '', , , hex = '']) => [name, hex]),
);
const CONNACK = '20 03 00 00 00';
const CONNACK_3 = '20 02 00 00';

const hexOf = (bytes: Uint8Array): string =>
  Buffer.from(bytes)
    .toString('hex')
    .replace(/..(?=.)/g, '$& ');

/** The CONNECT that these options send. */
async function connectOf(args: readonly string[], connack = CONNACK): Promise<string> {
  const { address, first } = await answering(connack);
  const { code, error } = await run(connCommand, [...address, ...args]);
  expect([code, error]).toEqual([0, '']);
  return hexOf(await first);
}

describe('what is sent', () => {
  it('is what a real client sent with the same options, byte for byte', async () => {
    const args =
      '--mqtt-version 5 --session-expiry-interval 300 --keepalive 60 --username admin --password public';
    expect(await connectOf([...args.split(' '), '--client-id', 'mqttx_0c668d0d'])).toBe(
      vectors.get('connect-5-captured'),
    );
  });

  it('has the properties in the order of the standard, whatever the order of the options [5:3.1.2.11]', async () => {
    const args = [
      ...['--authentication-data', 'd', '--authentication-method', 'm', '--user-properties', 'b: 2', 'a=1'],
      ...['--no-req-problem-info', '--req-response-info', '--topic-alias-maximum', '3', '-i', 'c'],
      ...['--maximum-packet-size', '1000', '--receive-maximum', '7', '--session-expiry-interval', '1'],
    ];
    const connack = '20 07 00 00 04 15 00 01 6d';
    expect(await connectOf(args, connack)).toBe(
      [
        '10 38 00 04 4d 51 54 54 05 02 00 3c 2a 11 00 00 00 01 21 00 07 27 00 00 03 e8 22 00 03 19 01 17 00',
        '26 00 01 62 00 01 32 26 00 01 61 00 01 31 15 00 01 6d 16 00 01 64 00 01 63',
      ].join(' '),
    );
  });

  it('has the will with all its properties [5:3.1.3.2]', async () => {
    const args = [
      ...['-i', 'c', '--will-topic', 'w', '--will-message', 'gone', '--will-qos', '2', '--will-retain'],
      ...['--will-delay-interval', '5', '--will-payload-format-indicator', '--will-content-type', 't'],
      ...[
        '--will-message-expiry-interval',
        '9',
        '--will-response-topic',
        'r',
        '--will-correlation-data',
        'x',
      ],
      ...['--will-user-properties', 'k=v'],
    ];
    expect(await connectOf(args)).toBe(
      [
        '10 37 00 04 4d 51 54 54 05 36 00 3c 00 00 01 63 1f 18 00 00 00 05 01 01 02 00 00 00 09 03 00 01 74',
        '08 00 01 72 09 00 01 78 26 00 01 6b 00 01 76 00 01 77 00 04 67 6f 6e 65',
      ].join(' '),
    );
  });

  it.each(['3.1', '3', '31', 'mqttv31'])('is MQTT 3.1 with -V %s', async (version) => {
    expect(await connectOf(['-V', version, '-i', 'c31'], CONNACK_3)).toBe(vectors.get('connect-31-minimal'));
  });

  it.each(['3.1.1', '4', '311', 'mqttv311'])('is MQTT 3.1.1 with -V %s', async (version) => {
    expect(await connectOf(['-V', version, '-i', 'c', '-k', '0', '-c'], CONNACK_3)).toBe(
      '10 0d 00 04 4d 51 54 54 04 00 00 00 00 01 63',
    );
  });

  it.each(['--no-clean', '-c', '--disable-clean-session'])('has no Clean Start with %s', async (option) => {
    expect((await connectOf([option, '-i', 'c'])).split(' ')[9]).toBe('00');
  });

  it('is the same with --host, --id, --pw and --will-payload, as mosquitto_pub writes them', async () => {
    const { address, first } = await answering(CONNACK);
    const [, host = '', , port = ''] = address;
    const others = ['-u', 'ann', '--will-topic', 'w'];
    const foreign = ['--host', host, '-p', port, '--id', 'c', '--pw', 'secret', '--will-payload', 'gone'];
    expect((await run(connCommand, [...foreign, ...others])).code).toBe(0);
    const own = ['-i', 'c', '-P', 'secret', '--will-message', 'gone'];
    expect(hexOf(await first)).toBe(await connectOf([...own, ...others]));
  });

  it('has user name and password of an address, and options before them', async () => {
    const { address, first } = await answering(CONNACK);
    const url = `mqtt://admin:pub%20lic@127.0.0.1:${address[3]}`;
    expect((await run(connCommand, [url, '-u', 'other'])).code).toBe(0);
    expect(
      Buffer.from(await first)
        .toString('latin1')
        .endsWith('\0\u0005other\0\u0007pub lic'),
    ).toBe(true);
  });
});

describe('another way than TCP', () => {
  it('is WebSocket, by an address or by options', async () => {
    const broker = createBroker({ listeners: [{ protocol: 'ws', port: 0, path: '/here' }] });
    await broker.start();
    onTestFinished(() => broker.close());
    const [{ url, port } = { url: '', port: 0 }] = broker.listeners;
    const options = ['--protocol', 'ws', '-h', '127.0.0.1', '-p', `${port}`, '--path', '/here'];
    for (const args of [[url], options]) {
      const { out, error, code } = await run(connCommand, args);
      expect([code, error]).toEqual([0, '']);
      expect(out).toContain(`Connected to ws://127.0.0.1:${port}/here with MQTT 5.0`);
    }
    const { error, code } = await run(connCommand, [url.replace('here', 'there')]);
    expect([code, error]).toEqual([1, expect.stringContaining('Unexpected server response: 404')]);
  });

  it('is TLS, where a server that does not speak it is named, and files are read before', async () => {
    const { address } = await answering(CONNACK);
    const args = ['--protocol', 'mqtts', '--insecure', '--ca', 'ca.pem'];
    const { error, code } = await run(connCommand, [...address, ...args], {
      files: { 'ca.pem': Buffer.from('') },
    });
    expect([code, error]).toEqual([1, expect.stringContaining('does not speak TLS')]);
  });
});

describe('a wrong call has exit code 2, says what is wrong and connects to nothing', () => {
  it.each<[string, string, string]>([
    ['a property in 3.1.1', '-V 3.1.1 --session-expiry-interval 3', '--session-expiry-interval needs MQTT 5'],
    ['a negated property in 3.1', '-V 3.1 --no-req-problem-info', '--no-req-problem-info needs MQTT 5'],
    ['a switch in 3.1.1', '-V 3.1.1 --req-response-info', '--req-response-info needs MQTT 5'],
    ['user properties in 3.1.1', '-V 4 --user-properties a=b', '--user-properties needs MQTT 5'],
    [
      'a will property in 3.1.1',
      '-V 4 --will-topic w --will-delay-interval 3',
      '--will-delay-interval needs',
    ],
    ['a password alone in 3.1.1', '-V 3.1.1 -P x', 'MQTT 3.1.1 takes no --password without --username'],
    ['a session without client id', '-V 3.1.1 --no-clean', 'goes on with a session by --client-id only'],
    ['will options without a will', '--will-qos 1', '--will-qos needs --will-topic'],
    ['a will to a wildcard', '--will-topic a/#', '--will-topic "a/#" holds a wildcard'],
    ['two wills', '--will-topic w --will-message a --will-payload b', 'are the same: give one'],
    ['another protocol', 'http://example.org', 'that begin with http:// are not supported'],
    ['another protocol by its name', '--protocol coap', 'that begin with coap:// are not supported'],
    ['a certificate without TLS', '--cafile f', 'are for mqtts:// and wss://'],
    ['a certificate without its key', '--protocol mqtts --cert f', '--cert and --key go together'],
    ['a file that is not there', 'mqtts://a --cafile none', '--cafile none cannot be read: no such file'],
    ['a path of TCP', '--path /mqtt', 'has more than host and port'],
    ['a path that is none', '--protocol ws --path mqtt', '--path "mqtt" does not begin with /'],
    ['a socket by its name', '--protocol mqtt+unix', 'give a socket as an address'],
    ['an address twice', 'mqtt://a -h b', 'not both'],
    ['an address with a path', 'mqtt://a/b', 'has more than host and port'],
    ['an address among user properties', '--user-properties a=b mqtt://a', 'write the address before it'],
    ['a pair without a sign', '--user-properties ab', 'It is name=value or "name: value".'],
    ['a port too high', '-p 65536', 'It is a whole number from 1 to 65535.'],
    ['Keep Alive too long', '-k 65536', 'It is a whole number of seconds from 0 to 65535.'],
    ['Receive Maximum 0 [5:3.1.2.11.3]', '--receive-maximum 0', 'from 1 to 65535'],
    ['Maximum Packet Size 0 [5:3.1.2.11.4]', '--maximum-packet-size 0', 'from 1 to 4294967295'],
    ['an unknown version', '-V 6', 'It is 3.1, 3.1.1 or 5.'],
    ['QoS 3', '--will-topic w --will-qos 3', 'It is 0, 1 or 2.'],
    ['once and stay', '--once --stay', '--once and --stay are opposites'],
    ['data without a method [5:3.1.2.11.10]', '--authentication-data x', 'Authentication Data'],
    ['an unknown option', '--nope', "unknown option '--nope'"],
  ])('%s', async (_what, args, message) => {
    const { out, error, code } = await run(connCommand, args.split(' '));
    expect([code, out]).toEqual([2, '']);
    expect(error).toContain(message);
  });
});
