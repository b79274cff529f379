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
  readonly filter: TopicFilter;
  readonly cursor: RetainedCursor<Message>;
  /** Found and not handed over yet, the last first. */
  found: Message[];
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
  deliver(session: Session, link: Link, { filter }: Subscription, now: number): void {
    // One walk for a filter at a time: the newest starts from the beginning.
    this.#walks = this.#walks.filter((walk) => walk.session !== session || walk.filter !== filter);
    const walk: Walk = { session, link, filter, cursor: this.#index.match(filter), found: [] };
    this.#slice(walk, now);
    if (!isOver(walk)) this.#walks.push(walk);
  }

  /** Goes on with walks under way; true where one made progress and there is more to do. */
  work(now: number): boolean {
    if (this.#walks.length === 0) return false;
    let moved = false;
    this.#walks = this.#walks.filter((walk) => {
      if (isOver(walk)) return false;
      if (!isReady(walk)) return true;
      this.#slice(walk, now);
      moved = true;
      return !isOver(walk);
    });
    return moved && this.#walks.length > 0;
  }

  #slice(walk: Walk, now: number): void {
    const { session, filter, cursor } = walk;
    const subscription = session.subscriptions.get(filter);
    if (subscription === undefined) return;
    const { qos: granted, identifier, noLocal } = subscription;
    const identifiers = identifier === undefined ? undefined : [identifier];
    if (walk.found.length === 0) walk.found = cursor.next(SLICE).toReversed();
    // Stops as soon as the client is behind: at QoS 0 the rest would be lost.
    while (isReady(walk)) {
      const next = walk.found.pop();
      if (next === undefined) return;
      // As it is now: it may have been replaced or cleared while the client was behind.
      const message = this.#index.get(next.topic);
      if (message === undefined) continue;
      if (message.expiresAt <= now) {
        this.#forget(this.#index.delete(message.topic));
        continue;
      }
      if (noLocal && message.publisher === session.clientId) continue; // [5:MQTT-3.8.3-3]
      const qos: QoS = message.qos < granted ? message.qos : granted;
      // RETAIN is set on what a new subscription brings. [5:MQTT-3.3.1-8] [3.1.1:MQTT-3.3.1-8]
      this.#deliveries.owe(session, message, qos, true, identifiers, undefined, message, now);
    }
  }
}

function isReady({ link, session }: Walk): boolean {
  return !link.wire.congested && session.backlog.size <= WAITING_MAX;
}

/** Through, or for nobody: the connection or the subscription is gone. [5:MQTT-3.10.4-2] [3.1.1:MQTT-3.10.4-2] */
function isOver({ session, link, filter, cursor, found }: Walk): boolean {
  if (session.link !== link || !session.subscriptions.has(filter)) return true;
  return cursor.done && found.length === 0;
}
