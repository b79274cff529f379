// TCP: accepts sockets and hands them on, those of proxies once they have said for whom they stand. Knows no MQTT.
// [5:MQTT-4.2.0-1] [3.1.1:MQTT-7.1.1-1]

import { createServer, type Socket } from 'node:net';
import { type GateOptions, openGate } from './gate.ts';
import {
  type Arrival,
  authority,
  closed,
  isLoopback,
  type Listener,
  listening,
  plainAddress,
  SOCKETS,
  type Taker,
} from './listener.ts';
import type { ByteSource, SharedRead } from './shared-read.ts';
import { arrivalOf } from './visit.ts';
import type { Waiting } from './waiting.ts';

export interface TcpListenerOptions extends GateOptions {
  readonly protocol: 'tcp';
  readonly name: string;
}

/**
 * Rejects with the system's error where the address cannot be listened on.
 * @param timeoutMs until a proxy has sent its header
 */
export function listenTcp(
  options: TcpListenerOptions,
  timeoutMs: number,
  shared: SharedRead,
  taker: Taker,
): Promise<Listener> {
  return options.proxyProtocol === undefined
    ? listenPlain(options, shared, taker)
    : listenBehindProxies(options, timeoutMs, taker);
}

async function listenPlain(
  { name, host, port: wanted }: TcpListenerOptions,
  shared: SharedRead,
  taker: Taker,
): Promise<Listener> {
  const loopback = isLoopback(host);
  // Half-open: a client that is through with sending still gets its answers; whoever takes the socket ends it.
  const server = createServer({ ...SOCKETS, allowHalfOpen: true, pauseOnConnect: true }, (accepted) => {
    taker.arrived(accept(accepted, plainAddress(accepted.remoteAddress), loopback, shared));
  });
  const port = await listening(server, { host, port: wanted });
  return described(name, host, port, loopback, () => closed(server));
}

/** Takes a paused socket; where it can, it reads into shared memory. */
export function accept(accepted: Socket, address: string, loopback: boolean, shared: SharedRead): Arrival {
  const source: ByteSource = { deliver: () => undefined };
  const socket = shared.takeOver(accepted, source);
  if (socket !== undefined) return { duplex: socket, address, loopback, source };
  return { duplex: accepted.resume(), address, loopback };
}

async function listenBehindProxies(
  options: TcpListenerOptions,
  timeoutMs: number,
  taker: Taker,
): Promise<Listener> {
  const { name, host } = options;
  const gate = await openGate(options, timeoutMs, taker, (visit) => {
    gate.waiting.delete(visit);
    taker.arrived(arrivalOf(visit));
    visit.raw.resume();
  });
  const { port, loopback, waiting, close } = gate;
  return described(name, host, port, loopback, close, waiting);
}

function described(
  name: string,
  host: string,
  port: number,
  loopback: boolean,
  close: () => Promise<void>,
  waiting?: Waiting,
): Listener {
  return {
    protocol: 'tcp',
    name,
    host,
    port,
    url: `mqtt://${authority(host, port)}`,
    loopback,
    get pending() {
      return waiting?.size ?? 0;
    },
    close,
  };
}
