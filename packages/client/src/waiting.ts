// Messages that wait for a connection: in order, bounded by count, bytes and age, with a named policy for when it is full.
// Owns them until they are handed to a machine; sends nothing, settles nothing.

import { MqttError, NO_PROPERTIES, type TopicName } from '@anax/protocol';
import { requireTopicName } from './checks.ts';
import { bytesOf } from './options.ts';
import type { PublishRequest } from './phase.ts';

export interface WaitingLimits {
  readonly messagesMax: number;
  /** Topic, payload, and 100 for each message. */
  readonly bytesMax: number;
  /** Milliseconds. The Message Expiry Interval of a message may be shorter. */
  readonly ageMaxMs: number;
  /** Refuse what comes (`outbox-full`), or give up what has waited longest (`outbox-dropped`). */
  readonly whenFull: 'reject-new' | 'drop-oldest';
}

export const WAITING_LIMITS: WaitingLimits = {
  messagesMax: 10_000,
  bytesMax: 64 * 1024 * 1024,
  ageMaxMs: Number.POSITIVE_INFINITY,
  whenFull: 'reject-new',
};

interface Entry {
  readonly request: PublishRequest;
  readonly bytes: number;
  readonly since: number;
  readonly due: number;
}

const OVERHEAD_BYTES = 100;

export class Waiting {
  readonly #limits: WaitingLimits;
  /** By ticket, in order. */
  readonly #entries = new Map<number, Entry>();
  #bytes = 0;
  /** No entry is due before. */
  #due = Number.POSITIVE_INFINITY;

  /** @throws MqttError `invalid-option` */
  constructor(given: Partial<WaitingLimits> = {}) {
    this.#limits = { ...WAITING_LIMITS, ...given };
    const { whenFull, ...numbers } = this.#limits;
    for (const [name, value] of Object.entries(numbers)) {
      if (!(value > 0))
        throw new MqttError('invalid-option', `outbox.${name} is ${value}, not a number above 0`);
    }
    if (whenFull === 'reject-new' || whenFull === 'drop-oldest') return;
    throw new MqttError('invalid-option', `outbox.whenFull is ${String(whenFull)}`);
  }

  get size(): number {
    return this.#entries.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Returns the tickets of messages that had to make room.
   * @throws MqttError `outbox-full`, or `invalid-topic-name`, as no connection would take it.
   */
  add(request: PublishRequest, ticket: number, now: number): readonly number[] {
    const topic: TopicName = requireTopicName(request.topic);
    const payload = bytesOf(request.payload);
    const bytes = topic.length + payload.length + OVERHEAD_BYTES;
    const { bytesMax, messagesMax, ageMaxMs, whenFull } = this.#limits;
    const dropped: number[] = [];
    while (this.#entries.size >= messagesMax || this.#bytes + bytes > bytesMax) {
      const [oldest] = this.#entries.keys();
      if (oldest === undefined || whenFull === 'reject-new') {
        const message = `${this.#entries.size} messages of ${this.#bytes} bytes wait for a connection already`;
        throw new MqttError('outbox-full', message);
      }
      this.remove(oldest);
      dropped.push(oldest);
    }
    const expiryMs = (request.properties?.messageExpiryInterval ?? Number.POSITIVE_INFINITY) * 1000;
    const due = now + Math.min(ageMaxMs, expiryMs);
    this.#entries.set(ticket, { request: { ...request, payload }, bytes, since: now, due });
    this.#bytes += bytes;
    this.#due = Math.min(this.#due, due);
    return dropped;
  }

  /** The message that is next, with what is left of its Message Expiry Interval. [5:3.3.2.3.3] */
  peek(now: number): { readonly ticket: number; readonly request: PublishRequest } | undefined {
    for (const [ticket, { request, since }] of this.#entries) {
      const properties = request.properties ?? NO_PROPERTIES;
      const { messageExpiryInterval } = properties;
      if (messageExpiryInterval === undefined) return { ticket, request };
      const left = Math.max(1, messageExpiryInterval - Math.floor((now - since) / 1000));
      return { ticket, request: { ...request, properties: { ...properties, messageExpiryInterval: left } } };
    }
    return undefined;
  }

  /** Sent, or nobody waits for it any more. */
  remove(ticket: number): void {
    const entry = this.#entries.get(ticket);
    if (entry === undefined) return;
    this.#entries.delete(ticket);
    this.#bytes -= entry.bytes;
    if (this.#entries.size === 0) this.#due = Number.POSITIVE_INFINITY;
  }

  /** When `expire` may have something to do. */
  deadline(): number {
    return this.#due;
  }

  /** Removes what is too old; returns its tickets. */
  expire(now: number): readonly number[] {
    if (now < this.#due) return [];
    const expired: number[] = [];
    let due = Number.POSITIVE_INFINITY;
    for (const [ticket, entry] of this.#entries) {
      if (entry.due <= now) {
        expired.push(ticket);
        this.remove(ticket);
      } else {
        due = Math.min(due, entry.due);
      }
    }
    this.#due = due;
    return expired;
  }
}

export function expiredWaiting(): MqttError {
  return new MqttError('outbox-expired', 'the message has waited too long for a connection');
}

export function droppedWaiting(): MqttError {
  return new MqttError(
    'outbox-dropped',
    'the message has made room for newer ones that wait for a connection',
  );
}
