// Which listener the options of one stand for, and what is said where it cannot be opened. Knows no MQTT.

import type { Listener, Taker } from './listener.ts';
import { SecretsFault } from './secrets-fault.ts';
import type { SharedRead } from './shared-read.ts';
import { listenTcp, type TcpListenerOptions } from './tcp.ts';
import { listenTls, type TlsListenerOptions } from './tls.ts';
import { listenUnix, type UnixListenerOptions, UnixSocketFault } from './unix.ts';
import {
  listenWebSocket,
  type SecureWebSocketListenerOptions,
  type WebSocketLimits,
  type WebSocketListenerOptions,
} from './ws.ts';

export type ListenerOptions =
  | TcpListenerOptions
  | TlsListenerOptions
  | WebSocketListenerOptions
  | SecureWebSocketListenerOptions
  | UnixListenerOptions;

/**
 * Rejects with the system's error where the address cannot be listened on, with a SecretsFault where a file is not good.
 */
export function openListener(
  options: ListenerOptions,
  limits: WebSocketLimits,
  shared: SharedRead,
  taker: Taker,
): Promise<Listener> {
  switch (options.protocol) {
    case 'tcp':
      return listenTcp(options, limits.upgradeTimeoutMs, shared, taker);
    case 'tls':
      return listenTls(options, limits.upgradeTimeoutMs, taker);
    case 'ws':
    case 'wss':
      return listenWebSocket(options, limits, taker);
    case 'unix':
      return listenUnix(options, shared, taker);
  }
}

/** `127.0.0.1:1883`, or the file of a Unix socket. */
export function placeOf(options: ListenerOptions): string {
  return options.protocol === 'unix' ? options.path : `${options.host}:${options.port}`;
}

export function listenSentence(options: ListenerOptions, cause: unknown): string {
  if (cause instanceof SecretsFault || cause instanceof UnixSocketFault) return cause.message;
  const code = (cause as { readonly code?: string }).code;
  const where = placeOf(options);
  if (options.protocol === 'unix') return unixSentence(where, code ?? String(cause));
  if (code === 'EADDRINUSE') return `${where} is in use by another program`;
  if (code === 'EACCES') return `this user may not listen on ${where}`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return `this machine has no address ${options.host}`;
  return `cannot listen on ${where}: ${code ?? String(cause)}`;
}

function unixSentence(path: string, code: string): string {
  if (code === 'EACCES' || code === 'EPERM')
    return `this user may not listen on ${path}, or not give it away`;
  if (code === 'ENOENT') return `there is no folder for ${path}`;
  if (code === 'EADDRINUSE') return `${path} is in use by another program`;
  return `cannot listen on ${path}: ${code}`;
}
