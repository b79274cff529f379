// One socket on its way from being accepted to being a byte pipe, and what is known of who is at the other end.

import type { Socket } from 'node:net';
import type { CertificateFacts } from '../peer.ts';
import { type Arrival, plainAddress } from './listener.ts';

export interface Visit {
  /** As it was accepted. */
  readonly raw: Socket;
  /** What is read and written: the raw one, or TLS over it. */
  socket: Socket;
  /** Of the client, which may be behind a proxy. */
  address: string;
  /** Only this machine reaches the listener, and no proxy is before the client. */
  loopback: boolean;
  certificate: CertificateFacts | undefined;
  pskIdentity: string | undefined;
}

export function visitOf(raw: Socket, loopback: boolean): Visit {
  return {
    raw,
    socket: raw,
    address: plainAddress(raw.remoteAddress),
    loopback,
    certificate: undefined,
    pskIdentity: undefined,
  };
}

export function arrivalOf({ socket, address, loopback, certificate, pskIdentity }: Visit): Arrival {
  return { duplex: socket, address, loopback, certificate, pskIdentity, isAnnounced: true };
}
