// The wire of one socket: a Node duplex on one side, a connection's machine on the other.
// Owns back-pressure and the way a socket is closed; knows no MQTT.

import type { Duplex } from 'node:stream';
import type { Wire } from '../hub/link.ts';
import { type Sink, SlabOutput, type SlabPool } from './slab.ts';

/** What the socket tells. */
export interface WireEvents {
  readonly received: (chunk: Uint8Array) => void;
  readonly drained: () => void;
  /** Once, whoever closed it. */
  readonly gone: () => void;
}

export class SocketWire implements Wire, Sink {
  readonly out: SlabOutput;
  readonly address: string;
  congested = false;
  readonly #duplex: Duplex;
  readonly #outstandingBytesMax: number;
  readonly #dirty: (wire: SocketWire) => void;
  #closing = false;
  #gathering = false;

  constructor(
    duplex: Duplex,
    address: string,
    pool: SlabPool,
    outstandingBytesMax: number,
    dirty: (wire: SocketWire) => void,
  ) {
    this.address = address;
    this.#duplex = duplex;
    this.#outstandingBytesMax = outstandingBytesMax;
    this.#dirty = dirty;
    this.out = new SlabOutput(pool, this);
  }

  /** Begins to listen to the socket. */
  start(events: WireEvents): void {
    const duplex = this.#duplex;
    duplex.on('data', (chunk: Uint8Array) => {
      if (!this.#closing) events.received(chunk);
    });
    duplex.on('drain', () => {
      this.congested = false;
      events.drained();
    });
    // A reset is one way for a connection to end; `close` follows.
    duplex.on('error', () => undefined);
    duplex.on('close', events.gone);
  }

  dirty(): void {
    this.#dirty(this);
  }

  gather(): void {
    if (this.#gathering) return;
    this.#gathering = true;
    this.#duplex.cork();
  }

  write(bytes: Uint8Array): boolean {
    const duplex = this.#duplex;
    if (duplex.writableEnded || duplex.destroyed) return true;
    duplex.write(bytes);
    return this.#taken();
  }

  /** False while the socket still holds bytes. */
  #taken(): boolean {
    const outstanding = this.#duplex.writableLength;
    if (outstanding === 0) return true;
    if (outstanding > this.#outstandingBytesMax) this.congested = true;
    return false;
  }

  /** Sends what the turn has put together; true where that was the last of it. */
  flush(): boolean {
    this.out.flush();
    if (this.#gathering) {
      this.#gathering = false;
      this.#duplex.uncork();
    }
    if (!this.#closing || this.#duplex.writableEnded) return false;
    this.#duplex.end();
    return true;
  }

  close(): void {
    if (this.#closing) return;
    this.#closing = true;
    // The end goes out with the turn's bytes; what still comes in is read and thrown away, so that the peer gets to
    // read our last packet instead of a reset.
    this.out.reserve(1);
    this.#duplex.resume();
  }

  /** Cuts the connection, whatever is outstanding. */
  destroy(): void {
    this.#duplex.destroy();
  }

  pause(): void {
    this.#duplex.pause();
  }

  resume(): void {
    if (!this.#closing) this.#duplex.resume();
  }
}
