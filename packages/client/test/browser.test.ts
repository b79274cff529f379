// Owns the shell for browsers, over a WebSocket in memory that behaves as a browser's: never paused, silent about room.

import { MqttError } from '@anax/protocol';
import { describe, expect, test } from 'vitest';
import { parseAddress } from '../src/browser/address.ts';
import { dialer } from '../src/browser/dial.ts';
import { type BrowserClientOptions, connect, type PlatformWebSocket } from '../src/browser/index.ts';
import { webSocket } from '../src/browser/websocket.ts';
import type { PipeListener } from '../src/index.ts';
import { ManualClock, settle } from './memory-pipe.ts';
import { bytes, hex } from './support.ts';
import { rejection } from './world.ts';

const CONNACK = '20 03 00 00 00';
const URL_TEXT = 'ws://host/mqtt';

class FakeWebSocket implements PlatformWebSocket {
  static made: FakeWebSocket[] = [];
  onopen: PlatformWebSocket['onopen'] = null;
  onmessage: PlatformWebSocket['onmessage'] = null;
  onerror: PlatformWebSocket['onerror'] = null;
  onclose: PlatformWebSocket['onclose'] = null;
  binaryType = 'blob';
  readyState = 0;
  bufferedAmount = 0;
  readonly sent: string[] = [];
  readonly closes: (number | undefined)[] = [];
  readonly url: string;
  readonly protocols: readonly string[];

  constructor(url: string, protocols: string[]) {
    this.url = url;
    this.protocols = protocols;
    FakeWebSocket.made.push(this);
  }

  static get last(): FakeWebSocket {
    const last = FakeWebSocket.made.at(-1);
    if (last === undefined) throw new Error('nothing was opened');
    return last;
  }

  send(data: Uint8Array): void {
    this.sent.push(hex(data));
  }
  close(code?: number): void {
    this.closes.push(code);
    this.readyState = 2;
  }
  open(): void {
    this.readyState = 1;
    this.onopen?.();
  }
  in(text: string): void {
    this.onmessage?.({ data: bytes(text).buffer });
  }
  over(code: number, reason = ''): void {
    this.readyState = 3;
    this.onclose?.({ code, reason });
  }
}

/** What a pipe says to its listener, in order. */
class Listener implements PipeListener {
  readonly heard: string[] = [];
  onReceived: () => void = () => undefined;
  opened(): void {
    this.heard.push('opened');
  }
  received(chunk: Uint8Array): void {
    this.heard.push(hex(chunk));
    this.onReceived();
  }
  drained(): void {
    this.heard.push('drained');
  }
  ended(error: MqttError | undefined): void {
    this.heard.push(`ended ${error?.code}: ${error?.message}`);
  }
}

function piped(receiveBufferBytesMax = 100) {
  const clock = new ManualClock();
  const listener = new Listener();
  const options = { clock, receiveBufferBytesMax, WebSocket: FakeWebSocket };
  const pipe = webSocket(URL_TEXT, options)(listener);
  return { clock, pipe, listener, ws: FakeWebSocket.last, heard: listener.heard };
}

/** A message to oneself has come. */
async function endOfTurn(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await settle();
}

describe('addresses', () => {
  test.each([
    ['ws://host', 'ws://host/mqtt'],
    ['wss://host:9001/', 'wss://host:9001/'],
    ['wss://host?token=x', 'wss://host/mqtt?token=x'],
    ['wss://[::1]/a', 'wss://[::1]/a'],
  ])('%s is %s', (text, url) => {
    expect(parseAddress(text).url.href).toBe(url);
  });

  test('user name and password are for CONNECT', () => {
    const { url, ...who } = parseAddress('wss://ada:a%3Ab@host/mqtt');
    expect(url.href).toBe('wss://host/mqtt');
    expect(who).toEqual({ userName: 'ada', password: 'a:b' });
  });

  test.each([
    ['mqtt://host', 'unsupported-protocol'],
    ['https://host/mqtt', 'unsupported-protocol'],
    ['host', 'invalid-url'],
    ['ws://host/#a', 'invalid-url'],
    ['ws://%zz@host', 'invalid-url'],
  ])('%s is refused: %s', (text, code) => {
    expect(() => parseAddress(text)).toThrow(expect.objectContaining({ code }));
  });
});

