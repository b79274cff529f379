// Where a server is, for Node: over TCP, TLS, WebSocket or a socket in the file system. Opens nothing.

import type { ConnectionOptions } from 'node:tls';

/** A host and a port over TCP. */
export interface TcpTarget {
  readonly protocol?: 'mqtt';
  readonly host: string;
  readonly port: number;
}

export interface TlsTarget {
  readonly protocol: 'mqtts';
  readonly host: string;
  readonly port: number;
}

export interface WebSocketTarget {
  readonly protocol: 'ws' | 'wss';
  readonly host: string;
  readonly port: number;
  /** With a query, if there is one: `/mqtt`. */
  readonly path: string;
}

export interface UnixTarget {
  readonly protocol: 'mqtt+unix';
  /** Of the file. */
  readonly path: string;
}

export type HostTarget = TcpTarget | TlsTarget | WebSocketTarget;
export type Target = HostTarget | UnixTarget;

/** For `mqtts` and `wss`, as `node:tls` has them. */
export interface TlsOptions
  extends Pick<ConnectionOptions, 'ca' | 'cert' | 'key' | 'passphrase' | 'servername'> {
  /** False takes any certificate: everybody on the way can read and change everything. Default true. */
  readonly rejectUnauthorized?: boolean;
  /** Application protocols to offer, for `mqtts`; none with an empty list. Default `mqtt`. */
  readonly alpnProtocols?: readonly string[];
}

export function isUnix(target: Target): target is UnixTarget {
  return target.protocol === 'mqtt+unix';
}

/** Whether nobody on the way can read it. */
export function isSecure({ protocol }: Target): boolean {
  return protocol === 'mqtts' || protocol === 'wss' || protocol === 'mqtt+unix';
}

/** `[::1]:1883`, `ws://host:8083/mqtt`, `/run/broker.sock`: for messages. */
export function targetText(target: Target): string {
  if (isUnix(target)) return target.path;
  const { host, port, protocol = 'mqtt' } = target;
  const authority = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  if (protocol === 'mqtt') return authority;
  return `${protocol}://${authority}${'path' in target ? target.path : ''}`;
}
