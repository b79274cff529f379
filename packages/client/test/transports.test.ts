// Owns how the shell for Node reaches a server other than by TCP: TLS, WebSocket, both, and sockets in the file system.

import { mkdtempSync, rmSync } from 'node:fs';
import { createServer as createHttp, type Server as HttpServer } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTls, type TLSSocket, type TlsOptions } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { connect, type NodeClientOptions } from '../src/index.ts';
import { parseAddress } from '../src/node/url.ts';
import { type Certificates, HAS_OPENSSL, makeCertificates } from './certificates.ts';
import { bytes, hex } from './support.ts';

const CONNACK = '20 03 00 00 00';
/** A client identifier, and no second attempt. */
const ONCE: NodeClientOptions = { clientId: 'c', reconnect: false, closeTimeoutMs: 50 };

const open: { close(done: () => void): unknown }[] = [];
const sockets = new Set<Socket>();
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  await Promise.all(open.splice(0).map((server) => new Promise<void>((done) => server.close(done))));
});

async function listen<S extends Server | HttpServer>(server: S, path?: string): Promise<number> {
  open.push(server);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => {
    if (path === undefined) server.listen(0, '127.0.0.1', resolve);
    else server.listen(path, resolve);
  });
  const address = server.address();
  return typeof address === 'object' ? ((address as AddressInfo | null)?.port ?? 0) : 0;
}

/** Answers the n-th chunk with the n-th line, and keeps what came. */
function script(socket: Socket | TLSSocket, seen: string[], answers: readonly string[]): void {
  let turn = 0;
  socket.on('error', () => undefined);
  socket.on('data', (chunk: Uint8Array) => {
    seen.push(hex(chunk));
    const answer = answers[turn++];
    if (answer !== undefined) socket.write(bytes(answer));
  });
}

describe('addresses', () => {
  test.each([
    ['mqtts://host', { protocol: 'mqtts', host: 'host', port: 8883 }],
    ['ssl://host:1', { protocol: 'mqtts', host: 'host', port: 1 }],
    ['ws://host', { protocol: 'ws', host: 'host', port: 80, path: '/mqtt' }],
    ['ws://host:9001/', { protocol: 'ws', host: 'host', port: 9001, path: '/' }],
    ['wss://host/a/b?token=x', { protocol: 'wss', host: 'host', port: 443, path: '/a/b?token=x' }],
    ['wss://[::1]?a=b', { protocol: 'wss', host: '::1', port: 443, path: '/mqtt?a=b' }],
    ['mqtt+unix:///run/a%20b.sock', { protocol: 'mqtt+unix', path: '/run/a b.sock' }],
  ])('%s', (text, target) => {
    expect(parseAddress(text).target).toEqual(target);
  });

  test.each(['mqtts://host/path', 'ws://host/a#b', 'mqtt+unix://host/path', 'mqtt+unix:///', 'unix:'])(
    'refused: %s',
    (text) => {
      expect(() => parseAddress(text)).toThrow(expect.objectContaining({ code: 'invalid-url' }));
    },
  );
});

describe('a socket in the file system', () => {
  const folder = mkdtempSync(join(tmpdir(), 'anax-socket-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  test('is a connection like any other', async () => {
    const seen: string[] = [];
    const path = join(folder, 'a b.sock');
    await listen(
      createServer((socket) => script(socket, seen, [CONNACK, '40 02 00 01'])),
      path,
    );
    const client = await connect(`mqtt+unix://${path.replace(' ', '%20')}`, ONCE);
    expect(await client.publish('a', 'x', { qos: 1 })).toMatchObject({ reasonCode: 0 });
    await client.disconnect();
    expect(seen[1]).toBe('32 07 00 01 61 00 01 00 78');
  });

  test('that is not there is named', async () => {
    await expect(connect({ protocol: 'mqtt+unix', path: join(folder, 'none') }, ONCE)).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringMatching(/^there is no socket .*none \(ENOENT\)$/),
    });
  });
});

