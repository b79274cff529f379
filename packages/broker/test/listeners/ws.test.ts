/** Owns what a WebSocket listener takes, refuses and hands on: by raw bytes, and with a client of the package `ws`. */

import { once } from 'node:events';
import { afterEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import type { Arrival, Listener } from '../../src/listeners/listener.ts';
import { listenWebSocket, type WebSocketLimits } from '../../src/listeners/ws.ts';
import { eventually } from '../shell/sockets.ts';
import { Arrived } from './arrived.ts';
import { frame, OPCODE, RawWebSocket, request } from './raw-websocket.ts';

const listeners: Listener[] = [];
const raws: RawWebSocket[] = [];
const arrivals: Arrived[] = [];
afterEach(async () => {
  for (const { socket } of raws.splice(0)) socket.destroy();
  for (const { arrival } of arrivals.splice(0)) arrival.duplex.destroy();
  for (const listener of listeners.splice(0)) await listener.close();
});

const LIMITS: WebSocketLimits = {
  upgradeTimeoutMs: 20_000,
  messageBytesMax: 100_000,
  unknownBytesMax: 50_000,
};

interface Facts extends Partial<WebSocketLimits> {
  readonly origins?: readonly string[];
  readonly mayCome?: () => boolean;
  readonly host?: string;
}

async function listen({ origins = [], mayCome = () => true, host = '127.0.0.1', ...limits }: Facts = {}) {
  const arrived: Arrived[] = [];
  const take = (arrival: Arrival): void => {
    const one = new Arrived(arrival);
    arrived.push(one);
    arrivals.push(one);
  };
  const listener = await listenWebSocket(
    { name: 'ws', protocol: 'ws', host, port: 0, path: '/mqtt', origins },
    { ...LIMITS, ...limits },
    { mayCome, mayComeFrom: () => true, arrived: take, refused: () => undefined },
  );
  listeners.push(listener);
  return { listener, arrived };
}

/** A client that is upgraded, and what was handed on for it. */
async function pair(facts: Facts = {}) {
  const { listener, arrived } = await listen(facts);
  const raw = await RawWebSocket.open(listener.port);
  raws.push(raw);
  return { raw, listener, one: arrived[0] as Arrived };
}

async function answerTo(port: number, text: string): Promise<string> {
  const raw = new RawWebSocket(port);
  raws.push(raw);
  raw.send(text);
  const head = await raw.head();
  await raw.end();
  return head;
}

describe('the handshake', () => {
  test.each([
    ['mqtt', 'mqtt'],
    ['other, mqtt', 'mqtt'],
    ['mqttv3.1, mqtt', 'mqtt'],
    // Paho for JavaScript, with MQTT 3.1.
    ['mqttv3.1', 'mqttv3.1'],
  ])('of %s selects %s [5:MQTT-6.0.0-4] [3.1.1:MQTT-6.0.0-4]', async (offered, selected) => {
    const { listener, arrived } = await listen();
    const raw = new RawWebSocket(listener.port);
    raws.push(raw);
    raw.send(request({ 'Sec-WebSocket-Protocol': offered }));
    const head = await raw.head();
    expect(head).toMatch(/^HTTP\/1\.1 101 /);
    expect(head).toContain('Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
    expect(head.split('\r\n')).toContain(`Sec-WebSocket-Protocol: ${selected}`);
    expect(head).not.toContain('Extensions');
    expect(arrived[0]?.arrival).toMatchObject({ address: '127.0.0.1', loopback: true });
  });

  test('offers no compression to who asks for it', async () => {
    const { listener } = await listen();
    const raw = new RawWebSocket(listener.port);
    raws.push(raw);
    raw.send(request({ 'Sec-WebSocket-Extensions': 'permessage-deflate' }));
    expect(await raw.head()).not.toContain('Extensions');
  });

  test.each([
    ['no subprotocol [5:6.0]', 400, { 'Sec-WebSocket-Protocol': undefined }],
    ['another subprotocol', 400, { 'Sec-WebSocket-Protocol': 'wamp' }],
    ['a subprotocol that is none', 400, { 'Sec-WebSocket-Protocol': 'mqtt, m q' }],
    ['no key', 400, { 'Sec-WebSocket-Key': undefined }],
    ['a key that is none', 400, { 'Sec-WebSocket-Key': 'x' }],
    ['another version', 400, { 'Sec-WebSocket-Version': '7' }],
    ['another upgrade', 426, { Upgrade: 'h2c' }],
    ['another page', 403, { Origin: 'https://evil.example' }],
    ['a file as page', 403, { Origin: 'null' }],
  ])('is refused with %s', async (_what, status, headers) => {
    const { listener, arrived } = await listen();
    expect(await answerTo(listener.port, request(headers))).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect([arrived.length, listener.pending]).toEqual([0, 0]);
  });

  test.each([
    ['another path', 404, request({}, 'GET /other HTTP/1.1')],
    ['another method', 405, request({}, 'POST /mqtt HTTP/1.1')],
    ['a plain request', 426, 'GET /mqtt HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['a plain request for anything else', 404, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['a body that never comes', 426, 'POST /mqtt HTTP/1.1\r\nHost: a\r\nContent-Length: 999999\r\n\r\n'],
    ['an MQTT packet', 400, '\u0010\u000c\0\u0004MQTT\u0004\u0002\0\0\0\0\r\n'],
    ['a head without end', 400, `GET /mqtt HTTP/1.1\r\nX: ${'x'.repeat(20_000)}`],
  ])('is no handshake with %s: a short answer, and the end', async (_what, status, text) => {
    const { listener, arrived } = await listen();
    const head = await answerTo(listener.port, text);
    expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(head.toLowerCase()).toMatch(/\r\nconnection: (upgrade, )?close/);
    expect([arrived.length, listener.pending]).toEqual([0, 0]);
  });

  test('takes a query behind the path, and bytes that come along with it', async () => {
    const { listener, arrived } = await listen();
    const raw = new RawWebSocket(listener.port);
    raws.push(raw);
    raw.send(Buffer.concat([Buffer.from(request({}, 'GET /mqtt?a=b HTTP/1.1')), frame('early')]));
    expect(await raw.head()).toMatch(/^HTTP\/1\.1 101 /);
    expect((await (arrived[0] as Arrived).bytes(5)).toString()).toBe('early');
  });
});

describe('a page may connect', () => {
  test.each([
    ['of this machine', {}, 'http://localhost:5173', true],
    ['of this machine by a name', {}, 'http://app.localhost', true],
    ['of a name that leads to this machine', {}, 'http://127.0.0.1.evil.example', false],
    ['that is named', { origins: ['https://app.example'] }, 'https://app.example', true],
    ['that is not named', { origins: ['https://app.example'] }, 'https://app.example:8443', false],
    ['of anywhere where any may', { origins: ['*'] }, 'https://evil.example', true],
    ['of the same host where the listener is for all', { host: '0.0.0.0' }, 'https://127.0.0.1', true],
    ['of this machine where the listener is for all', { host: '0.0.0.0' }, 'http://localhost', false],
  ])('%s', async (_what, facts, origin, isTaken) => {
    const { listener } = await listen(facts);
    const raw = new RawWebSocket(listener.port);
    raws.push(raw);
    raw.send(request({ Origin: origin }));
    expect(await raw.head()).toMatch(isTaken ? /^HTTP\/1\.1 101 / : /^HTTP\/1\.1 403 /);
  });
});

describe('handshakes that come to nothing', () => {
  test('are counted while they last, and cut when their time is over', async () => {
    const { listener, arrived } = await listen({ upgradeTimeoutMs: 50 });
    const silent = new RawWebSocket(listener.port);
    const slow = new RawWebSocket(listener.port).send('GET /mqtt HTTP/1.1\r\nHost: ');
    raws.push(silent, slow);
    await Promise.all([once(silent.socket, 'connect'), once(slow.socket, 'connect')]);
    await silent.end();
    await slow.end();
    await eventually(() => listener.pending === 0);
    expect(arrived).toEqual([]);
  });

  test('are closed at once where no more may come', async () => {
    let room = 1;
    const { listener } = await listen({ mayCome: () => room-- > 0 });
    const first = new RawWebSocket(listener.port);
    raws.push(first);
    await eventually(() => listener.pending === 1);
    const second = new RawWebSocket(listener.port);
    raws.push(second);
    await second.end();
    expect(listener.pending).toBe(1);
  });

  test('end with the listener', async () => {
    const { listener } = await listen();
    const silent = new RawWebSocket(listener.port);
    await eventually(() => listener.pending === 1);
    await listener.close();
    await silent.end();
  });
});

describe('frames', () => {
  test('hand on their bytes, whatever they are cut into [5:MQTT-6.0.0-2] [3.1.1:MQTT-6.0.0-2]', async () => {
    const { raw, one } = await pair();
    raw.send(frame('one'), frame(''), frame('two'));
    raw.send(frame('th', { isLast: false }), frame('re', { opcode: OPCODE.more, isLast: false }));
    raw.send(frame('ping', { opcode: OPCODE.ping }), frame('e', { opcode: OPCODE.more }));
    expect((await one.bytes(11)).toString()).toBe('onetwothree');
    expect(await raw.frame()).toEqual({ opcode: OPCODE.pong, payload: Buffer.from('ping') });
  });

  test('come byte by byte', async () => {
    const { raw, one } = await pair();
    for (const byte of Buffer.concat([frame('a'.repeat(200)), frame('b')])) raw.send(Buffer.of(byte));
    expect((await one.bytes(201)).toString()).toBe(`${'a'.repeat(200)}b`);
  });

  test('of text close with 1003 [5:MQTT-6.0.0-1] [3.1.1:MQTT-6.0.0-1]', async () => {
    const { raw, one } = await pair();
    raw.send(frame('before'), frame('text', { opcode: OPCODE.text }), frame('behind'));
    expect(await raw.closeCode()).toBe(1003);
    raw.send(frame('', { opcode: OPCODE.close }));
    await raw.end();
    one.arrival.duplex.end();
    await eventually(() => one.over);
    expect(one.read.toString()).toBe('before');
  });

  test.each([
    ['not masked', 1002, frame('x', { isMasked: false })],
    ['with a reserved bit', 1002, frame('x', { reserved: 0x40 })],
    ['of a kind that is not known', 1002, frame('x', { opcode: 3 })],
    ['that go on with nothing', 1002, frame('x', { opcode: OPCODE.more })],
    ['of control in fragments', 1002, frame('x', { opcode: OPCODE.ping, isLast: false })],
    ['of control that are too long', 1002, frame('x'.repeat(126), { opcode: OPCODE.ping })],
    ['of closing with a code that is none', 1002, frame(Buffer.of(0, 5), { opcode: OPCODE.close })],
    ['of text that is no UTF-8', 1007, frame(Buffer.of(0xff), { opcode: OPCODE.text })],
    ['that announce too much', 1009, frame('x', { length: 100_001 })],
    ['that announce far too much', 1009, frame('x', { length: 0xffff_ffff })],
  ])('%s close with %i, and the pipe ends', async (_what, code, bytes) => {
    const { raw, one } = await pair();
    raw.send(frame('before'), bytes);
    expect(await raw.closeCode()).toBe(code);
    raw.send(frame('', { opcode: OPCODE.close }));
    raw.socket.end();
    await eventually(() => one.over);
    expect(one.read.toString()).toBe('before');
  });

  test('of one message may be many, but not without end', async () => {
    const { raw, one } = await pair();
    one.known();
    raw.send(frame('', { isLast: false }));
    for (let i = 0; i < 20_000; i++) raw.send(frame('', { opcode: OPCODE.more, isLast: false }));
    expect(await raw.closeCode()).toBe(1008);
  });

  test('of a message that is larger in all are too large', async () => {
    const { raw, one } = await pair();
    one.known();
    raw.send(frame('x'.repeat(60_000), { isLast: false }));
    raw.send(frame('x'.repeat(60_000), { opcode: OPCODE.more }));
    expect(await raw.closeCode()).toBe(1009);
  });
});

describe('a message that is not complete', () => {
  test('may be small only while nobody was let in', async () => {
    const { raw, one } = await pair({ messageBytesMax: 10_000_000 });
    raw.send(frame('x'.repeat(40_000)));
    await one.bytes(40_000);
    raw.send(frame('x'.repeat(1_000_000), { length: 9_000_000 }));
    expect(await raw.closeCode()).toBe(1009);
  });

  test('may be large for who was let in', async () => {
    const { raw, one } = await pair({ messageBytesMax: 10_000_000 });
    one.known();
    raw.send(frame('x'.repeat(9_000_000)));
    expect((await one.bytes(9_000_000)).length).toBe(9_000_000);
  });
});

describe('the pipe', () => {
  test('sends each write as a binary frame, and many at once in order', async () => {
    const { raw, one } = await pair();
    const { duplex } = one.arrival;
    duplex.write('a');
    duplex.cork();
    for (const text of ['b', 'c', 'x'.repeat(70_000)]) duplex.write(text);
    duplex.uncork();
    for (const text of ['a', 'b', 'c', 'x'.repeat(70_000)])
      expect(await raw.frame()).toEqual({ opcode: OPCODE.binary, payload: Buffer.from(text) });
  });

  test('has nothing outstanding where the kernel took it, so that memory may be used again', async () => {
    const { raw, one } = await pair();
    const memory = Buffer.from('first');
    one.arrival.duplex.write(memory);
    expect(one.arrival.duplex.writableLength).toBe(0);
    memory.write('again');
    one.arrival.duplex.write(memory);
    expect((await raw.frame())?.payload.toString()).toBe('first');
    expect((await raw.frame())?.payload.toString()).toBe('again');
  });

  test('tells what a peer that does not read has not taken, and when it has', async () => {
    const { raw, one } = await pair();
    const { duplex } = one.arrival;
    raw.socket.pause();
    while (duplex.writableLength < 3_000_000) duplex.write(Buffer.alloc(64 * 1024));
    expect(duplex.writableNeedDrain).toBe(true);
    const drained = once(duplex, 'drain');
    raw.socket.resume();
    await drained;
    expect(duplex.writableLength).toBe(0);
  });

  test('that is not read stops its peer, and goes on where it stood', async () => {
    const { raw, one } = await pair();
    one.known();
    one.arrival.duplex.pause();
    const sent = 300;
    for (let i = 0; i < sent; i++) raw.send(frame(Buffer.alloc(50_000, i)));
    // Nothing moves any more.
    let looks = 0;
    let last = '';
    await eventually(() => {
      const now = `${raw.socket.writableLength} ${one.arrival.duplex.readableLength}`;
      looks = now === last ? looks + 1 : 0;
      last = now;
      return looks === 20;
    });
    expect(raw.socket.writableLength).toBeGreaterThan(0);
    expect(one.arrival.duplex.readableLength).toBeLessThan(1_000_000);
    one.arrival.duplex.resume();
    const read = await one.bytes(sent * 50_000);
    for (let i = 0; i < sent; i++) expect(read[i * 50_000 + 49_999]).toBe(i & 0xff);
  });

  test('leaves pings of a peer that does not read without pongs', async () => {
    const { raw, one } = await pair();
    one.known();
    raw.socket.pause();
    const { duplex } = one.arrival;
    while (duplex.writableLength < 1_000_000) duplex.write(Buffer.alloc(64 * 1024));
    for (let i = 0; i < 1000; i++) raw.send(frame('x'.repeat(100), { opcode: OPCODE.ping }));
    raw.send(frame('after'));
    await one.bytes(5);
    raw.socket.resume();
    duplex.end();
    let pongs = 0;
    for (let next = await raw.frame(); next?.opcode !== OPCODE.close; next = await raw.frame())
      if (next?.opcode === OPCODE.pong) pongs += 1;
    expect(pongs).toBe(0);
  });

  test('closes with 1000 behind what was written, when it is ended', async () => {
    const { raw, one } = await pair();
    one.arrival.duplex.end('last');
    expect((await raw.frame())?.payload.toString()).toBe('last');
    expect(await raw.closeCode()).toBe(1000);
    raw.send(frame('', { opcode: OPCODE.close }));
    await raw.end();
    await eventually(() => one.over);
  });

  test.each([
    ['closes in order', (raw: RawWebSocket) => raw.send(frame('', { opcode: OPCODE.close }))],
    ['ends its half', (raw: RawWebSocket) => raw.socket.end()],
    ['resets', (raw: RawWebSocket) => raw.socket.resetAndDestroy()],
  ])('is over when its peer %s', async (_how, leave) => {
    const { raw, one } = await pair();
    raw.send(frame('last'));
    await one.bytes(4);
    leave(raw);
    await eventually(() => one.over || one.arrival.duplex.readableEnded);
    one.arrival.duplex.end();
    await eventually(() => one.over);
    expect(one.read.toString()).toBe('last');
  });

  test('takes writes when its peer is gone, and throws nothing', async () => {
    const { raw, one } = await pair();
    raw.send(frame('', { opcode: OPCODE.close }));
    await eventually(() => one.arrival.duplex.readableEnded);
    one.arrival.duplex.write('into nothing');
    one.arrival.duplex.end();
    await eventually(() => one.over);
  });
});

test('the package ws as a client: bytes there and back, and the closing handshake', async () => {
  const { listener, arrived } = await listen();
  expect(listener.url).toBe(`ws://127.0.0.1:${listener.port}/mqtt`);
  const client = new WebSocket(listener.url, ['mqtt']);
  await once(client, 'open');
  expect([client.protocol, client.extensions]).toEqual(['mqtt', '']);
  const { duplex } = (arrived[0] as Arrived).arrival;
  duplex.on('data', (chunk: Buffer) => duplex.write(chunk));
  const large = Buffer.alloc(40_000, 7);
  client.send(large);
  const [back, isBinary] = (await once(client, 'message')) as [Buffer, boolean];
  expect([Buffer.compare(back, large), isBinary]).toEqual([0, true]);
  client.close();
  const [code] = await once(client, 'close');
  expect(code).toBe(1005);
  await eventually(() => duplex.readableEnded);
});
