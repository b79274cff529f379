/** Owns TLS listeners over real sockets for tests, clients of them, and the certificates of both. */

import { once } from 'node:events';
import type { Socket } from 'node:net';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { afterAll, afterEach } from 'vitest';
import type { GateOptions } from '../../src/listeners/gate.ts';
import type { Listener } from '../../src/listeners/listener.ts';
import type { TlsOptions } from '../../src/listeners/secrets.ts';
import { listenTls } from '../../src/listeners/tls.ts';
import { Arrived } from './arrived.ts';
import { Authority, type CertificateWishes, Folder, LOCAL_NAMES } from './x509.ts';

export const folder = new Folder();
export const authority = new Authority();
export const server = folder.pair('server', authority.issue({ commonNames: ['server'], names: LOCAL_NAMES }));
export const caFile = folder.file('ca.pem', authority.cert);
afterAll(() => folder.remove());

const listeners: Listener[] = [];
/** Destroyed at the end of the test. */
export const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const listener of listeners.splice(0)) await listener.close();
});

export interface Facts extends Partial<TlsOptions> {
  readonly proxyProtocol?: GateOptions['proxyProtocol'];
  readonly timeoutMs?: number;
  readonly mayCome?: () => boolean;
}

export interface Listening {
  readonly listener: Listener;
  readonly port: number;
  readonly arrived: readonly Arrived[];
  readonly refused: readonly string[];
}

export async function listen({
  proxyProtocol,
  timeoutMs = 20_000,
  mayCome = () => true,
  ...tls
}: Facts = {}): Promise<Listening> {
  const arrived: Arrived[] = [];
  const refused: string[] = [];
  const listener = await listenTls(
    {
      protocol: 'tls',
      name: 'tls',
      host: '127.0.0.1',
      port: 0,
      proxyProtocol,
      tls: { certificates: [server], clientCertificate: 'none', minVersion: 'TLSv1.2', ...tls },
    },
    timeoutMs,
    {
      mayCome,
      mayComeFrom: () => true,
      arrived: (arrival) => {
        arrived.push(new Arrived(arrival));
        sockets.push(arrival.duplex as Socket);
      },
      refused: (address, text) => refused.push(`${address} ${text}`),
    },
  );
  listeners.push(listener);
  return { listener, port: listener.port, arrived, refused };
}

/** Resolves once both ends are through with the handshake, which in 1.3 a server may still refuse; rejects with the error. */
export async function secured(port: number, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connect({ host: '127.0.0.1', port, ca: authority.cert, ...options });
  sockets.push(socket);
  await once(socket, 'secureConnect');
  return socket;
}

/** Why there is no connection. */
export function problem(port: number, options: ConnectionOptions = {}): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, ca: authority.cert, ...options });
    sockets.push(socket);
    socket.on('error', ({ code = 'none' }: NodeJS.ErrnoException) => resolve(code));
    socket.on('close', () => resolve('closed'));
    socket.on('data', (bytes) => resolve(`data ${bytes}`));
  });
}

/** A certificate of a client, as `connect` takes it. */
export function client(
  wishes?: CertificateWishes,
  by = authority,
): { cert: string; key: string; serial: number } {
  return by.issue(wishes);
}