describe('Server References', () => {
  const options = { clock: new ManualClock(), receiveBufferBytesMax: 1, WebSocket: FakeWebSocket };

  async function urls(reference: string | undefined, home: string): Promise<readonly string[]> {
    const pipes = await dialer(new URL(home), options)(reference);
    return pipes.map((open) => {
      open(new Listener()).destroy();
      return FakeWebSocket.last.url;
    });
  }

  test('are reached as the server that named them [5:4.11]', async () => {
    expect(await urls(undefined, 'wss://first/mqtt')).toEqual(['wss://first/mqtt']);
    expect(await urls('a b:9 ::1 ws://c/d', 'ws://first:8083/mqtt?x')).toEqual([
      'ws://a/mqtt?x',
      'ws://b:9/mqtt?x',
      'ws://[::1]/mqtt?x',
      'ws://c/d',
    ]);
  });

  test.each([
    ['', 'is empty'],
    [':::', 'is no server'],
    ['mqtts://a', 'is no server'],
    ['ws://a', 'without TLS'],
  ])('%j is refused', async (reference, why) => {
    const error = await rejection(urls(reference, 'wss://first/mqtt'));
    expect([error.code, error.message]).toEqual(['invalid-server-reference', expect.stringContaining(why)]);
  });
});

describe('the pipe', () => {
  test('offers mqtt, for binary frames [5:MQTT-6.0.0-3] [3.1.1:MQTT-6.0.0-3]', () => {
    const { ws, heard } = piped();
    ws.open();
    expect([ws.protocols, ws.binaryType, heard]).toEqual([['mqtt'], 'arraybuffer', ['opened']]);
  });

  test('what is written in one turn leaves in one frame', async () => {
    const { pipe, ws } = piped();
    ws.open();
    pipe.write(bytes('c0 00'));
    pipe.write(bytes('e0 00'));
    expect([ws.sent, pipe.bufferedBytes]).toEqual([[], 4]);
    await endOfTurn();
    expect([ws.sent, pipe.bufferedBytes]).toEqual([['c0 00 e0 00'], 0]);
    pipe.write(bytes('c0 00'));
    pipe.end();
    expect(ws.sent).toEqual(['c0 00 e0 00', 'c0 00']);
  });

  test('a frame of text ends it [5:MQTT-6.0.0-1] [3.1.1:MQTT-6.0.0-1]', () => {
    const { ws, heard } = piped();
    ws.open();
    ws.onmessage?.({ data: 'text' });
    expect(heard).toEqual(['opened', `ended connection-lost: ${URL_TEXT} sent a frame of text`]);
    expect([ws.closes, ws.onclose]).toEqual([[4003], null]);
  });

  test('says with which code and words the server closed', () => {
    const { ws, heard } = piped();
    ws.open();
    ws.over(1001, 'going away');
    expect(heard[1]).toBe(`ended connection-lost: ${URL_TEXT} closed the connection with 1001: going away`);
  });

  test('says what may be wrong where the browser does not', () => {
    const { ws, heard } = piped();
    ws.over(1006);
    expect(heard).toEqual([
      expect.stringMatching(/^ended unreachable: ws:\/\/host\/mqtt could not be opened/),
    ]);
  });

  test('an error before it is open ends it once, and later says nothing', () => {
    const { ws, heard } = piped();
    ws.onerror?.();
    ws.over(1006);
    expect(heard).toEqual([expect.stringMatching(/^ended unreachable: .* \(1006\)/)]);
    const other = piped();
    other.ws.open();
    other.ws.onerror?.();
    expect(other.heard).toEqual(['opened']);
  });

  test('its own end, before or after it was open, is no error', () => {
    for (const begin of [(ws: FakeWebSocket) => ws.open(), () => undefined]) {
      const { pipe, ws, heard } = piped();
      begin(ws);
      pipe.end();
      ws.in('d0 00');
      ws.over(1006);
      expect(heard.at(-1)).toBe('ended undefined: undefined');
      expect(heard).not.toContain('d0 00');
    }
  });

  test('what comes while it is paused waits in order, and the end behind it', async () => {
    const { pipe, ws, heard } = piped();
    ws.open();
    pipe.pause();
    ws.in('01');
    ws.in('02');
    ws.over(1000);
    await settle();
    expect(heard).toEqual(['opened']);
    pipe.resume();
    expect(heard).toEqual(['opened']);
    await settle();
    expect(heard).toEqual(['opened', '01', '02', expect.stringContaining('ended connection-lost')]);
  });

  test('what is paused from within a delivery waits, too', async () => {
    const { pipe, listener, ws, heard } = piped();
    ws.open();
    pipe.pause();
    for (const text of ['01', '02', '03']) ws.in(text);
    listener.onReceived = () => {
      if (heard.at(-1) === '02') pipe.pause();
    };
    pipe.resume();
    await settle();
    expect(heard).toEqual(['opened', '01', '02']);
    pipe.resume();
    await settle();
    expect(heard).toEqual(['opened', '01', '02', '03']);
  });

  test('more than is to be kept ends it', () => {
    const { pipe, ws, heard } = piped(3);
    ws.open();
    ws.in('00 00 00 00');
    pipe.pause();
    ws.in('01 02 03');
    expect(ws.closes).toEqual([]);
    ws.in('04');
    expect(ws.closes).toEqual([undefined]);
    pipe.resume();
    expect(heard.slice(0, 2)).toEqual(['opened', '00 00 00 00']);
  });

  test('says when a congested peer takes bytes again, and asks no more after that', async () => {
    const { clock, pipe, ws, heard } = piped();
    ws.open();
    expect([pipe.congested, clock.waiting]).toEqual([false, 0]);
    ws.bufferedAmount = 300_000;
    expect([pipe.congested, clock.waiting]).toEqual([true, 1]);
    await clock.pass(100);
    expect(heard).toEqual(['opened']);
    ws.bufferedAmount = 1000;
    await clock.pass(100);
    expect([heard, clock.waiting]).toEqual([['opened', 'drained'], 0]);
    ws.bufferedAmount = 300_000;
    expect(pipe.congested).toBe(true);
    pipe.destroy();
    await clock.pass(100);
    expect([heard.length, clock.waiting]).toEqual([2, 0]);
  });

  test('is destroyed without a word, whatever waits', async () => {
    const { pipe, ws, heard } = piped();
    ws.open();
    pipe.pause();
    ws.in('01');
    pipe.write(bytes('c0 00'));
    pipe.destroy();
    pipe.resume();
    await endOfTurn();
    expect([heard, ws.sent, ws.closes, ws.onclose]).toEqual([['opened'], [], [undefined], null]);
  });
});

