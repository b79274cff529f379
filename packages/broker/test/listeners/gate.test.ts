/** Owns who is believed: PROXY headers over sockets, in whatever pieces they come, and `X-Forwarded-For`. */

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { AddressSet, isAddressRange } from '../../src/listeners/addresses.ts';
import { forwardedAddress, isForwarded } from '../../src/listeners/forwarded.ts';
import type { ProxyOptions } from '../../src/listeners/gate.ts';
import type { Listener, Taker } from '../../src/listeners/listener.ts';
import { openListener } from '../../src/listeners/open.ts';
import { SharedRead } from '../../src/listeners/shared-read.ts';
import { eventually } from '../shell/sockets.ts';
import { Arrived } from './arrived.ts';

const HEADER = Buffer.from('PROXY TCP4 192.0.2.7 192.0.2.1 5 1883\r\n');
const CONNECT = Buffer.from([0x10, 0x0c, 0x00, 0x04]);
const FROM_HERE: ProxyOptions = { from: ['127.0.0.0/8'], others: 'refuse' };

const listeners: Listener[] = [];
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const listener of listeners.splice(0)) await listener.close();
});

interface Facts extends Partial<Taker> {
  readonly proxyProtocol?: ProxyOptions;
  readonly timeoutMs?: number;
}

async function listen({ proxyProtocol = FROM_HERE, timeoutMs = 20_000, ...wishes }: Facts = {}) {
  const arrived: Arrived[] = [];
  const refused: string[] = [];
  const taker: Taker = {
    mayCome: () => true,
    mayComeFrom: () => true,
    arrived: (arrival) => {
      arrived.push(new Arrived(arrival));
      sockets.push(arrival.duplex as Socket);
    },
    refused: (address, text) => refused.push(`${address} ${text}`),
    ...wishes,
  };
  const limits = { upgradeTimeoutMs: timeoutMs, messageBytesMax: 1000, unknownBytesMax: 1000 };
  const listener = await openListener(
    { protocol: 'tcp', name: 'tcp', host: '127.0.0.1', port: 0, proxyProtocol },
    limits,
    new SharedRead(),
    taker,
  );
  listeners.push(listener);
  const dial = (...first: readonly Uint8Array[]): Socket => {
    const socket = connect({ port: listener.port, host: '127.0.0.1', noDelay: true });
    sockets.push(socket);
    socket.on('error', () => undefined).resume();
    for (const bytes of first) socket.write(bytes);
    return socket;
  };
  return { listener, arrived, refused, dial };
}

