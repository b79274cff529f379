// Which listener the options of one stand for, and what is said where it cannot be opened. Knows no MQTT.

import type { Listener } from './listener.ts';
import type { SharedRead } from './shared-read.ts';
import { listenTcp, type TcpListenerOptions } from './tcp.ts';
import {
  listenWebSocket,
  type WebSocketLimits,
  type WebSocketListenerOptions,
  type WebSocketTaker,
} from './ws.ts';

export type ListenerOptions = TcpListenerOptions | WebSocketListenerOptions;

/** Rejects with the system's error where the address cannot be listened on. */
export function openListener(
  options: ListenerOptions,
  limits: WebSocketLimits,
  shared: SharedRead,
  taker: WebSocketTaker,
): Promise<Listener> {
  if (options.protocol === 'tcp') return listenTcp(options, shared, (arrival) => taker.arrived(arrival));
  return listenWebSocket(options, limits, taker);
}

export function listenSentence({ host, port }: ListenerOptions, cause: unknown): string {
  const code = (cause as { readonly code?: string }).code;
  const where = `${host}:${port}`;
  if (code === 'EADDRINUSE') return `${where} is in use by another program`;
  if (code === 'EACCES') return `this user may not listen on ${where}`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return `this machine has no address ${host}`;
  return `cannot listen on ${where}: ${code ?? String(cause)}`;
}
