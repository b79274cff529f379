// Retained messages: kept, replaced, cleared, and walked for a new subscription in slices that stall nobody. [5:3.3.1.3]

import {
  type Message,
  messageBytes,
  type QoS,
  type RetainedCursor,
  RetainedIndex,
  type TopicFilter,
} from '@anax/protocol';
import type { Deliveries } from './deliveries.ts';
import type { Limits } from './limits.ts';
import type { Link } from './link.ts';
import { kept } from './outgoing.ts';
import type { Session, Subscription } from './session.ts';

/** Places of the index looked at in one go. */
const SLICE = 512;
/** Deliveries waiting for a client beyond which a walk pauses: it shall not push out what is live. */
const WAITING_MAX = 256;

interface Walk {
  readonly session: Session;
  readonly link: Link;
  readonly subscription: Subscription;
  readonly cursor: RetainedCursor<Message>;
}

export class Retained {
  readonly #index = new RetainedIndex<Message>();
  readonly #limits: Limits;
  readonly #deliveries: Deliveries;
  #walks: Walk[] = [];
  #bytes = 0;

  constructor(limits: Limits, deliveries: Deliveries) {
    this.#limits = limits;
    this.#deliveries = deliveries;
  }

  get size(): number {
    return this.#index.size;
  }

  /**
   * Keeps a message whose RETAIN flag is set; an empty payload removes what was kept. False where it does not fit.
   * [5:MQTT-3.3.1-5] [5:MQTT-3.3.1-6] [5:MQTT-3.3.1-7] [3.1.1:MQTT-3.3.1-5] [3.1.1:MQTT-3.3.1-10] [3.1.1:MQTT-3.3.1-11]
   */
  keep(message: Message): boolean {
    if (message.payload.length === 0) {
      this.#forget(this.#index.delete(message.topic));
      return true;
    }
    if (!this.fits(message)) return false;
    this.#forget(this.#index.set(message.topic, kept(message)));
    this.#bytes += messageBytes(message);
    return true;
  }

  /** Whether a message can be kept, in place of the one that its topic has. */
  fits(message: Message): boolean {
    if (message.payload.length === 0) return true;
    const before = this.#index.get(message.topic);
    const bytesBefore = before === undefined ? 0 : messageBytes(before);
    if (before === undefined && this.#index.size >= this.#limits.retainedMessagesMax) return false;
    return this.#bytes - bytesBefore + messageBytes(message) <= this.#limits.retainedBytesMax;
  }

  #forget(message: Message | undefined): void {
    if (message !== undefined) this.#bytes -= messageBytes(message);
  }

  /** Sends what matches a subscription: the first slice now, the rest by `work`. */
  deliver(session: Session, link: Link, subscription: Subscription, filter: TopicFilter, now: number): void {
    const walk = { session, link, subscription, cursor: this.#index.match(filter) };
    this.#slice(walk, now);
    if (!walk.cursor.done) this.#walks.push(walk);
  }

  /** Goes on with walks under way; true where one made progress and there is more to do. */
  work(now: number): boolean {
    if (this.#walks.length === 0) return false;
    let moved = false;
    this.#walks = this.#walks.filter((walk) => {
      if (walk.session.link !== walk.link) return false;
      if (walk.link.wire.congested || walk.session.backlog.size > WAITING_MAX) return true;
      this.#slice(walk, now);
      moved = true;
      return !walk.cursor.done;
    });
    return moved && this.#walks.length > 0;
  }

  #slice({ session, subscription, cursor }: Walk, now: number): void {
    const identifiers = subscription.identifier === undefined ? undefined : [subscription.identifier];
    for (const message of cursor.next(SLICE)) {
      if (message.expiresAt <= now) {
        this.#forget(this.#index.delete(message.topic));
        continue;
      }
      const qos: QoS = message.qos < subscription.qos ? message.qos : subscription.qos;
      // RETAIN is set on what a new subscription brings. [5:MQTT-3.3.1-8] [3.1.1:MQTT-3.3.1-8]
      this.#deliveries.owe(session, message, qos, true, identifiers, undefined, message, now);
    }
  }
}
