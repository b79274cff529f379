// What a receiver remembers of QoS 2: identifiers received and not yet released, so that a message is passed on once.
// The same for client and server. [5:MQTT-4.3.3-10] [3.1.1:MQTT-4.3.3-2]

export type Arrival = 'new' | 'again' | 'too-many';

/** What most sessions have: one for all of them, and never added to. */
const NOTHING = new Set<number>();

export class Inbox {
  #unreleased = NOTHING;
  #receiveMaximum: number;

  /** @param receiveMaximum how many the peer may have under way, as we told it. [5:MQTT-3.3.4-7] [5:MQTT-3.3.4-9] */
  constructor(receiveMaximum: number) {
    this.#receiveMaximum = receiveMaximum;
  }

  get size(): number {
    return this.#unreleased.size;
  }

  has(packetId: number): boolean {
    return this.#unreleased.has(packetId);
  }

  setReceiveMaximum(receiveMaximum: number): void {
    this.#receiveMaximum = receiveMaximum;
  }

  /** A PUBLISH of QoS 2 has come. */
  arrive(packetId: number): Arrival {
    if (this.#unreleased.has(packetId)) return 'again';
    if (this.#unreleased.size >= this.#receiveMaximum) return 'too-many';
    this.restore(packetId);
    return 'new';
  }

  /** The message behind the identifier was refused with PUBREC of 0x80 or above. [5:MQTT-4.3.3-9] */
  forget(packetId: number): void {
    this.#unreleased.delete(packetId);
  }

  /**
   * PUBREL has come, the identifier is free; false where nobody waits: answered with 0x92. [5:3.7.2.1]
   * [5:MQTT-4.3.3-12]
   */
  release(packetId: number): boolean {
    return this.#unreleased.delete(packetId);
  }

  /** What an earlier life of the process took in and had not released. */
  restore(packetId: number): void {
    if (this.#unreleased === NOTHING) this.#unreleased = new Set();
    this.#unreleased.add(packetId);
  }

  packetIds(): IterableIterator<number> {
    return this.#unreleased.values();
  }
}