describe('a proxy that is named', () => {
  test('stands for the client that it says, who is never of this machine', async () => {
    const { arrived, dial, listener } = await listen();
    const socket = dial(Buffer.concat([HEADER, CONNECT]));
    await eventually(() => arrived[0]?.read.length === CONNECT.length);
    expect(arrived[0]?.read).toEqual(CONNECT);
    expect(arrived[0]?.arrival).toMatchObject({ address: '192.0.2.7', loopback: false, isAnnounced: true });
    arrived[0]?.arrival.duplex.write('answer');
    expect(String((await once(socket, 'data'))[0])).toBe('answer');
    expect(listener.pending).toBe(0);
  });

  test('may send its header in any two pieces, and a byte at a time', async () => {
    const { arrived, dial } = await listen();
    const all = Buffer.concat([HEADER, CONNECT]);
    for (let at = 1; at < all.length; at += 3) {
      const socket = dial(all.subarray(0, at));
      await once(socket, 'connect');
      await new Promise(setImmediate);
      socket.write(all.subarray(at));
    }
    const count = Math.ceil((all.length - 1) / 3);
    const slow = dial();
    await once(slow, 'connect');
    for (const byte of all) {
      slow.write(Uint8Array.of(byte));
      await new Promise(setImmediate);
    }
    await eventually(() => arrived.length === count + 1);
    await eventually(() => arrived.every(({ read }) => read.length === CONNECT.length));
    for (const { read, arrival } of arrived) expect([read, arrival.address]).toEqual([CONNECT, '192.0.2.7']);
  });

  test.each([
    ['no header', CONNECT, 'no PROXY header'],
    [
      'a malformed one',
      Buffer.from('PROXY TCP4 nowhere 192.0.2.1 1 2\r\n'),
      'a PROXY header with wrong addresses',
    ],
    ['one without an end', Buffer.from(`PROXY UNKNOWN ${'x'.repeat(200)}`), 'a PROXY header without an end'],
  ])('that sends %s is cut at once', async (_, bytes, text) => {
    const { arrived, refused, dial } = await listen();
    await once(dial(bytes), 'close');
    expect([arrived, refused]).toEqual([[], [`127.0.0.1 ${text}`]]);
  });

  test('that speaks for itself is where it is, and still not of this machine', async () => {
    const { arrived, dial } = await listen();
    dial(Buffer.from([...Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1'), 0x20, 0, 0, 0]), CONNECT);
    await eventually(() => arrived.length === 1);
    expect(arrived[0]?.arrival).toMatchObject({ address: '127.0.0.1', loopback: false });
  });

  test('that sends its header too slowly, or half of it, is cut', async () => {
    const { arrived, refused, dial, listener } = await listen({ timeoutMs: 200 });
    const silent = dial();
    const half = dial(HEADER.subarray(0, 9));
    await eventually(() => listener.pending === 2);
    await Promise.all([once(silent, 'close'), once(half, 'close')]);
    const ended = dial(HEADER.subarray(0, 9));
    ended.end();
    await once(ended, 'close');
    expect(listener.pending).toBe(0);
    expect(arrived).toEqual([]);
    expect(refused.sort()).toEqual([
      '127.0.0.1 nothing was agreed on in time',
      '127.0.0.1 nothing was agreed on in time',
      '127.0.0.1 the connection ended within a PROXY header',
    ]);
  });

  test('is asked about by the address of its client, not by its own', async () => {
    const asked: string[] = [];
    const mayComeFrom = (address: string): boolean => {
      asked.push(address);
      return false;
    };
    const { arrived, dial } = await listen({ mayComeFrom });
    await once(dial(Buffer.concat([HEADER, CONNECT])), 'close');
    expect([asked, arrived]).toEqual([['192.0.2.7'], []]);
  });
});

describe('who is not named', () => {
  test('is cut before it says anything', async () => {
    const { arrived, refused, dial } = await listen({
      proxyProtocol: { from: ['192.0.2.0/24'], others: 'refuse' },
    });
    await once(dial(HEADER), 'close');
    expect([arrived, refused]).toEqual([[], ['127.0.0.1 no proxy that is known here']]);
  });

  test('is served as it is where that is set, and its header is read by nobody', async () => {
    const { arrived, dial } = await listen({ proxyProtocol: { from: ['192.0.2.0/24'], others: 'serve' } });
    dial(HEADER);
    await eventually(() => arrived[0]?.text === HEADER.toString());
    expect(arrived[0]?.arrival).toMatchObject({ address: '127.0.0.1', loopback: true });
  });
});

describe('a set of addresses', () => {
  const set = new AddressSet(['192.0.2.1', '10.0.0.0/8', '2001:db8::/32', '::1']);

  test.each([
    ['192.0.2.1', true],
    ['192.0.2.10', false],
    ['10.255.0.1', true],
    ['11.0.0.1', false],
    ['2001:db8:1::5', true],
    ['2001:db9::', false],
    ['::1', true],
    ['', false],
    ['unix', false],
  ])('has %j: %s', (address, expected) => {
    expect(set.has(address)).toBe(expected);
  });

  test.each([
    '',
    '10.0.0.0/33',
    '::/129',
    '10.0.0/8',
    '10.0.0.0/',
    '10.0.0.0/-1',
    'localhost',
    'fe80::1%eth0',
    '*',
  ])('is not made of %j', (text) => {
    expect(isAddressRange(text)).toBe(false);
  });
});

describe('X-Forwarded-For', () => {
  const proxies = new AddressSet(['127.0.0.1', '10.0.0.0/8']);
  const read = (list: string, peer = '127.0.0.1'): string | undefined =>
    forwardedAddress({ 'x-forwarded-for': list }, peer, proxies);

  test.each([
    ['192.0.2.7', '192.0.2.7'],
    ['198.51.100.1, 192.0.2.7', '192.0.2.7'],
    ['198.51.100.1, 192.0.2.7, 10.0.0.5', '192.0.2.7'],
    ['10.0.0.7, 10.0.0.5', '10.0.0.7'],
    ['192.0.2.7:4711', '192.0.2.7'],
    ['2001:db8::7', '2001:db8::7'],
    [`${'['}2001:db8::7]:4711`, '2001:db8::7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['::FFFF:C000:0207', '192.0.2.7'],
    ['2001:DB8:0:0::0007', '2001:db8::7'],
    ['not an address, 192.0.2.7', '192.0.2.7'],
    ['', undefined],
    ['unknown', undefined],
    ['192.0.2.7, ', undefined],
    ['fe80::1%eth0', undefined],
  ])('is read from its end, as far as known proxies wrote it: %j', (list, expected) => {
    expect(read(list)).toBe(expected);
  });

  test('is read of nobody else', () => {
    expect(read('192.0.2.7', '198.51.100.9')).toBe('198.51.100.9');
  });

  test('may be missing, and X-Real-IP stand for it', () => {
    expect(forwardedAddress({}, '127.0.0.1', proxies)).toBe('127.0.0.1');
    expect(forwardedAddress({ 'x-real-ip': '192.0.2.8' }, '127.0.0.1', proxies)).toBe('192.0.2.8');
  });

  test.each(['x-forwarded-for', 'x-real-ip', 'forwarded', 'via'])(
    'shows that somebody is between: %s',
    (name) => {
      expect([isForwarded({ [name]: 'anything' }), isForwarded({})]).toEqual([true, false]);
    },
  );
});
