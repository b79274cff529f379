// Messages that wait for their turn: for a connection, for the server's Receive Maximum, for a socket that takes bytes. In
// order, bounded by count, bytes and age, with a named policy for when it is full. Sends nothing, settles nothing.

import { MqttError, type QoS } from '@anax/protocol';
import { requireLimit } from './options.ts';
import type { Outgoing, Place } from './outgoing.ts';

export interface WaitingLimits {
  readonly messagesMax: number;
  /** Topics, payloads, properties, and 100 for each message. As many may be under way. */
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

/** @throws MqttError `invalid-option` */
export function waitingLimits(given: Partial<WaitingLimits>): WaitingLimits {
  const { messagesMax, bytesMax, ageMaxMs, whenFull } = { ...WAITING_LIMITS, ...given };
  for (const [name, value] of Object.entries({ messagesMax, bytesMax, ageMaxMs }))
    requireLimit(`outbox.${name}`, value);
  if (whenFull !== 'reject-new' && whenFull !== 'drop-oldest')
    throw new MqttError('invalid-option', `outbox.whenFull is ${String(whenFull)}`);
  return { messagesMax, bytesMax, ageMaxMs, whenFull };
}

export class Waiting {
  readonly limits: WaitingLimits;
  /** QoS 0 does not wait for the Receive Maximum, so it may overtake what does. [5:MQTT-4.9.0-2] */
  readonly #unacknowledged = new Line();
  readonly #acknowledged = new Line();
  #size = 0;
  #bytes = 0;
  #first = 0;
  #last = 0;
  /** None is due before. */
  #due = Number.POSITIVE_INFINITY;

  /** @throws MqttError `invalid-option` */
  constructor(given: Partial<WaitingLimits> = {}) {
    this.limits = waitingLimits(given);
  }

  get size(): number {
    return this.#size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Whether one of this QoS would be the first. */
  isClear(qos: QoS): boolean {
    return this.#line(qos).first === undefined;
  }

  /** Returns those that had to make room. @throws MqttError `outbox-full` */
  add(owed: Outgoing): readonly Outgoing[] {
    const dropped = this.#isFull(owed.bytes) ? this.#makeRoom(owed.bytes) : NONE;
    this.#last += 1;
    const line = this.#line(owed.qos);
    const place: Place = { owed, number: this.#last, before: line.last, behind: undefined };
    if (line.last === undefined) line.first = place;
    else line.last.behind = place;
    line.last = place;
    this.#count(place);
    return dropped;
  }

  /** Puts them before all others, in this order; they were here before, so that there is no limit on them. */
  putBack(owed: readonly Outgoing[]): void {
    for (const one of owed.toReversed()) {
      this.#first -= 1;
      const line = this.#line(one.qos);
      const place: Place = { owed: one, number: this.#first, before: undefined, behind: line.first };
      if (line.first === undefined) line.last = place;
      else line.first.before = place;
      line.first = place;
      this.#count(place);
    }
  }

  /** The one that is next. @param above0 whether it may be one above QoS 0 */
  next(above0: boolean): Outgoing | undefined {
    const unacknowledged = this.#unacknowledged.first;
    const acknowledged = above0 ? this.#acknowledged.first : undefined;
    if (unacknowledged === undefined) return acknowledged?.owed;
    if (acknowledged === undefined || unacknowledged.number < acknowledged.number) return unacknowledged.owed;
    return acknowledged.owed;
  }

  /** Sent, or nobody waits for it any more; false where it does not wait here. */
  remove(owed: Outgoing): boolean {
    const { place } = owed;
    if (place === undefined) return false;
    const line = this.#line(owed.qos);
    if (place.before === undefined) line.first = place.behind;
    else place.before.behind = place.behind;
    if (place.behind === undefined) line.last = place.before;
    else place.behind.before = place.before;
    // A long chain of what is gone would keep the collector busy.
    place.before = undefined;
    place.behind = undefined;
    owed.place = undefined;
    this.#size -= 1;
    this.#bytes -= owed.bytes;
    if (this.#size === 0) this.#due = Number.POSITIVE_INFINITY;
    return true;
  }

  /** When `expire` may have something to do. */
  deadline(): number {
    return this.#due;
  }

  /** Takes out what is too old. */
  expire(now: number): readonly Outgoing[] {
    if (now < this.#due) return NONE;
    const expired: Outgoing[] = [];
    let due = Number.POSITIVE_INFINITY;
    for (const owed of this.values()) {
      if (owed.due <= now) {
        this.remove(owed);
        expired.push(owed);
      } else {
        due = Math.min(due, owed.due);
      }
    }
    this.#due = due;
    return expired;
  }

  /** All of them, in the order in which they go; the one that was given last may be removed. */
  *values(): IterableIterator<Outgoing> {
    let unacknowledged = this.#unacknowledged.first;
    let acknowledged = this.#acknowledged.first;
    for (;;) {
      const isOther =
        unacknowledged === undefined ||
        (acknowledged !== undefined && acknowledged.number < unacknowledged.number);
      const place = isOther ? acknowledged : unacknowledged;
      if (place === undefined) return;
      if (isOther) acknowledged = place.behind;
      else unacknowledged = place.behind;
      yield place.owed;
    }
  }

  #line(qos: QoS): Line {
    return qos === 0 ? this.#unacknowledged : this.#acknowledged;
  }

  #count(place: Place): void {
    const { owed } = place;
    owed.place = place;
    this.#size += 1;
    this.#bytes += owed.bytes;
    if (owed.due < this.#due) this.#due = owed.due;
  }

  #isFull(bytes: number): boolean {
    return this.#size >= this.limits.messagesMax || this.#bytes + bytes > this.limits.bytesMax;
  }

  #makeRoom(bytes: number): readonly Outgoing[] {
    const dropped: Outgoing[] = [];
    // What would not fit into an empty one drops nobody.
    while (this.#isFull(bytes)) {
      const oldest = this.next(true);
      if (oldest === undefined || this.limits.whenFull === 'reject-new' || bytes > this.limits.bytesMax)
        throw new MqttError('outbox-full', `${this.#size} messages of ${this.#bytes} bytes wait already`);
      this.remove(oldest);
      dropped.push(oldest);
    }
    return dropped;
  }
}

class Line {
  first: Place | undefined;
  last: Place | undefined;
}

const NONE: readonly Outgoing[] = [];

export function expiredWaiting(): MqttError {
  return new MqttError('outbox-expired', 'the message has waited too long to be sent');
}

export function droppedWaiting(): MqttError {
  return new MqttError('outbox-dropped', 'the message has made room for newer ones');
}
