// What every listener is and gives: a place, and byte pipes that arrive there. Knows no MQTT and opens nothing.

import { isIP, type Server } from 'node:net';
import type { Duplex } from 'node:stream';
import type { CertificateFacts } from '../peer.ts';
import type { Secrets } from './secrets.ts';
import type { ByteSource } from './shared-read.ts';

/** Who is at the other end, as far as is known: set by whoever takes the pipe. */
export interface Acquaintance {
  /** Whether somebody was let in. Until then a listener keeps little for it. */
  isKnown: () => boolean;
}

export interface Arrival {
  readonly duplex: Duplex;
  /** The peer's IP address. */
  readonly address: string;
  /** The peer reached a listener that only this machine can reach, and no proxy stands before it. */
  readonly loopback: boolean;
  readonly certificate?: CertificateFacts | undefined;
  /** Whose pre-shared key the peer has. */
  readonly pskIdentity?: string | undefined;
  /** Where its bytes come from, if not by `data` events. */
  readonly source?: ByteSource | undefined;
  readonly acquaintance?: Acquaintance | undefined;
  /** Its address has been asked about: `mayComeFrom`. */
  readonly isAnnounced?: boolean;
}

/** Who takes what arrives. */
export interface Taker {
  /** False where no more sockets are taken that are nobody yet: the socket is closed at once. */
  mayCome(): boolean;
  /** False where nobody from this address is taken: asked before a handshake, which costs more than the answer. */
  mayComeFrom(address: string): boolean;
  arrived(arrival: Arrival): void;
  /** A socket is closed before it became a byte pipe. */
  refused(address: string, text: string): void;
}

export interface Listener {
  /** As the settings call it: no other has it. */
  readonly name: string;
  readonly protocol: 'tcp' | 'tls' | 'ws' | 'wss' | 'unix';
  /** Empty for a Unix socket. */
  readonly host: string;
  /** 0 for a Unix socket. */
  readonly port: number;
  /** As a client writes it: `mqtt://127.0.0.1:1883`, `ws://127.0.0.1:8083/mqtt`, `mqtt+unix:///run/anax.sock`. */
  readonly url: string;
  readonly loopback: boolean;
  /** Sockets that have not become a byte pipe yet. */
  readonly pending: number;
  /** Files of certificates and keys, where there are any. */
  readonly secrets?: Secrets | undefined;
  /** Stops accepting. */
  close(): Promise<void>;
}

/** An address, or the file of a Unix socket. */
export type Place = { readonly host: string; readonly port: number } | { readonly path: string };

const BACKLOG = 4096;

/**
 * Of TCP: nothing waits to be sent, and a peer that is gone without a word is found out by the system, also where Keep Alive
 * is 0.
 */
export const SOCKETS = { noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 } as const;

/** Whether only this machine reaches an address. */
export function isLoopback(host: string): boolean {
  if (host === 'localhost' || host === '::1') return true;
  return isIP(host) === 4 && host.startsWith('127.');
}

/** An IPv4 peer of an IPv6 socket as the rules write it: `::ffff:192.0.2.1` is `192.0.2.1`. */
export function plainAddress(address = ''): string {
  const mapped = address.startsWith('::ffff:') ? address.slice(7) : '';
  return isIP(mapped) === 4 ? mapped : address;
}

/** `127.0.0.1:1883`, `[::1]:1883`. */
export function authority(host: string, port: number): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Resolves with the port that is listened on, 0 where it is none. Rejects with the system's error. */
export function listening(server: Server, place: Place): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ ...place, backlog: BACKLOG }, () => {
      server.off('error', reject);
      // An accept that fails, for want of file descriptors for example, must not end the broker.
      server.on('error', () => undefined);
      const bound = server.address();
      resolve(typeof bound === 'object' && bound !== null ? bound.port : 0);
    });
  });
}

export function closed(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
