// TCP: accepts sockets and hands them on. Knows no MQTT. [5:MQTT-4.2.0-1] [3.1.1:MQTT-7.1.1-1]

import { createServer, isIP, type Server } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ByteSource, SharedRead } from './shared-read.ts';

export interface TcpListenerOptions {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
}

export interface Arrival {
  readonly duplex: Duplex;
  /** The peer's IP address. */
  readonly address: string;
  /** The peer reached a listener that only this machine can reach. */
  readonly loopback: boolean;
  /** Where its bytes come from, if not by `data` events. */
  readonly source?: ByteSource | undefined;
}

export interface Listener {
  readonly host: string;
  readonly port: number;
  readonly loopback: boolean;
  /** Stops accepting. */
  close(): Promise<void>;
}

const BACKLOG = 4096;

/** Whether only this machine reaches an address. */
export function isLoopback(host: string): boolean {
  if (host === 'localhost' || host === '::1') return true;
  return isIP(host) === 4 && host.startsWith('127.');
}

/** Rejects with the system's error where the address cannot be listened on. */
export async function listenTcp(
  options: TcpListenerOptions,
  shared: SharedRead,
  arrived: (arrival: Arrival) => void,
): Promise<Listener> {
  const loopback = isLoopback(options.host);
  // Half-open: a client that is through with sending still gets its answers; whoever takes the socket ends it.
  const server = createServer({ noDelay: true, allowHalfOpen: true, pauseOnConnect: true }, (accepted) => {
    const address = plainAddress(accepted.remoteAddress ?? '');
    const source: ByteSource = { deliver: () => undefined };
    const socket = shared.takeOver(accepted, source);
    if (socket !== undefined) arrived({ duplex: socket, address, loopback, source });
    else arrived({ duplex: accepted.resume(), address, loopback });
  });
  await listening(server, options);
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : options.port;
  return { host: options.host, port, loopback, close: () => closed(server) };
}

/** An IPv4 peer of an IPv6 socket as the rules write it: `::ffff:192.0.2.1` is `192.0.2.1`. */
function plainAddress(address: string): string {
  const mapped = address.startsWith('::ffff:') ? address.slice(7) : '';
  return isIP(mapped) === 4 ? mapped : address;
}

function listening(server: Server, { host, port }: TcpListenerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, backlog: BACKLOG }, () => {
      server.off('error', reject);
      // An accept that fails, for want of file descriptors for example, must not end the broker.
      server.on('error', () => undefined);
      resolve();
    });
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