describe('WebSocket', () => {
  interface Facts {
    readonly protocols?: readonly string[];
    readonly met?: (ws: WebSocket) => void;
  }

  /** A server that answers the n-th message with the n-th line. */
  async function serve(answers: readonly string[], { protocols = ['mqtt'], met }: Facts = {}) {
    const seen: string[] = [];
    const offered: string[] = [];
    const http = createHttp();
    const wss = new WebSocketServer({
      server: http,
      path: '/mqtt',
      handleProtocols: (names) => {
        offered.push(...names);
        return protocols[0] ?? false;
      },
    });
    wss.on('connection', (ws) => {
      let turn = 0;
      met?.(ws);
      ws.on('error', () => undefined);
      ws.on('message', (data: Buffer, isBinary) => {
        seen.push(isBinary ? hex(data) : 'text');
        const answer = answers[turn++];
        if (answer !== undefined) ws.send(bytes(answer));
      });
    });
    const port = await listen(http);
    return { url: `ws://127.0.0.1:${port}/mqtt`, port, seen, offered };
  }

  test('offers mqtt, and sends binary frames [5:MQTT-6.0.0-3] [5:MQTT-6.0.0-1] [3.1.1:MQTT-6.0.0-3]', async () => {
    const { url, seen, offered } = await serve([CONNACK, '40 02 00 01']);
    const client = await connect(url, ONCE);
    expect(await client.publish('a', 'x', { qos: 1 })).toMatchObject({ reasonCode: 0 });
    expect(await client.disconnect()).toMatchObject({ code: 'disconnected' });
    expect(offered).toEqual(['mqtt']);
    expect(seen.slice(0, 2)).toEqual([
      '10 0e 00 04 4d 51 54 54 05 02 00 3c 00 00 01 63',
      '32 07 00 01 61 00 01 00 78',
    ]);
    expect(seen).not.toContain('text');
  });

  test('takes packets in parts and several at once [5:MQTT-6.0.0-2] [3.1.1:MQTT-6.0.0-2]', async () => {
    const { url } = await serve([], {
      met: (ws) => {
        for (const byte of bytes(CONNACK)) ws.send(Uint8Array.of(byte));
        ws.send(bytes('30 05 00 01 61 00 78 30 05 00 01 61 00 79'));
      },
    });
    const got: string[] = [];
    const both = new Promise<void>((resolve) => {
      const onMessage = (message: { text(): string }): void => {
        if (got.push(message.text()) === 2) resolve();
      };
      connect(url, { ...ONCE, onMessage }).catch(() => undefined);
    });
    await both;
    expect(got).toEqual(['x', 'y']);
  });

  test('ends where a frame of text comes [5:MQTT-6.0.0-1] [3.1.1:MQTT-6.0.0-1]', async () => {
    const codes: number[] = [];
    const { url } = await serve([CONNACK], {
      met: (ws) => {
        ws.once('message', () => setImmediate(() => ws.send('text')));
        ws.on('close', (code) => codes.push(code));
      },
    });
    const client = await connect(url, ONCE);
    const { code, error } = await client.closed;
    expect([code, error?.message]).toEqual(['connection-lost', expect.stringContaining('a frame of text')]);
    await expect.poll(() => codes).toEqual([1003]);
  });

  test('a server that selects no subprotocol is refused', async () => {
    const { url } = await serve([CONNACK], { protocols: [] });
    await expect(connect(url, ONCE)).rejects.toMatchObject({ code: 'unreachable' });
  });

  test('what is no WebSocket is named', async () => {
    const { port } = await serve([]);
    await expect(connect(`ws://127.0.0.1:${port}/other`, ONCE)).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('Unexpected server response: 400'),
    });
  });

  test('a large message goes whole, and back-pressure is seen', async () => {
    const { url, seen } = await serve([CONNACK, undefined as never, '40 02 00 01']);
    const client = await connect(url, ONCE);
    await client.publish('a', new Uint8Array(300_000));
    await client.publish('a', 'x', { qos: 1 });
    await client.disconnect();
    expect(seen[1]?.length).toBe((300_000 + 8) * 3 - 1);
  });

  test('can be given up before it is there', async () => {
    const silent = createServer(() => undefined);
    const port = await listen(silent);
    const stop = new AbortController();
    const attempt = connect(`ws://127.0.0.1:${port}`, { ...ONCE, signal: stop.signal });
    setTimeout(() => stop.abort(), 20);
    await expect(attempt).rejects.toMatchObject({ code: 'aborted' });
    const late = connect(`ws://127.0.0.1:${port}`, { ...ONCE, connectTimeoutMs: 20 });
    await expect(late).rejects.toMatchObject({ code: 'connect-timeout' });
  });
});

const tlsTests = HAS_OPENSSL ? describe : describe.skip;

