// The broker's end of a link: its real connection, what it has put together and may not yet let go, what has come while it
// does not read.

import { Reason } from '@anax/protocol';
import { Connection } from '../../../packages/broker/src/connection/connection.ts';
import { type Life, PEER } from '../world/broker.ts';
import type { Clock } from '../world/clock.ts';
import { type Held, SimWire } from '../world/wire.ts';

export interface Carrier {
  readonly clock: Clock;
  /** Bytes that may be on their way before the socket counts as slow. */
  readonly outstandingBytesMax: number;
  readonly outstanding: number;
  carry(bytes: Uint8Array): void;
  /** Nothing follows. */
  carryEnd(): void;
}

export class BrokerEnd {
  readonly #carrier: Carrier;
  readonly #life: Life;
  readonly #wire: SimWire;
  readonly #connection: Connection;
  #waiting: Held[] = [];
  #waitingBytes = 0;
  /** Undefined is the end of the stream. */
  #unread: (Uint8Array | undefined)[] = [];
  #isOver = false;

  constructor(carrier: Carrier, life: Life, address: string) {
    this.#carrier = carrier;
    this.#life = life;
    this.#wire = new SimWire(address, life.hub.counters, life.commits, false);
    this.#connection = new Connection(life.context, this.#wire, PEER, carrier.clock.now);
  }

  /** Nothing that happens here reaches the broker any more. */
  get isOver(): boolean {
    return this.#isOver || this.#life.isDead;
  }

  /** True where the broker has had a turn. */
  receive(bytes: Uint8Array | undefined): boolean {
    if (this.isOver) return false;
    if (this.#wire.paused) {
      this.#unread.push(bytes);
      return false;
    }
    const { now } = this.#carrier.clock;
    if (bytes === undefined) this.#connection.lost(now);
    else this.#connection.receive(bytes, now);
    bytes?.fill(0xee);
    return true;
  }

  /** The broker reads again. True where it had a turn. */
  readOn(): boolean {
    let had = false;
    while (this.#unread.length > 0 && !this.#wire.paused && !this.isOver)
      had = this.receive(this.#unread.shift()) || had;
    return had;
  }

  /** The socket is gone. */
  lost(): void {
    if (!this.isOver) this.#connection.lost(this.#carrier.clock.now);
  }

  shutDown(): void {
    this.#connection.end(Reason.serverShuttingDown, 'this server is shutting down', this.#carrier.clock.now);
  }

  /** At the end of the broker's turn. */
  gather(): void {
    if (this.#isOver) return;
    for (const held of this.#wire.take()) {
      this.#waiting.push(held);
      this.#waitingBytes += held.bytes.length;
    }
    this.#isOver = this.#wire.closed;
  }

  /** Sends what may leave, counting each; true while there may be more. */
  leave(effect: () => boolean): boolean {
    const { committed } = this.#life.commits;
    for (
      let first = this.#waiting[0];
      first !== undefined && first.batch <= committed;
      [first] = this.#waiting
    ) {
      this.#waiting.shift();
      this.#waitingBytes -= first.bytes.length;
      this.#carrier.carry(first.bytes);
      if (!effect()) return false;
    }
    if (this.#carrier.outstanding + this.#waitingBytes > this.#carrier.outstandingBytesMax)
      this.#wire.congested = true;
    if (!this.#isOver || this.#waiting.length > 0) return true;
    this.#carrier.carryEnd();
    return false;
  }

  /** Bytes have arrived at the other end. True where the broker has had a turn. */
  relieve(): boolean {
    if (this.isOver || !this.#wire.congested || this.#carrier.outstanding > 0) return false;
    this.#wire.congested = false;
    this.#connection.drained(this.#carrier.clock.now);
    return true;
  }
}
