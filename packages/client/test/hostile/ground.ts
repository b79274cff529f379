// Where a client meets a server that means it ill: raw servers on ports of 127.0.0.1, and the proof that nothing of the
// client is left afterwards. Owns sockets and counts; knows no attack.

import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type { MqttError } from '@anax/protocol';
import { expect } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { type Client, type Clock, connect, type NodeClientOptions } from '../../src/index.ts';
import { SYSTEM_CLOCK } from '../../src/shell/clock.ts';
import { bytes } from '../support.ts';

/** How a connection came to its end, in words that a program can act on. */
export interface Told {
  readonly code: string;
  readonly reasonCode?: number | undefined;
  readonly clause?: string | undefined;
  readonly error: unknown;
}

export class Ground {
  /** Timers that the client has set and that are neither over nor taken back. */
  timers = 0;
  /** How long each timer of the client was to be, in ms. */
  readonly waits: number[] = [];
  readonly #servers = new Set<Server | WebSocketServer>();
  readonly #sockets = new Set<{ destroy(): void }>();
  readonly clock: Clock = {
    now: SYSTEM_CLOCK.now,
    after: (ms, call) => this.#after(ms, call),
  };

  /** The server's end is called with each connection; what comes in is thrown away unless it listens. */
  async tcp(met: (socket: Socket, count: number) => void): Promise<string> {
    let count = 0;
    const server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      socket.on('error', () => undefined);
      socket.setNoDelay(true);
      count += 1;
      met(socket, count);
      socket.resume();
    });
    this.#servers.add(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async webSocket(met: (ws: WebSocket) => void): Promise<string> {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => 'mqtt' });
    this.#servers.add(server);
    server.on('connection', (ws) => {
      this.#sockets.add({ destroy: () => ws.terminate() });
      ws.on('error', () => undefined);
      met(ws);
    });
    await new Promise((resolve) => server.once('listening', resolve));
    return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  connect(url: string, options: NodeClientOptions = {}): Promise<Client> {
    return connect(url, {
      clientId: 'c',
      closeTimeoutMs: 100,
      clock: this.clock,
      reconnect: false,
      ...options,
    });
  }

  /** One connection from its attempt to its end. */
  async end(url: string, options: NodeClientOptions = {}): Promise<Told> {
    try {
      const client = await this.connect(url, options);
      const { code, reasonCode, error } = await client.closed;
      return { code, reasonCode, clause: error?.clause, error };
    } catch (error) {
      const { code, reasonCode, clause } = error as MqttError;
      return { code, reasonCode, clause, error };
    }
  }

  /** The servers are gone: no timer and no socket of the client is left. */
  async over(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all([...this.#servers].map((server) => new Promise((resolve) => server.close(resolve))));
    this.#servers.clear();
    await expect.poll(() => [this.timers, openSockets()], { timeout: 10_000, interval: 5 }).toEqual([0, 0]);
  }

  #after(ms: number, call: () => void): () => void {
    let counts = true;
    const done = (): void => {
      if (counts) this.timers -= 1;
      counts = false;
    };
    this.timers += 1;
    this.waits.push(ms);
    const cancel = SYSTEM_CLOCK.after(ms, () => {
      done();
      call();
    });
    return () => {
      done();
      cancel();
    };
  }
}

function openSockets(): number {
  return process.getActiveResourcesInfo().filter((name) => /TCPSocketWrap|TLSWrap/.test(name)).length;
}

/** CONNACK of success, then these bytes, when the client has said something. */
export function answering(...answers: readonly string[]): (socket: Socket) => void {
  return (socket) => {
    let turn = 0;
    socket.on('data', () => {
      const answer = answers[turn++];
      if (answer !== undefined) socket.write(bytes(answer));
    });
  };
}

/** Each byte in a segment of its own, as far as the network lets them be. */
export async function drip(
  socket: { write(part: Uint8Array): unknown },
  text: string,
  pauseMs = 0,
): Promise<void> {
  for (const byte of bytes(text)) {
    socket.write(Uint8Array.of(byte));
    await (pauseMs === 0 ? new Promise((resolve) => setImmediate(resolve)) : wait(pauseMs));
  }
}