describe('connect', () => {
  const once: BrowserClientOptions = { WebSocket: FakeWebSocket, reconnect: false, clock: new ManualClock() };

  test('is a client like any other', async () => {
    const attempt = connect('ws://ada:secret@host', once);
    await settle();
    FakeWebSocket.last.open();
    await endOfTurn();
    FakeWebSocket.last.in(CONNACK);
    const client = await attempt;
    expect(FakeWebSocket.last.sent).toEqual([
      '10 1a 00 04 4d 51 54 54 05 c2 00 3c 00 00 00 00 03 61 64 61 00 06 73 65 63 72 65 74',
    ]);
    const over = client.close();
    FakeWebSocket.last.over(1000);
    expect(await over).toMatchObject({ code: 'disconnected' });
  });

  test('a client of 3.1 has an identifier', async () => {
    const attempt = connect(URL_TEXT, { ...once, dialect: '3.1' });
    await settle();
    FakeWebSocket.last.open();
    await endOfTurn();
    expect(FakeWebSocket.last.sent[0]).toMatch(/ 00 14 61 6e 61 78 /);
    FakeWebSocket.last.over(1006);
    expect(await rejection(attempt)).toMatchObject({ code: 'connection-lost' });
  });

  test('what the platform does not let be opened is refused for good', async () => {
    class Forbidden extends FakeWebSocket {
      constructor() {
        super('', []);
        throw new Error('SecurityError: insecure');
      }
    }
    const error = await rejection(connect(URL_TEXT, { ...once, WebSocket: Forbidden, reconnect: true }));
    expect(error).toBeInstanceOf(MqttError);
    expect([error.code, error.message]).toEqual(['unreachable', expect.stringContaining('SecurityError')]);
  });

  test('a server that floods a slow application is left, with a word for why', async () => {
    const attempt = connect(URL_TEXT, { ...once, receiveBufferBytesMax: 50 });
    await settle();
    FakeWebSocket.last.open();
    FakeWebSocket.last.in(CONNACK);
    const client = await attempt;
    const slow = client.subscribe('a', { bufferMessagesMax: 1 });
    FakeWebSocket.last.in('90 04 00 01 00 00');
    await slow.granted;
    for (let count = 0; count < 20; count++) FakeWebSocket.last.in('30 05 00 01 61 00 78');
    expect(slow.topicFilters).toEqual(['a']);
    expect((await client.closed).error).toMatchObject({ code: 'receive-buffer-full' });
  });
});
