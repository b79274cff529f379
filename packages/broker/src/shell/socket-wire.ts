// The wire of one socket: a Node duplex on one side, a connection's machine on the other.
// Owns back-pressure and the way a socket is closed; knows no MQTT.

import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Wire } from '../hub/link.ts';
import type { Counters } from '../hub/notes.ts';
import type { ByteSource } from '../listeners/shared-read.ts';
import { WebSocketPipe } from '../listeners/ws-pipe.ts';
import type { Commits } from './commits.ts';
import type { Handover } from './handover.ts';
import { type Sink, SlabOutput, type SlabPool } from './slab.ts';

/** What a turn gathers before it leaves anyway, in bytes: a large turn shall not look like a slow client. */
const GATHERED_BYTES_MAX = 256 * 1024;

/** What the socket tells. */
export interface WireEvents {
  readonly received: (chunk: Uint8Array) => void;
  readonly drained: () => void;
  /** Once, whoever closed it. */
  readonly gone: () => void;
}

/** Bytes that promise something, and the batch that keeps the promise. */
interface Waiting {
  readonly batch: number;
  readonly bytes: Uint8Array;
  readonly slab: Uint8Array | undefined;
}

export class SocketWire implements Wire, Sink {
  readonly out: SlabOutput;
  readonly address: string;
  readonly counters: Counters;
  congested = false;
  readonly #duplex: Duplex;
  readonly #outstandingBytesMax: number;
  readonly #dirty: (wire: SocketWire) => void;
  /** A kernel has copied what it took; any other stream may pass our memory on to whoever reads it. */
  readonly #copies: boolean;
  readonly #handover: Handover;
  readonly #pool: SlabPool;
  readonly #commits: Commits;
  /** What is put together now leaves after this batch. */
  #batch = 0;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #drained: () => void = () => undefined;
  #closing = false;
  #gathering = false;
  #paused = false;
  /** The peer sends and does not read: not even answers are taken. Nothing is read until it does. */
  #choked = false;

  constructor(
    duplex: Duplex,
    address: string,
    counters: Counters,
    pool: SlabPool,
    outstandingBytesMax: number,
    handover: Handover,
    commits: Commits,
    dirty: (wire: SocketWire) => void,
  ) {
    this.address = address;
    this.counters = counters;
    this.#duplex = duplex;
    this.#outstandingBytesMax = outstandingBytesMax;
    this.#handover = handover;
    this.#pool = pool;
    this.#commits = commits;
    this.#dirty = dirty;
    this.#copies = duplex instanceof Socket || duplex instanceof WebSocketPipe;
    this.out = new SlabOutput(pool, this);
  }

