// Byte pipes over sockets, for Node: TCP, TLS, and sockets in the file system. Know no MQTT.
// [5:MQTT-4.2.0-1] [3.1.1:MQTT-7.1.2-1]

import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { Gather } from '../shell/gather.ts';
import type { BytePipe, OpenPipe, PipeListener } from '../shell/pipe.ts';
import { explained } from './explain.ts';
import type { Target, TcpTarget, TlsOptions, TlsTarget, UnixTarget } from './target.ts';

/** @param address where a look-up says that the host is; errors name the host. */
export function tcp(target: TcpTarget, address = target.host): OpenPipe {
  const open = (): Socket => connect({ host: address, port: target.port, noDelay: true });
  return (listener) => new SocketPipe(open(), 'connect', target, listener);
}

export function unix(target: UnixTarget): OpenPipe {
  return (listener) => new SocketPipe(connect({ path: target.path }), 'connect', target, listener);
}

const ALPN_PROTOCOLS = ['mqtt'];

export function tls(target: TlsTarget, options: TlsOptions = {}, address = target.host): OpenPipe {
  const { alpnProtocols = ALPN_PROTOCOLS, ...others } = options;
  const facts = {
    host: address,
    port: target.port,
    noDelay: true,
    ...serverName(target.host),
    ...others,
    ...(alpnProtocols.length === 0 ? {} : { ALPNProtocols: [...alpnProtocols] }),
  };
  return (listener) => new SocketPipe(connectTls(facts), 'secureConnect', target, listener);
}

/** Of which the certificate is to be; an address is in it as such. */
function serverName(host: string): { readonly servername?: string } {
  return isIP(host) === 0 ? { servername: host } : {};
}

class SocketPipe implements BytePipe {
  readonly #socket: Socket;
  readonly #gather: Gather;
  #open = false;
  #ending = false;

  constructor(socket: Socket, opened: 'connect' | 'secureConnect', target: Target, listener: PipeListener) {
    this.#socket = socket;
    const write = (bytes: Uint8Array): boolean => {
      socket.write(bytes);
      // Where it has not completed at once the socket still holds the memory.
      return socket.writableLength === 0;
    };
    this.#gather = new Gather(write, setImmediate, () => listener.drained());
    let problem: ReturnType<typeof explained> | undefined;
    socket.on(opened, () => {
      this.#open = true;
      listener.opened();
    });
    socket.on('data', (chunk: Uint8Array) => listener.received(chunk));
    socket.on('drain', () => listener.drained());
    socket.on('error', (error: NodeJS.ErrnoException) => {
      problem = explained(error, target, this.#open);
    });
    socket.on('close', () => listener.ended(problem));
  }

  get congested(): boolean {
    return this.#socket.writableNeedDrain || this.#gather.full;
  }

  get bufferedBytes(): number {
    return this.#socket.writableLength + this.#gather.used;
  }

  write(bytes: Uint8Array): void {
    if (!this.#ending) this.#gather.add(bytes);
  }

  end(): void {
    if (!this.#ending) this.#gather.flush();
    this.#ending = true;
    this.#socket.end();
    // Reads on, so that the peer's own end is seen.
    this.#socket.resume();
    if (!this.#open) this.#socket.destroy();
  }

  destroy(): void {
    this.#ending = true;
    this.#gather.clear();
    this.#socket.destroy();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }
}
