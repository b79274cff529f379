// TCP: accepts sockets and hands them on. Knows no MQTT. [5:MQTT-4.2.0-1] [3.1.1:MQTT-7.1.1-1]

import { createServer } from 'node:net';
import {
  type Arrival,
  authority,
  closed,
  isLoopback,
  type Listener,
  listening,
  plainAddress,
} from './listener.ts';
import type { ByteSource, SharedRead } from './shared-read.ts';

export interface TcpListenerOptions {
  readonly protocol: 'tcp';
  readonly name: string;
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
}

/** Rejects with the system's error where the address cannot be listened on. */
export async function listenTcp(
  { name, host, port: wanted }: Omit<TcpListenerOptions, 'protocol'>,
  shared: SharedRead,
  arrived: (arrival: Arrival) => void,
): Promise<Listener> {
  const loopback = isLoopback(host);
  // Half-open: a client that is through with sending still gets its answers; whoever takes the socket ends it.
  const server = createServer({ noDelay: true, allowHalfOpen: true, pauseOnConnect: true }, (accepted) => {
    const address = plainAddress(accepted.remoteAddress);
    const source: ByteSource = { deliver: () => undefined };
    const socket = shared.takeOver(accepted, source);
    if (socket !== undefined) arrived({ duplex: socket, address, loopback, source });
    else arrived({ duplex: accepted.resume(), address, loopback });
  });
  const port = await listening(server, host, wanted);
  const url = `mqtt://${authority(host, port)}`;
  return { name, protocol: 'tcp', host, port, url, loopback, pending: 0, close: () => closed(server) };
}
