// Getting what a session is owed to its client: send, queue or drop. A slow or absent client costs only its own session.

import {
  type Delivery,
  delivery,
  type Message,
  messageBytes,
  publishAck,
  publishPacket,
  type QoS,
} from '@anax/protocol';
import type { Frames } from './frames.ts';
import type { Limits } from './limits.ts';
import type { Link } from './link.ts';
import type { Counters, Note } from './notes.ts';
import { kept, outgoingProperties } from './outgoing.ts';
import type { Session } from './session.ts';

/** Stands for a message that need not be remembered: its session ends with the connection, so nothing is sent again. */
const FORGOTTEN: Message = Object.freeze({
  topic: '' as Message['topic'],
  payload: new Uint8Array(0),
  qos: 0,
  retain: false,
  properties: {},
  publisher: '',
  expiresAt: Number.POSITIVE_INFINITY,
});

export class Deliveries {
  /** Links whose session overflowed under the policy `disconnect`: the hub ends them once the fan-out is through. */
  readonly overflowed: Link[] = [];
  readonly #limits: Limits;
  readonly #counters: Counters;
  readonly #note: (note: Note) => void;

  constructor(limits: Limits, counters: Counters, note: (note: Note) => void) {
    this.#limits = limits;
    this.#counters = counters;
    this.#note = note;
  }

  /**
   * Owes a message to a session. `frames` holds its bytes where it goes to many; returns the message as it is kept,
   * if it had to be kept, so that a fan-out copies a payload once.
   */
  owe(
    session: Session,
    message: Message,
    qos: QoS,
    retain: boolean,
    identifiers: readonly number[] | undefined,
    frames: Frames | undefined,
    keptBefore: Message | undefined,
    now: number,
  ): Message | undefined {
    const { link } = session;
    if (qos === 0) {
      if (link === undefined || link.wire.congested) this.#counters.messagesDropped += 1;
      else this.#sendFirst(link, message, 0, retain, identifiers, 0, frames, now);
      return keptBefore;
    }
    const ready =
      link !== undefined && session.outbox.open && session.backlog.size === 0 && session.unsent.size === 0;
    if (ready && !link.wire.congested) {
      const packetId = session.outbox.takeId();
      if (!this.#sendFirst(link, message, qos, retain, identifiers, packetId, frames, now)) return keptBefore;
      const copy = session.outlivesConnection ? (keptBefore ?? kept(message)) : undefined;
      const owed = delivery(copy ?? FORGOTTEN, qos, retain, identifiers);
      owed.packetId = packetId;
      session.outbox.hold(owed);
      return copy ?? keptBefore;
    }
    const copy = keptBefore ?? kept(message);
    this.#queue(session, delivery(copy, qos, retain, identifiers), now);
    return copy;
  }

  /** False where the client does not take a packet of that size: as if it had been sent. [5:MQTT-3.1.2-25] */
  #sendFirst(
    link: Link,
    message: Message,
    qos: QoS,
    retain: boolean,
    identifiers: readonly number[] | undefined,
    packetId: number,
    frames: Frames | undefined,
    now: number,
  ): boolean {
    const sent =
      frames !== undefined && identifiers === undefined
        ? frames.send(link, qos, retain, packetId)
        : link.send(
            publishPacket(
              message.topic,
              message.payload,
              qos,
              retain,
              false,
              packetId,
              outgoingProperties(message, identifiers, now),
            ),
          );
    if (sent) this.#counters.messagesSent += 1;
    else this.#counters.messagesDropped += 1;
    return sent;
  }

  #queue(session: Session, owed: Delivery, now: number): void {
    const { backlog } = session;
    const bytes = messageBytes(owed.message);
    const limits = this.#limits;
    if (!backlog.fits(bytes, limits)) {
      this.#noteFull(session);
      if (limits.queuePolicy === 'disconnect') {
        this.#counters.messagesDropped += 1;
        if (session.link !== undefined) this.overflowed.push(session.link);
        return;
      }
      if (limits.queuePolicy === 'drop-newest') {
        this.#counters.messagesDropped += 1;
        return;
      }
      while (backlog.size > 0 && !backlog.fits(bytes, limits)) {
        backlog.shift();
        this.#counters.messagesDropped += 1;
      }
      if (!backlog.fits(bytes, limits)) {
        this.#counters.messagesDropped += 1;
        return;
      }
    }
    backlog.push(owed, bytes);
    this.pump(session, now);
  }

  #noteFull(session: Session): void {
    if (session.queueFullNoted) return;
    session.queueFullNoted = true;
    this.#note({
      event: 'queue-full',
      clientId: session.clientId,
      text: `the queue is full (${session.backlog.size} messages, ${session.backlog.bytes} bytes): ${this.#limits.queuePolicy}`,
    });
  }

  /** Sends what waits, as far as the window and the socket allow. */
  pump(session: Session, now: number): void {
    const { link, outbox, backlog, unsent } = session;
    if (link === undefined) return;
    for (const owed of unsent.values()) {
      if (link.wire.congested || outbox.size - unsent.size >= outbox.window) return;
      unsent.delete(owed.packetId);
      this.#sendAgain(session, link, owed, now);
    }
    while (backlog.size > 0 && outbox.open && !link.wire.congested) {
      const owed = backlog.shift() as Delivery;
      if (owed.message.expiresAt <= now) {
        // [5:MQTT-3.3.2-5]
        this.#counters.messagesDropped += 1;
        continue;
      }
      const packetId = outbox.takeId();
      const { message, qos, retain, subscriptionIdentifiers } = owed;
      if (this.#sendFirst(link, message, qos, retain, subscriptionIdentifiers, packetId, undefined, now)) {
        owed.packetId = packetId;
        outbox.hold(owed);
      }
    }
    if (backlog.size * 2 < this.#limits.queueMessagesMax) session.queueFullNoted = false;
  }

  /**
   * On a resumed session: what was not acknowledged is sent again with its old identifier, in the old order, as far as
   * the new window allows; the rest follows as acknowledgements come. [5:MQTT-4.4.0-1] [3.1.1:MQTT-4.4.0-1]
   */
  resume(session: Session, now: number): void {
    const { link, outbox } = session;
    if (link === undefined) return;
    for (const owed of outbox.values()) {
      if (owed.phase === 'release') link.send(publishAck('pubrel', owed.packetId));
      else session.unsent.set(owed.packetId, owed);
    }
    this.pump(session, now);
  }

  #sendAgain(session: Session, link: Link, owed: Delivery, now: number): void {
    const { message, qos, retain, packetId, subscriptionIdentifiers } = owed;
    const properties = outgoingProperties(message, subscriptionIdentifiers, now);
    // [5:MQTT-3.3.1-1] [3.1.1:MQTT-3.3.1-1]
    const packet = publishPacket(message.topic, message.payload, qos, retain, true, packetId, properties);
    if (link.send(packet)) {
      this.#counters.messagesSent += 1;
    } else {
      this.#counters.messagesDropped += 1;
      session.outbox.forget(packetId);
    }
  }
}
