// TLS: accepts sockets, and hands on what is inside. Knows no MQTT. [5:4.2] [3.1.1:5.4.5]

import { createServer } from 'node:tls';
import { type GateOptions, openGate } from './gate.ts';
import { Handshakes } from './handshakes.ts';
import { authority, type Listener, type Taker } from './listener.ts';
import type { TlsOptions } from './secrets.ts';
import { arrivalOf } from './visit.ts';

export interface TlsListenerOptions extends GateOptions {
  readonly protocol: 'tls';
  readonly name: string;
  readonly tls: TlsOptions;
}

/** Registered with IANA: who offers others only is refused. */
const ALPN_PROTOCOLS = ['mqtt'];

/**
 * Rejects with the system's error where the address cannot be listened on, with a SecretsFault where a file is not good.
 * @param timeoutMs until the handshake is over
 */
export async function listenTls(
  options: TlsListenerOptions,
  timeoutMs: number,
  taker: Taker,
): Promise<Listener> {
  const { name, host, tls } = options;
  const secrets = new Handshakes(tls, ALPN_PROTOCOLS, createServer, taker, (visit) => {
    gate.waiting.delete(visit);
    taker.arrived(arrivalOf(visit));
  });
  const gate = await openGate(options, timeoutMs, taker, (visit) => secrets.begin(visit));
  const { port, loopback, close } = gate;
  return {
    protocol: 'tls',
    name,
    host,
    port,
    url: `mqtts://${authority(host, port)}`,
    loopback,
    get pending() {
      return gate.waiting.size;
    },
    secrets,
    close,
  };
}
