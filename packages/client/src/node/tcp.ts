// A byte pipe over TCP, for Node. Knows no MQTT. [5:MQTT-4.2.0-1] [3.1.1:MQTT-7.1.2-1]

import { connect, type Socket } from 'node:net';
import { MqttError } from '@anax/protocol';
import type { BytePipe, OpenPipe, PipeListener } from '../shell/pipe.ts';

export interface TcpTarget {
  readonly host: string;
  readonly port: number;
}

const SLAB_BYTES = 16 * 1024;
/** What is larger than this is written at once and on its own. */
const SLAB_BYTES_MAX = 64 * 1024;

/** @param address where a look-up says that the host is; errors name the host. */
export function tcp(target: TcpTarget, address = target.host): OpenPipe {
  return (listener) => new TcpPipe(target, address, listener);
}

class TcpPipe implements BytePipe {
  readonly #socket: Socket;
  #slab = new Uint8Array(SLAB_BYTES);
  #used = 0;
  #scheduled = false;
  #open = false;
  #ending = false;
  #error: MqttError | undefined;

  constructor(target: TcpTarget, address: string, listener: PipeListener) {
    const socket = connect({ host: address, port: target.port, noDelay: true });
    this.#socket = socket;
    socket.on('connect', () => {
      this.#open = true;
      listener.opened();
    });
    socket.on('data', (chunk: Uint8Array) => listener.received(chunk));
    socket.on('drain', () => listener.drained());
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#error = explained(error, target, this.#open);
    });
    socket.on('close', () => listener.ended(this.#error));
  }

  get congested(): boolean {
    return this.#socket.writableNeedDrain;
  }

  get bufferedBytes(): number {
    return this.#socket.writableLength + this.#used;
  }

  /** Packets of one turn of the event loop leave in one write. */
  write(bytes: Uint8Array): void {
    if (this.#ending) return;
    if (this.#used + bytes.length > this.#slab.length) this.#makeRoom(bytes.length);
    if (bytes.length > this.#slab.length) {
      this.#socket.write(bytes.slice());
      return;
    }
    this.#slab.set(bytes, this.#used);
    this.#used += bytes.length;
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(this.#flush);
  }

  end(): void {
    this.#flush();
    this.#ending = true;
    this.#socket.end();
    // Reads on, so that the peer's own end is seen.
    this.#socket.resume();
    if (this.#socket.connecting) this.#socket.destroy();
  }

  destroy(): void {
    this.#ending = true;
    this.#socket.destroy();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  #makeRoom(count: number): void {
    this.#flush();
    if (count <= SLAB_BYTES_MAX && count > this.#slab.length) this.#slab = new Uint8Array(SLAB_BYTES_MAX);
  }

  #flush = (): void => {
    this.#scheduled = false;
    if (this.#used === 0 || this.#ending) return;
    this.#socket.write(this.#slab.subarray(0, this.#used));
    this.#used = 0;
    // Where the write has not completed at once the socket still holds the slab.
    if (this.#socket.writableLength > 0) this.#slab = new Uint8Array(SLAB_BYTES);
  };
}

/** The error of a host name that has no address. */
export function lookupFailed(error: NodeJS.ErrnoException, target: TcpTarget): MqttError {
  return explained(error, target, false);
}

/** Codes of the operating system, as sentences. */
const SENTENCES: Readonly<Record<string, (target: string, host: string) => string>> = {
  ENOTFOUND: (_, host) => `no address is known for the host ${JSON.stringify(host)}`,
  EAI_AGAIN: (_, host) => `the name server does not answer about the host ${JSON.stringify(host)}`,
  ECONNREFUSED: (target) => `nothing accepts connections at ${target}`,
  ETIMEDOUT: (target) => `${target} does not answer`,
  EHOSTUNREACH: (target) => `there is no way to ${target}`,
  ENETUNREACH: (target) => `there is no way to the network of ${target}`,
  ECONNRESET: (target) => `${target} reset the connection`,
  EPIPE: (target) => `${target} has closed the connection`,
};

function explained(error: NodeJS.ErrnoException, { host, port }: TcpTarget, wasOpen: boolean): MqttError {
  const system = error.code ?? '';
  const target = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const sentence =
    SENTENCES[system]?.(target, host) ?? `the connection to ${target} failed: ${error.message}`;
  const unknown = system === 'ENOTFOUND' || system === 'EAI_AGAIN';
  const code = wasOpen ? 'connection-lost' : unknown ? 'host-not-found' : 'unreachable';
  return new MqttError(
    code,
    `${sentence}${system === '' ? '' : ` (${system})`}`,
    { side: 'server' },
    { cause: error },
  );
}
