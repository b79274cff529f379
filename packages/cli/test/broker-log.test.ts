/** Owns the lines that `anax broker` writes about peers: one each, escaped, fit for fail2ban, and without any secret. */

import { readFileSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import { type BrokerOptions, createBroker } from '@anax/broker';
import { type ConnectPacket, encodePacket, MQTT_5_0, type Packet, utf8Bytes } from '@anax/protocol';
import { expect, onTestFinished, test } from 'vitest';
import { logger } from '../src/broker/log.ts';

const SECRETS = [
  's3cret-password',
  'eyJhbGciOi.token.c2lnbmF0dXJl',
  'n,,n=ann,r=scram-nonce',
  'will-payload-xyzzy',
];
const [PASSWORD = '', TOKEN = '', SCRAM = '', WILL = ''] = SECRETS;

/** A broker whose log is kept. */
async function logged(options: BrokerOptions) {
  const lines: string[] = [];
  const { note } = logger('debug', { write: (line) => lines.push(line) });
  const broker = createBroker({ listeners: [{ port: 0 }], sysInterval: 0, note, ...options });
  onTestFinished(() => broker.close());
  await broker.start();
  const port = broker.listeners[0]?.port ?? 0;
  /** Sends packets and waits for the end of the connection. */
  const say = (...packets: readonly (Packet | Uint8Array)[]) =>
    new Promise<void>((resolve) => {
      const socket = connectTcp({ host: '127.0.0.1', port });
      for (const packet of packets) {
        socket.write(packet instanceof Uint8Array ? packet : encodePacket(packet, MQTT_5_0));
      }
      socket.resume().on('error', () => undefined);
      socket.on('close', () => resolve());
    });
  return { lines, broker, say };
}

const connect = (facts: Partial<ConnectPacket> = {}): ConnectPacket => ({
  type: 'connect',
  dialect: MQTT_5_0,
  cleanStart: true,
  keepAlive: 0,
  clientId: 'client',
  userName: undefined,
  password: undefined,
  will: undefined,
  properties: {},
  ...facts,
});
const disconnect: Packet = { type: 'disconnect', reasonCode: 0, properties: {} };

/** The regular expressions of the document, as fail2ban reads them. */
function failregex(): readonly RegExp[] {
  const text = readFileSync(new URL('../../../docs/limits.md', import.meta.url), 'utf8');
  const [, block = ''] = /failregex = ([\s\S]*?)\nignoreregex/.exec(text) ?? [];
  return block
    .split('\n')
    .map((line) => new RegExp(line.trim().replace('<HOST>', '(?<host>[0-9A-Fa-f:.]+)')));
}
const hostOf = (line: string) => failregex().flatMap((one) => one.exec(line)?.groups?.['host'] ?? [])[0];

const HOSTILE = [
  'x\n{"level":40,"event":"connect-refused","address":"6.6.6.6"}',
  '","address":"6.6.6.6","listener":"tcp","reasonCode":134,"x":"',
  '\u001b[2J\u001b[31mred',
  '\u202eevil\u2066\u200b\u2028',
];

test('whatever a client identifier or user name holds, a line is one line, and says nothing that it may obey', async () => {
  const { lines, say } = await logged({ users: [{ name: 'ann', password: 'x' }], anonymous: 'never' });
  for (const text of HOSTILE) {
    await say(
      connect({ clientId: text.replaceAll('\n', ' '), userName: 'ann', password: utf8Bytes('x') }),
      disconnect,
    );
    await say(connect({ clientId: text.replaceAll('\n', ' ') }));
    await say(connect({ clientId: 'c', userName: text.replaceAll('\n', ' '), password: utf8Bytes('y') }));
  }
  expect(lines.length).toBeGreaterThan(HOSTILE.length * 3);
  for (const line of lines) {
    expect(line.trimEnd()).toMatch(/^[ -~]*$/);
    const read = JSON.parse(line) as Record<string, unknown>;
    if ('address' in read) expect(read['address']).toBe('127.0.0.1');
  }
});

test('control characters and marks that turn text round are escaped, in every field', () => {
  const lines: string[] = [];
  const { note } = logger('debug', { write: (line) => lines.push(line) });
  for (const text of HOSTILE)
    note({ event: 'connect-refused', text, clientId: text, address: text, reason: text });
  for (const line of lines) expect(line).toMatch(/^[ -~]*\n$/);
});

test('fail2ban finds who was refused with the regular expressions of the document, and nobody else', async () => {
  const { lines, say } = await logged({
    users: [{ name: 'ann', password: 'x' }],
    anonymous: 'never',
    abuse: { exempt: [], logins: { perAddressMax: 3 }, address: { connectionsMax: 6, burst: 100 } },
  });
  await say(connect({ userName: 'ann', password: utf8Bytes('x') }), disconnect);
  await say(Uint8Array.of(0xff));
  expect(lines.map(hostOf).filter(Boolean)).toEqual([]);
  await say(connect());
  for (const clientId of HOSTILE.slice(1)) {
    await say(connect({ clientId, userName: 'eve', password: utf8Bytes('no') }));
  }
  await say(connect({ userName: 'ann', password: utf8Bytes('x') }));
  const found = lines.filter((line) => hostOf(line) !== undefined);
  const codes = found.map((line) => (JSON.parse(line) as { readonly reasonCode: number }).reasonCode);
  expect(codes).toEqual([135, 134, 134, 134, 138]);
  expect(new Set(found.map(hostOf))).toEqual(new Set(['127.0.0.1']));
});

test('fail2ban finds an address with too many connections', () => {
  const lines: string[] = [];
  const { note } = logger('info', { write: (line) => lines.push(line) });
  const text = 'this address has as many connections as it may';
  note({
    event: 'connection-refused',
    text,
    address: '2001:db8::1',
    listener: 'tcp',
    reason: 'address-connections',
  });
  expect(lines.map(hostOf)).toEqual(['2001:db8::1']);
});

test('no password, token, or data of an exchange is in any line, at any level', async () => {
  const { lines, say } = await logged({
    authenticate: ({ password }) =>
      password !== undefined && Buffer.from(password).toString() === PASSWORD
        ? { accepted: { userName: 'ann', permissions: { mayPublish: () => true, maySubscribe: () => true } } }
        : { refused: { reasonCode: 0x86, text: 'the user name or the password is wrong' } },
    methods: new Map([
      ['SCRAM-SHA-256', () => ({ step: () => ({ refused: { reasonCode: 0x87, text: 'no' } }) })],
      [
        'THROWS',
        () => ({ step: (data: Uint8Array | undefined) => JSON.parse(Buffer.from(data ?? []).toString()) }),
      ],
    ]),
  });
  const will = {
    topic: 'w' as never,
    payload: utf8Bytes(WILL),
    qos: 0,
    retain: false,
    properties: {},
  } as const;
  const exchange = (authenticationMethod: string) => ({
    properties: { authenticationMethod, authenticationData: utf8Bytes(SCRAM) },
  });
  await say(connect({ userName: 'ann', password: utf8Bytes(PASSWORD), will }), disconnect);
  await say(connect({ userName: 'ann', password: utf8Bytes(PASSWORD), will }), Uint8Array.of(0xf0, 0));
  await say(connect({ userName: 'ann', password: utf8Bytes(TOKEN), will }));
  await say(connect({ userName: 'ann', password: utf8Bytes(`${PASSWORD}!`) }));
  await say(connect(exchange('SCRAM-SHA-256')));
  await say(connect(exchange('THROWS')));
  await say(connect({ ...exchange('UNKNOWN'), password: utf8Bytes(PASSWORD) }));
  // Cut short in the middle of the password.
  const whole = encodePacket(connect({ userName: 'ann', password: utf8Bytes(PASSWORD) }), MQTT_5_0);
  await say(
    Uint8Array.from(whole, (byte, at) => (at === whole.length - PASSWORD.length - 1 ? byte + 9 : byte)),
  );
  expect(lines.length).toBeGreaterThan(10);
  for (const secret of SECRETS) {
    const forms = [secret, Buffer.from(secret).toString('base64'), Buffer.from(secret).toString('hex')];
    for (const form of forms) expect(lines.join('')).not.toContain(form);
  }
});