tlsTests(`TLS${HAS_OPENSSL ? '' : ': skipped, openssl is not installed'}`, () => {
  let certificates: Certificates;
  beforeAll(() => {
    certificates = makeCertificates();
  });
  afterAll(() => certificates.remove());

  async function serve(facts: TlsOptions = {}, answers: readonly string[] = [CONNACK]) {
    const seen: string[] = [];
    const met: TLSSocket[] = [];
    const server = createTls({ ...certificates.server, ...facts }, (socket) => {
      met.push(socket);
      script(socket, seen, answers);
    });
    server.on('tlsClientError', () => undefined);
    return { port: await listen(server), seen, met };
  }

  test('publishes and disconnects where the certificate is trusted, by address and by name', async () => {
    const { port, seen, met } = await serve({ ALPNProtocols: ['mqtt'] }, [CONNACK, '40 02 00 01']);
    const { ca } = certificates;
    const client = await connect(`mqtts://127.0.0.1:${port}`, { ...ONCE, tls: { ca } });
    expect(await client.publish('a', 'x', { qos: 1 })).toMatchObject({ reasonCode: 0 });
    await client.disconnect();
    expect(seen[1]).toBe('32 07 00 01 61 00 01 00 78');
    expect(met[0]?.alpnProtocol).toBe('mqtt');
    const named = await connect(`mqtts://localhost:${port}`, { ...ONCE, tls: { ca, alpnProtocols: [] } });
    await named.disconnect();
    expect([met[1]?.alpnProtocol, (met[1] as { servername?: string }).servername]).toEqual([
      false,
      'localhost',
    ]);
  });

  test('refuses a certificate that nobody vouches for, unless it is told to take any', async () => {
    const { port, seen } = await serve();
    await expect(connect(`mqtts://127.0.0.1:${port}`, ONCE)).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringMatching(/^the certificate of mqtts:\/\/127.0.0.1:\d+ is signed by nobody/),
    });
    expect(seen).toEqual([]);
    const client = await connect(`mqtts://127.0.0.1:${port}`, {
      ...ONCE,
      tls: { rejectUnauthorized: false },
    });
    await client.disconnect();
  });

  test('refuses a certificate for another name, unless that name is meant', async () => {
    const { port, seen } = await serve({ ...certificates.other });
    const { ca } = certificates;
    await expect(connect(`mqtts://127.0.0.1:${port}`, { ...ONCE, tls: { ca } })).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('is for another name (ERR_TLS_CERT_ALTNAME_INVALID)'),
    });
    expect(seen).toEqual([]);
    const tls = { ca, servername: 'other.example' };
    const client = await connect(`mqtts://127.0.0.1:${port}`, { ...ONCE, tls });
    await client.disconnect();
  });

  test('shows its own certificate to a server that asks', async () => {
    const { ca, client: own } = certificates;
    const { port, met } = await serve({ requestCert: true, rejectUnauthorized: true, ca });
    const client = await connect(`mqtts://127.0.0.1:${port}`, { ...ONCE, tls: { ca, ...own } });
    expect(met[0]?.getPeerCertificate().subject.CN).toBe('client');
    await client.disconnect();
    await expect(connect(`mqtts://127.0.0.1:${port}`, { ...ONCE, tls: { ca } })).rejects.toMatchObject({
      code: expect.stringMatching(/^(connection-lost|unreachable)$/),
    });
  });

  test.each([
    ['answers', (socket: Socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['closes', (socket: Socket) => socket.end()],
  ])('says that a server does not speak TLS, which %s', async (_how, act) => {
    const port = await listen(createServer((socket) => socket.once('data', () => act(socket))));
    await expect(connect(`mqtts://127.0.0.1:${port}`, ONCE)).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringMatching(/^mqtts:.* does not speak TLS/),
    });
  });

  test('under WebSocket looks at the certificate in the same way', async () => {
    const https = createHttps(certificates.server);
    const wss = new WebSocketServer({ server: https, path: '/mqtt' });
    wss.on('connection', (ws) => ws.on('message', () => ws.send(bytes(CONNACK))));
    const port = await listen(https);
    const { ca } = certificates;
    for (const host of ['127.0.0.1', 'localhost']) {
      const client = await connect(`wss://${host}:${port}`, { ...ONCE, tls: { ca } });
      await client.disconnect();
    }
    await expect(connect(`wss://127.0.0.1:${port}`, ONCE)).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('is signed by nobody who is trusted here'),
    });
  });
});
