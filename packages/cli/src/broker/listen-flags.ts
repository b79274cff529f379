// Listeners that options of `anax broker` add to those of the settings. Opens nothing.

import type { Override } from '@anax/broker';
import type { Command } from 'commander';

export interface ListenFlags {
  readonly ws?: string | true;
  readonly tls?: string | true;
  readonly wss?: string | true;
  readonly unix?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tlsCa?: string;
}

export function withListenFlags(command: Command): Command {
  return command
    .option(
      '--ws [port]',
      'listen for MQTT over WebSocket, too, path /mqtt; 0 for a free one (default: 8083)',
    )
    .option('--tls [port]', 'listen for MQTT over TLS, too (default: 8883)')
    .option('--wss [port]', 'listen for MQTT over WebSocket and TLS, too (default: 8084)')
    .option('--unix <file>', 'listen on a Unix socket, too, which this user may open')
    .option('--tls-cert <file>', 'certificate in PEM for --tls and --wss; without either, for --tls')
    .option('--tls-key <file>', 'its private key')
    .option('--tls-ca <file>', 'authorities in PEM: clients must show a certificate of one of them');
}

/** A listener, and the option that it comes from. */
type More = Omit<Override, 'path'>;

export function listenersOf(flags: ListenFlags): readonly More[] {
  const { ws, tls, wss, unix, tlsCert, tlsKey, tlsCa } = flags;
  const files = {
    ...(tlsCert === undefined ? {} : { certFile: tlsCert }),
    ...(tlsKey === undefined ? {} : { keyFile: tlsKey }),
    ...(tlsCa === undefined ? {} : { caFile: tlsCa, clientCertificate: 'required' }),
  };
  const hasFiles = Object.keys(files).length > 0;
  const secured = hasFiles ? { tls: files } : {};
  const alone = hasFiles && tls === undefined && wss === undefined;
  return [
    ...(ws === undefined ? [] : [{ value: { protocol: 'ws', ...portOf(ws) }, source: '--ws' }]),
    ...(tls === undefined
      ? []
      : [{ value: { protocol: 'tls', ...portOf(tls), ...secured }, source: '--tls' }]),
    ...(alone ? [{ value: { protocol: 'tls', ...secured }, source: '--tls-cert' }] : []),
    ...(wss === undefined
      ? []
      : [{ value: { protocol: 'wss', ...portOf(wss), ...secured }, source: '--wss' }]),
    ...(unix === undefined ? [] : [{ value: { protocol: 'unix', file: unix }, source: '--unix' }]),
  ];
}

function portOf(port: string | true): { readonly port?: string } {
  return port === true ? {} : { port };
}
