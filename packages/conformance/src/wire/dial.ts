// How a connection to the broker is opened: TCP here, any duplex stream elsewhere. Knows no MQTT.

import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { Unreachable } from './broken.ts';

/** Opens one connection. Rejects with `Unreachable`. */
export type Dial = () => Promise<Duplex>;

const OPEN_TIMEOUT_MS = 10_000;

export function dialTcp(host: string, port: number): Dial {
  return () =>
    new Promise((resolve, reject) => {
      // Half-open, so that what the broker still sends behind our end is seen.
      const socket = connect({ host, port, noDelay: true, allowHalfOpen: true, timeout: OPEN_TIMEOUT_MS });
      const failed = (why: string): void => {
        socket.destroy();
        reject(new Unreachable(`${host}:${port} cannot be reached: ${why}`));
      };
      const timedOut = (): void => failed(`no answer in ${OPEN_TIMEOUT_MS / 1000} s`);
      const refused = (error: NodeJS.ErrnoException): void => failed(error.code ?? error.message);
      socket.once('timeout', timedOut);
      socket.once('error', refused);
      socket.once('connect', () => {
        socket.setTimeout(0);
        socket.off('timeout', timedOut);
        socket.off('error', refused);
        resolve(socket);
      });
    });
}