  /** Begins to listen to the socket, or to the source that its bytes come from instead. */
  start(events: WireEvents, source: ByteSource | undefined): void {
    const duplex = this.#duplex;
    const deliver = (chunk: Uint8Array): void => {
      this.counters.bytesReceived += chunk.length;
      if (!this.#closing) events.received(chunk);
    };
    const drained = (): void => {
      this.congested = false;
      this.#choked = false;
      if (!this.#paused) duplex.resume();
      events.drained();
    };
    this.#drained = drained;
    const told = (pass: () => void): (() => void) => (this.#copies ? pass : () => this.#handover.take(pass));
    if (source !== undefined) source.deliver = deliver;
    else if (this.#copies) duplex.on('data', deliver);
    else duplex.on('data', (chunk) => this.#handover.take(() => deliver(chunk)));
    duplex.on('drain', told(drained));
    // Who half-closes gets what is under way, then the other half.
    duplex.on(
      'end',
      told(() => this.close()),
    );
    // A reset is one way for a connection to end; `close` follows.
    duplex.on('error', () => undefined);
    duplex.on('close', told(events.gone));
  }

  /** What was sent and the peer has not taken, in bytes. */
  get outstandingBytes(): number {
    return this.#waitingBytes + this.#duplex.writableLength;
  }

  dirty(): void {
    this.#dirty(this);
  }

  gather(): void {
    if (this.#gathering) return;
    this.#gathering = true;
    this.#duplex.cork();
  }

  hold(batch: number): void {
    if (batch === this.#batch || batch <= this.#commits.committed) return;
    // What was put together before does not wait for it.
    if (this.out.length > 0) this.out.flush();
    this.#batch = batch;
  }

  write(bytes: Uint8Array, slab?: Uint8Array): boolean {
    const mayLeave = this.#waiting.length === 0 && this.#batch <= this.#commits.committed;
    return mayLeave ? this.#write(bytes) : this.#wait(bytes, slab);
  }

  #wait(bytes: Uint8Array, slab: Uint8Array | undefined): boolean {
    this.#commits.waiting.add(this);
    this.#waiting.push({ batch: this.#batch, bytes, slab });
    this.#waitingBytes += bytes.length;
    if (this.#waitingBytes > this.#outstandingBytesMax) this.#fallBehind(this.#waitingBytes);
    return false;
  }

  /** A batch is written: what waited for it leaves, in order. True where that was the last of a connection that closes. */
  release(batch: number): boolean {
    const waiting = this.#waiting;
    const stay = waiting.findIndex((one) => one.batch > batch);
    const leaving = waiting.splice(0, stay === -1 ? waiting.length : stay);
    if (leaving.length > 1) this.gather();
    for (const { bytes, slab } of leaving) {
      this.#waitingBytes -= bytes.length;
      if (this.#write(bytes) && slab !== undefined) this.#pool.give(slab);
    }
    this.#scatter();
    if (waiting.length > 0 || this.#batch > batch) return false;
    this.#commits.waiting.delete(this);
    if (this.congested && !this.#duplex.writableNeedDrain) this.#drained();
    return this.flush();
  }

  #write(bytes: Uint8Array): boolean {
    const duplex = this.#duplex;
    if (duplex.writableEnded || duplex.destroyed) return true;
    if (this.#copies) duplex.write(bytes);
    else this.#handover.give(() => duplex.write(bytes));
    this.counters.bytesSent += bytes.length;
    if (this.#gathering && duplex.writableLength > GATHERED_BYTES_MAX) this.#scatter();
    const outstanding = duplex.writableLength;
    if (outstanding === 0) return this.#copies;
    // Without `writableNeedDrain` no `drain` would follow.
    if (outstanding > this.#outstandingBytesMax && duplex.writableNeedDrain) this.#fallBehind(outstanding);
    return false;
  }

  #scatter(): void {
    if (!this.#gathering) return;
    this.#gathering = false;
    if (this.#copies) this.#duplex.uncork();
    else this.#handover.give(() => this.#duplex.uncork());
  }

  #fallBehind(outstanding: number): void {
    this.congested = true;
    if (outstanding <= 2 * this.#outstandingBytesMax || this.#choked || this.#closing) return;
    this.#choked = true;
    this.#duplex.pause();
  }

  /** Sends what the turn has put together; true where that was the last of it. */
  flush(): boolean {
    // What waits stays where it was put together: one piece of memory, and one write once it may leave.
    if (this.#batch > this.#commits.committed) {
      this.#commits.waiting.add(this);
      return false;
    }
    this.out.flush();
    this.#scatter();
    if (!this.#closing || this.#waiting.length > 0) return false;
    if (this.#duplex.writableEnded || this.#duplex.destroyed) return false;
    this.#duplex.end();
    return true;
  }

  close(): void {
    if (this.#closing) return;
    this.#closing = true;
    // The end goes out with the turn's bytes; what still comes in is read and thrown away, so that the peer gets to
    // read our last packet instead of a reset.
    if (this.out.bytes.length === 0) this.#dirty(this);
    this.#duplex.resume();
  }

  /** Cuts the connection, whatever is outstanding. */
  destroy(): void {
    this.#duplex.destroy();
  }

  pause(): void {
    this.#paused = true;
    this.#duplex.pause();
  }

  resume(): void {
    this.#paused = false;
    if (!this.#closing && !this.#choked) this.#duplex.resume();
  }
}
