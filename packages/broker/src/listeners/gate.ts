// Accepts sockets, and lets each through once it has said whom it stands for: a proxy by its header, everybody else at
// once. Owns the deadline of those who are on their way. Knows no MQTT.

import { createServer } from 'node:net';
import { AddressSet } from './addresses.ts';
import { closed, isLoopback, listening, SOCKETS, type Taker } from './listener.ts';
import { PROXY_HEADER_BYTES_MAX, readProxyHeader } from './proxy-header.ts';
import { type Visit, visitOf } from './visit.ts';
import { Waiting } from './waiting.ts';

/** Who may say for whom it stands. */
export interface ProxyOptions {
  /** Addresses and ranges of proxies; each of them must send the header. */
  readonly from: readonly string[];
  /** What becomes of others: cut at once, or served as they are, without a header. */
  readonly others: 'refuse' | 'serve';
}

export interface GateOptions {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly proxyProtocol?: ProxyOptions | undefined;
}

export interface Gate {
  readonly port: number;
  readonly loopback: boolean;
  readonly waiting: Waiting;
  close(): Promise<void>;
}

/**
 * Rejects with the system's error where the address cannot be listened on.
 * @param timeoutMs from being accepted until it waits no longer
 * @param through it is said who it is; it still waits
 * @param late instead of being cut where it takes too long
 */
export async function openGate(
  { host, port: wanted, proxyProtocol }: GateOptions,
  timeoutMs: number,
  taker: Taker,
  through: (visit: Visit) => void,
  late: (visit: Visit) => void = cut,
): Promise<Gate> {
  const loopback = isLoopback(host);
  const waiting = new Waiting(timeoutMs, (visit) => {
    taker.refused(visit.address, 'nothing was agreed on in time');
    late(visit);
  });
  const proxies = new AddressSet(proxyProtocol?.from ?? []);
  const server = createServer({ ...SOCKETS, allowHalfOpen: true }, (socket) => {
    if (!taker.mayCome()) {
      socket.destroy();
      return;
    }
    const visit = visitOf(socket, loopback);
    waiting.add(visit);
    const announced = (): void => {
      if (taker.mayComeFrom(visit.address)) through(visit);
      else cut(visit);
    };
    if (proxyProtocol === undefined) return announced();
    if (proxies.has(visit.address)) return introduced(visit, taker, announced);
    if (proxyProtocol.others === 'serve') return announced();
    taker.refused(visit.address, 'no proxy that is known here');
    return cut(visit);
  });
  const port = await listening(server, { host, port: wanted });
  const close = (): Promise<void> => {
    const end = closed(server);
    waiting.destroy();
    return end;
  };
  return { port, loopback, waiting, close };
}

export function cut({ raw }: Visit): void {
  raw.destroy();
}

/** Reads the header, and nothing behind it. */
function introduced(visit: Visit, taker: Taker, through: () => void): void {
  const { raw } = visit;
  let kept = Buffer.alloc(0);
  const refuse = (text: string): void => {
    taker.refused(visit.address, text);
    raw.destroy();
  };
  const done = (): void => {
    raw.off('data', read).off('end', ended).off('error', passedOver);
  };
  const read = (chunk: Buffer): void => {
    // No more than a header is looked at, whatever comes with it.
    const bytes = Buffer.concat([kept, chunk]);
    const header = readProxyHeader(bytes.subarray(0, PROXY_HEADER_BYTES_MAX));
    if (header === 'incomplete') {
      kept = bytes;
      return;
    }
    if ('fault' in header) return refuse(header.fault);
    done();
    raw.pause();
    visit.address = header.address ?? visit.address;
    visit.loopback = false;
    visit.certificate = header.certificate;
    if (header.bytes < bytes.length) raw.unshift(bytes.subarray(header.bytes));
    through();
  };
  const ended = (): void => refuse('the connection ended within a PROXY header');
  raw.on('data', read).on('end', ended).on('error', passedOver);
}

const passedOver = (): undefined => undefined;
