// Owns where a Server Reference leads, and where it may not.

import { describe, expect, test } from 'vitest';
import { dialer } from '../src/node/dial.ts';
import type { Target } from '../src/node/target.ts';
import { alike } from '../src/node/url.ts';

const TCP: Target = { host: '127.0.0.1', port: 1883 };
const TLS: Target = { protocol: 'mqtts', host: '127.0.0.1', port: 8883 };
const WSS: Target = { protocol: 'wss', host: '127.0.0.1', port: 443, path: '/mqtt' };
const UNIX: Target = { protocol: 'mqtt+unix', path: '/run/broker.sock' };

describe('a Server Reference [5:4.11]', () => {
  test.each<[string, Target, string, number]>([
    ['an address', TCP, '127.0.0.2', 1],
    ['several', TCP, '127.0.0.2 127.0.0.3:1884 ::1', 3],
    ['an address from TLS', TLS, '127.0.0.2:1', 1],
    ['another way with TLS', TLS, 'wss://127.0.0.2/mqtt', 1],
    ['TLS from TCP', TCP, 'mqtts://127.0.0.2', 1],
    ['an address from a file', UNIX, '127.0.0.2', 1],
  ])('leads to %s', async (_what, home, reference, count) => {
    expect(await dialer(home)(reference)).toHaveLength(count);
  });

  test.each<[string, Target, string]>([
    ['a connection without TLS, from one with it', TLS, 'mqtt://127.0.0.2'],
    ['a WebSocket without TLS, from one with it', WSS, 'ws://127.0.0.2/mqtt'],
    ['a file of this machine', TCP, 'mqtt+unix:///run/other.sock'],
    ['nothing', TCP, ' '],
    ['what is no server', TCP, 'a/b'],
  ])('does not lead to %s', async (_what, home, reference) => {
    await expect(dialer(home)(reference)).rejects.toMatchObject({ code: 'invalid-server-reference' });
  });

  test('without a protocol is reached as the server that named it', () => {
    expect(alike(TLS, 'other', undefined)).toEqual({ protocol: 'mqtts', host: 'other', port: 8883 });
    expect(alike(WSS, 'other', 9)).toEqual({ protocol: 'wss', host: 'other', port: 9, path: '/mqtt' });
    expect(alike(TCP, 'other', undefined)).toEqual({ host: 'other', port: 1883 });
  });
});
