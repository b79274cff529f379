/** Owns what a TLS listener takes, refuses and hands on: handshakes over real sockets, with certificates made here. */

import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { connect } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { eventually } from '../shell/sockets.ts';
import { authority, folder, listen, problem, secured, server, sockets } from './tls-bench.ts';

describe('a TLS listener', () => {
  test('hands on what is inside, both ways', async () => {
    const { listener, arrived } = await listen();
    expect(listener).toMatchObject({
      protocol: 'tls',
      url: `mqtts://127.0.0.1:${listener.port}`,
      loopback: true,
    });
    const socket = await secured(listener.port);
    socket.write('hello');
    await eventually(() => arrived[0]?.text === 'hello');
    expect(arrived[0]?.arrival).toMatchObject({ address: '127.0.0.1', loopback: true });
    expect(arrived[0]?.arrival.certificate).toBeUndefined();
    arrived[0]?.arrival.duplex.write('back');
    expect(String((await once(socket, 'data'))[0])).toBe('back');
    expect(listener.pending).toBe(0);
  });

  test('speaks 1.2 and 1.3, nothing older, and 1.3 only where that is asked', async () => {
    const { listener } = await listen();
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      const socket = await secured(listener.port, { minVersion: version, maxVersion: version });
      expect(socket.getProtocol()).toBe(version);
    }
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' } as const;
    expect(await problem(listener.port, old)).toMatch(/ALERT_PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL/);
    const strict = await listen({ minVersion: 'TLSv1.3' });
    expect(await problem(strict.listener.port, { maxVersion: 'TLSv1.2' })).toMatch(/ALERT_PROTOCOL_VERSION/);
  });

  test('uses the ciphers that it is told', async () => {
    const { listener } = await listen({ ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' });
    const socket = await secured(listener.port, { maxVersion: 'TLSv1.2' });
    expect(socket.getCipher().name).toBe('ECDHE-ECDSA-AES128-GCM-SHA256');
    const others = { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384' } as const;
    expect(await problem(listener.port, others)).toMatch(/HANDSHAKE_FAILURE/);
  });

  test('agrees on the application protocol mqtt, and on none where none is offered', async () => {
    const { listener } = await listen();
    const asks = await secured(listener.port, { ALPNProtocols: ['http/1.1', 'mqtt'] });
    expect(asks.alpnProtocol).toBe('mqtt');
    expect((await secured(listener.port)).alpnProtocol).toBe(false);
    expect(await problem(listener.port, { ALPNProtocols: ['h2'] })).toMatch(/NO_APPLICATION_PROTOCOL/);
  });

  test('shows the certificate that has the name that is asked for, the first where none has', async () => {
    const other = folder.pair(
      'other',
      authority.issue({ commonNames: ['other'], names: [['dns', '*.other.example']] }),
    );
    const { listener } = await listen({ certificates: [server, other] });
    const shown = async (servername?: string): Promise<string> => {
      const socket = await secured(listener.port, {
        ...(servername === undefined ? {} : { servername }),
        checkServerIdentity: () => undefined,
      });
      return socket.getPeerCertificate().subject.CN as string;
    };
    expect(await shown('a.other.example')).toBe('other');
    expect(await shown('localhost')).toBe('server');
    expect(await shown('nobody.example')).toBe('server');
    expect(await shown()).toBe('server');
  });

  test('ends the connection of a client that begins a handshake anew', async () => {
    const { listener, arrived } = await listen();
    const socket = await secured(listener.port, { maxVersion: 'TLSv1.2' });
    socket.write('x');
    await eventually(() => arrived[0]?.text === 'x');
    const refused = once(socket, 'error');
    socket.renegotiate({}, () => undefined);
    expect((await refused)[0]).toMatchObject({ code: 'ERR_SSL_NO_RENEGOTIATION' });
    await eventually(() => arrived[0]?.arrival.duplex.destroyed === true);
  });

  test('ends the connection that has a record that is no TLS', async () => {
    const { listener, arrived } = await listen();
    const raw = connectTcp(listener.port, '127.0.0.1');
    sockets.push(raw);
    const socket = connect({ socket: raw, ca: authority.cert, servername: 'localhost' });
    socket.on('error', () => undefined);
    await once(socket, 'secureConnect');
    await eventually(() => arrived.length === 1);
    raw.write('this is not in the session of these two');
    await eventually(() => arrived[0]?.over === true);
  });

  test('takes the address and the certificate from a proxy, whose header comes before the handshake', async () => {
    const { listener, arrived } = await listen({ proxyProtocol: { from: ['127.0.0.1'], others: 'refuse' } });
    const raw = connectTcp(listener.port, '127.0.0.1');
    sockets.push(raw);
    raw.write('PROXY TCP4 192.0.2.7 192.0.2.1 5 8883\r\n');
    const socket = connect({ socket: raw, ca: authority.cert, servername: 'localhost' });
    sockets.push(socket);
    await once(socket, 'secureConnect');
    socket.write('behind');
    await eventually(() => arrived[0]?.text === 'behind');
    expect(arrived[0]?.arrival).toMatchObject({ address: '192.0.2.7', loopback: false });
  });
});

describe('who is slow', () => {
  test('waits, counts, and is cut at the deadline, however many bytes it sends', async () => {
    const { listener, port, arrived, refused } = await listen({ timeoutMs: 300 });
    const silent = connectTcp(port, '127.0.0.1');
    const trickling = connectTcp(port, '127.0.0.1');
    sockets.push(silent, trickling);
    // The beginning of a handshake, a byte at a time: every one of them would set an ordinary timer anew.
    const hello = Uint8Array.of(0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03);
    let at = 0;
    const drip = setInterval(() => trickling.write(hello.subarray(at, ++at)), 50);
    trickling.on('error', () => undefined);
    await eventually(() => listener.pending === 2);
    await Promise.all([once(silent.resume(), 'close'), once(trickling.resume(), 'close')]);
    clearInterval(drip);
    await eventually(() => listener.pending === 0);
    expect(arrived).toEqual([]);
    expect(refused).toEqual(Array(2).fill('127.0.0.1 nothing was agreed on in time'));
  });

  test('is not taken at all where there is no more room', async () => {
    let room = 1;
    const { port, listener } = await listen({ mayCome: () => room-- > 0 });
    const first = connectTcp(port, '127.0.0.1');
    sockets.push(first);
    await eventually(() => listener.pending === 1);
    const second = connectTcp(port, '127.0.0.1');
    sockets.push(second);
    second.on('error', () => undefined);
    await once(second.resume(), 'close');
    expect(listener.pending).toBe(1);
  });

  test('waits no longer once the listener is closed', async () => {
    const { port, listener } = await listen();
    const silent = connectTcp(port, '127.0.0.1');
    sockets.push(silent);
    silent.on('error', () => undefined);
    await eventually(() => listener.pending === 1);
    await listener.close();
    await once(silent.resume(), 'close');
  });
});

test('what is no TLS is refused, and said', async () => {
  const { port, refused } = await listen();
  const plain = connectTcp(port, '127.0.0.1');
  sockets.push(plain);
  plain.write('GET / HTTP/1.1\r\n\r\n');
  plain.on('error', () => undefined);
  await once(plain.resume(), 'close');
  await eventually(() => refused.length === 1);
  expect(refused[0]).toMatch(/^127\.0\.0\.1 no TLS: ERR_SSL_/);
});
