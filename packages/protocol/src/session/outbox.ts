// What a sender owes its peer above QoS 0: which packet identifier stands for what, how far each exchange has come,
// and how many more may be under way. The same for client and server. [5:4.3] [5:4.4] [5:4.9]

import type { QoS } from '../codec/packets.ts';
import { PACKET_ID_MAX } from '../spec/limits.ts';
import type { DeliveryPhase } from './message.ts';

export interface Owed {
  readonly qos: QoS;
  packetId: number;
  phase: DeliveryPhase;
}

/** What an acknowledgement meant: the exchange it moved, an identifier nobody holds, or one in another phase. */
export type Answered<T> = T | 'unknown' | 'out-of-phase';

/** What is under way for most sessions: one for all of them, and never added to. */
const NOTHING = new Map<number, never>();

export class Outbox<T extends Owed> {
  /**
   * In the order of resending: what waits for PUBACK or PUBREC in the order of first sending, what waits for PUBCOMP in
   * the order of its PUBREC. [5:MQTT-4.6.0-1] [5:MQTT-4.6.0-4]
   */
  #owed: Map<number, T> = NOTHING;
  #lastId = 0;
  #window: number;

  /** @param window messages that may be under way at once: the peer's Receive Maximum. [5:MQTT-4.9.0-1] */
  constructor(window: number) {
    this.#window = window;
  }

  /** Messages under way. */
  get size(): number {
    return this.#owed.size;
  }

  /** Whether one more may be sent. [5:MQTT-4.9.0-2] */
  get open(): boolean {
    return this.#owed.size < this.#window;
  }

  /** How many may be under way. */
  get window(): number {
    return this.#window;
  }

  /** A new connection brings a new Receive Maximum; what is under way stays under way. */
  setWindow(window: number): void {
    this.#window = window;
  }

  /**
   * An identifier that is neither 0 nor in use here or in `alsoHeld`; 0 where all are in use.
   * [5:MQTT-2.2.1-4] [5:MQTT-4.3.2-1] [5:MQTT-4.3.3-1] [3.1.1:MQTT-2.3.1-4]
   */
  takeId(alsoHeld: ReadonlyMap<number, unknown> = NOTHING): number {
    let id = this.#lastId;
    for (let tries = 0; tries < PACKET_ID_MAX; tries++) {
      id = id === PACKET_ID_MAX ? 1 : id + 1;
      if (!this.#owed.has(id) && !alsoHeld.has(id)) {
        this.#lastId = id;
        return id;
      }
    }
    return 0;
  }

  /** Holds an exchange under its `packetId`, until it is answered. [5:MQTT-4.3.3-3] [3.1.1:MQTT-4.3.2-1] */
  hold(owed: T): void {
    if (this.#owed === NOTHING) this.#owed = new Map();
    this.#owed.set(owed.packetId, owed);
  }

  has(packetId: number): boolean {
    return this.#owed.has(packetId);
  }

  /** PUBACK: the exchange is over. [5:MQTT-4.3.2-3] */
  acknowledge(packetId: number): Answered<T> {
    const owed = this.#owed.get(packetId);
    if (owed === undefined) return 'unknown';
    if (owed.qos !== 1) return 'out-of-phase';
    this.#owed.delete(packetId);
    return owed;
  }

  /** PUBREC below 0x80: from now on only PUBREL is sent. [5:MQTT-4.3.3-4] [5:MQTT-4.3.3-6] */
  receive(packetId: number): Answered<T> {
    const owed = this.#owed.get(packetId);
    if (owed === undefined) return 'unknown';
    if (owed.qos !== 2) return 'out-of-phase';
    if (owed.phase === 'release') return owed;
    owed.phase = 'release';
    this.#owed.delete(packetId);
    this.#owed.set(packetId, owed);
    return owed;
  }

  /** PUBREC of 0x80 or above: the exchange is over and its identifier free. [5:MQTT-4.4.0-2] */
  refuse(packetId: number): Answered<T> {
    const owed = this.#owed.get(packetId);
    if (owed === undefined) return 'unknown';
    if (owed.qos !== 2 || owed.phase !== 'publish') return 'out-of-phase';
    this.#owed.delete(packetId);
    return owed;
  }

  /** PUBCOMP: the exchange is over. [5:MQTT-4.3.3-5] */
  complete(packetId: number): Answered<T> {
    const owed = this.#owed.get(packetId);
    if (owed === undefined) return 'unknown';
    if (owed.qos !== 2 || owed.phase !== 'release') return 'out-of-phase';
    this.#owed.delete(packetId);
    return owed;
  }

  /** Gives an exchange up, answered or not. */
  forget(packetId: number): void {
    this.#owed.delete(packetId);
  }

  /** All that is under way, in order; deleting what was visited is allowed. */
  values(): IterableIterator<T> {
    return this.#owed.values();
  }
}
