// Getting what a session is owed to its client: send, queue or drop. A slow or absent client costs only its own session.

import { type Message, messageBytes, publishAck, type QoS, type TopicFilter } from '@anax/protocol';
import type { DropReason, EventSink } from './events.ts';
import type { Frames } from './frames.ts';
import { Holdings } from './holdings.ts';
import type { Journal } from './journal.ts';
import type { Limits } from './limits.ts';
import type { Link } from './link.ts';
import type { Counters, Note } from './notes.ts';
import { lowerQos, sendPublish } from './outgoing.ts';
import { FORGOTTEN, type Kept, kept, type Owed, owedOf } from './owed.ts';
import { mayReceive } from './rights.ts';
import type { Session } from './session.ts';

/** How one session gets what it subscribed to. */
export interface Target {
  readonly session: Session;
  /** Granted. */
  readonly qos: QoS;
  readonly retainAsPublished: boolean;
  readonly identifiers: readonly number[] | undefined;
  readonly sharedFilter: TopicFilter | undefined;
}

export class Deliveries {
  /** Links whose session overflowed under the policy `disconnect`: the hub ends them once the fan-out is through. */
  readonly overflowed: Link[] = [];
  readonly holdings: Holdings;
  readonly #limits: Limits;
  readonly #counters: Counters;
  readonly #events: EventSink;
  readonly #journal: Journal;
  readonly #note: (note: Note) => void;
  #holdingsFullNoted = false;

  constructor(
    limits: Limits,
    counters: Counters,
    events: EventSink,
    journal: Journal,
    note: (note: Note) => void,
  ) {
    this.#limits = limits;
    this.#journal = journal;
    this.#counters = counters;
    this.#events = events;
    this.#note = note;
    this.holdings = new Holdings(limits);
  }

  /**
   * Owes a message to a session. `frames` holds its bytes where it goes to many; returns the message as it is kept,
   * if it had to be kept, so that a fan-out copies a payload once. What is stored leaves once the batch that says with
   * which packet identifier is written. [5:4.3.3]
   */
  owe(
    target: Target,
    message: Message,
    frames: Frames | undefined,
    keptBefore: Kept | undefined,
    now: number,
  ): Kept | undefined {
    const { session, sharedFilter, identifiers } = target;
    const { link } = session;
    const qos = lowerQos(message.qos, target.qos); // [5:MQTT-4.8.2-3]
    const retain = target.retainAsPublished && message.retain;
    if (qos === 0) {
      if (link === undefined) this.dropped('absent', session, message);
      else if (link.wire.congested) this.dropped('slow', session, message);
      else this.#sendFirst(session, link, message, 0, retain, identifiers, 0, frames, now);
      return keptBefore;
    }
    // [3.1.1:MQTT-3.1.2-5]
    if (link === undefined || !this.#mayGoNow(session, link)) {
      const copy = keptBefore ?? kept(message);
      this.#queue(session, owedOf(copy, qos, retain, identifiers, sharedFilter), now);
      return copy;
    }
    // What is sent again on the next connection is kept, and what another member gets if this one goes away.
    const keeps = session.outlivesConnection || (sharedFilter !== undefined && qos === 1);
    const isHeld = keptBefore !== undefined && keptBefore.body.holders > 0;
    if (keeps && !this.holdings.fits(isHeld ? 0 : messageBytes(message))) {
      this.#noteHoldingsFull();
      this.#refuse(session, message);
      return keptBefore;
    }
    if (this.#journal.stores(session)) this.#journal.hold(link.wire);
    const packetId = session.outbox.takeId();
    const sent = this.#sendFirst(session, link, message, qos, retain, identifiers, packetId, frames, now);
    if (!sent) return keptBefore;
    const copy = keeps ? (keptBefore ?? kept(message)) : undefined;
    const owed = owedOf(copy ?? FORGOTTEN, qos, retain, identifiers, sharedFilter);
    this.holdings.take(owed.message.body);
    hold(session, owed, packetId);
    if (copy !== undefined) this.#journal.owe(session, owed);
    return copy ?? keptBefore;
  }

  /**
   * Whether the next message overtakes nothing and fits the window, in messages and bytes, and the socket.
   * [5:MQTT-4.6.0-5] [5:MQTT-4.6.0-6] [3.1.1:MQTT-4.6.0-5] [3.1.1:MQTT-4.6.0-6]
   */
  #mayGoNow({ outbox, backlog, unsent, inFlightBytes }: Session, link: Link): boolean {
    const nothingWaits = backlog.size === 0 && unsent.size === 0;
    return (
      nothingWaits && outbox.open && !link.wire.congested && inFlightBytes < this.#limits.inFlightBytesMax
    );
  }

  /**
   * DUP is not set, whatever it was on arrival. [5:MQTT-3.3.1-3] [5:MQTT-4.3.1-1] [5:MQTT-4.3.2-2] [5:MQTT-4.3.3-2]
   * [3.1.1:MQTT-3.3.1-3] [3.1.1:MQTT-4.3.1-1] [3.1.1:MQTT-4.3.2-1]
   * False where the client does not take a packet of that size: as if it had been sent. [5:MQTT-3.1.2-25]
   */
  #sendFirst(
    session: Session,
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
      frames !== undefined && identifiers === undefined && link.aliases === undefined
        ? frames.send(link, qos, retain, packetId)
        : sendPublish(link, message, qos, retain, false, packetId, identifiers, now);
    if (sent) this.#sent(message);
    else this.dropped('too-large', session, message);
    return sent;
  }

  #sent({ payload }: Message): void {
    this.#counters.messagesSent += 1;
    this.#counters.payloadBytesSent += payload.length;
  }

  #queue(session: Session, owed: Owed, now: number): void {
    const { backlog } = session;
    const { message } = owed;
    const { bytes } = message.body;
    const limits = this.#limits;
    if (!backlog.fits(bytes, limits)) {
      this.#noteFull(session);
      // What no queue can take pushes nothing out.
      const isTooMuch = limits.queueMessagesMax === 0 || bytes > limits.queueBytesMax;
      if (isTooMuch || limits.queuePolicy !== 'drop-oldest') return this.#refuse(session, message);
      while (!backlog.fits(bytes, limits)) this.#dropOldest(session);
    }
    const more = message.body.holders === 0 ? bytes : 0;
    if (!this.holdings.fits(more)) {
      this.#noteHoldingsFull();
      const isTooMuch = more > limits.heldBytesMax;
      if (isTooMuch || limits.queuePolicy !== 'drop-oldest') return this.#refuse(session, message);
      while (!this.holdings.fits(more) && this.#dropFrees(session)) this.#dropOldest(session);
      if (!this.holdings.fits(more)) return this.dropped('queue-full', session, message);
    }
    this.holdings.take(message.body);
    this.#journal.owe(session, owed);
    backlog.push(owed, session.link === undefined);
    this.pump(session, now);
  }

  /** A message that others are owed, too, stays where it is: only where the number is full does dropping it help. */
  #dropFrees({ backlog }: Session): boolean {
    const oldest = backlog.peek();
    return oldest !== undefined && (oldest.message.body.holders === 1 || !this.holdings.fits(0));
  }

  #dropOldest(session: Session): void {
    const oldest = session.backlog.shift();
    if (oldest === undefined) return;
    this.#journal.settled(session, oldest);
    this.holdings.release(oldest.message.body);
    this.dropped('queue-full', session, oldest.message);
  }

  /** Memory is short: all that waits in memory alone goes. */
  dropWaiting(session: Session): void {
    while (session.backlog.memoryBytes > 0) this.#dropOldest(session);
  }

  /** A message that the policy keeps out. */
  #refuse(session: Session, message: Message): void {
    this.dropped('queue-full', session, message);
    if (this.#limits.queuePolicy === 'disconnect' && session.link !== undefined) {
      this.overflowed.push(session.link);
    }
  }

  /** A message that a session does not get. */
  dropped(why: DropReason, { clientId }: Session, { topic, qos }: Message): void {
    this.#counters.messagesDropped += 1;
    this.#events.dropped?.({ why, clientId, topic, qos, reasonCode: undefined });
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

  #noteHoldingsFull(): void {
    if (this.#holdingsFullNoted) return;
    this.#holdingsFullNoted = true;
    const { messages, bytes } = this.holdings;
    const text = `all queues together are full (${messages} messages, ${bytes} bytes): ${this.#limits.queuePolicy}`;
    this.#note({ event: 'queue-full', text });
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
    const { inFlightBytesMax } = this.#limits;
    while (outbox.open && !link.wire.congested && session.inFlightBytes < inFlightBytesMax) {
      const owed = backlog.shift();
      if (owed === undefined) break;
      this.#sendWaiting(session, link, owed, now);
    }
    if (backlog.isBelowHalf(this.#limits)) session.queueFullNoted = false;
    if (this.holdings.isBelowHalf) this.#holdingsFullNoted = false;
  }

  #sendWaiting(session: Session, link: Link, owed: Owed, now: number): void {
    const { message, qos, retain, subscriptionIdentifiers } = owed;
    const expired = message.expiresAt <= now; // [5:MQTT-3.3.2-5]
    const revoked = !mayReceive(session, message.topic);
    if (owed.row !== undefined) this.#journal.hold(link.wire);
    const packetId = expired || revoked ? 0 : session.outbox.takeId();
    const identifiers = subscriptionIdentifiers;
    if (expired || revoked) this.dropped(expired ? 'expired' : 'revoked', session, message);
    else if (this.#sendFirst(session, link, message, qos, retain, identifiers, packetId, undefined, now)) {
      hold(session, owed, packetId);
      return this.#journal.sent(session, owed);
    }
    this.#journal.settled(session, owed);
    this.holdings.release(message.body);
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
      else session.leaveUnsent(owed);
    }
    this.pump(session, now);
  }

  /** Expired or not: it was sent once. [5:MQTT-4.3.3-7] */
  #sendAgain(session: Session, link: Link, owed: Owed, now: number): void {
    const { message, qos, retain, packetId, subscriptionIdentifiers } = owed;
    if (!mayReceive(session, message.topic)) return this.#giveUp(session, owed);
    // DUP is set. [5:MQTT-3.3.1-1] [3.1.1:MQTT-3.3.1-1]
    if (sendPublish(link, message, qos, retain, true, packetId, subscriptionIdentifiers, now)) {
      this.#sent(message);
      return;
    }
    this.dropped('too-large', session, message);
    session.outbox.forget(packetId);
    this.settled(session, owed);
  }

  /**
   * Sent once, unanswered, and not to be sent again. At QoS 2 the client may hold the packet identifier, and would take the
   * next message under it for this one: the exchange goes on as if PUBREC had come, to PUBREL. [5:MQTT-4.3.3-4] [5:4.4]
   */
  #giveUp(session: Session, owed: Owed): void {
    const { packetId, message } = owed;
    const { link, outbox } = session;
    this.dropped('revoked', session, message);
    session.unsent.delete(packetId);
    if (owed.qos === 1) {
      outbox.forget(packetId);
      return this.settled(session, owed);
    }
    outbox.receive(packetId);
    if (owed.row !== undefined && link !== undefined) this.#journal.hold(link.wire);
    this.received(session, owed);
    link?.send(publishAck('pubrel', packetId));
  }

  /** Drops what waits and is not wanted any more, and gives up what an earlier connection sent of it. */
  withdraw(session: Session, isWanted: (owed: Owed) => boolean): void {
    const { backlog, link, outbox, unsent } = session;
    for (const owed of backlog.take((one) => !isWanted(one))) {
      this.#journal.settled(session, owed);
      this.holdings.release(owed.message.body);
      this.dropped('revoked', session, owed.message);
    }
    for (const owed of [...(link === undefined ? outbox : unsent).values()]) {
      if (owed.phase === 'publish' && !isWanted(owed)) this.#giveUp(session, owed);
    }
  }

  /** The client has the message of QoS 2: only its identifier waits for the release. */
  received(session: Session, owed: Owed): void {
    if (owed.message === FORGOTTEN) return;
    this.#journal.received(session, owed);
    this.#forget(session, owed);
  }

  /** The exchange is over: acknowledged, refused, or given up. */
  settled(session: Session, owed: Owed): void {
    this.#journal.settled(session, owed);
    this.#forget(session, owed);
  }

  /** It is not sent again. */
  #forget(session: Session, owed: Owed): void {
    const { body } = owed.message;
    if (owed.message === FORGOTTEN) return;
    owed.message = FORGOTTEN;
    this.holdings.release(body);
    session.inFlightBytes -= body.bytes;
  }

  /**
   * Takes back what came by shared subscriptions and what their other members may have instead: what waits, and what is
   * under way at QoS 1. A message of QoS 2 that was sent is this client's alone. [5:MQTT-4.8.2-4] [5:MQTT-4.8.2-5]
   */
  takeBack(
    session: Session,
    othersWant: (sharedFilter: TopicFilter, message: Kept) => boolean,
    alsoSent: boolean,
  ): Owed[] {
    const isWanted = ({ sharedFilter, message }: Owed): boolean =>
      sharedFilter !== undefined && othersWant(sharedFilter, message);
    const taken: Owed[] = [];
    for (const owed of alsoSent ? session.outbox.values() : []) {
      if (owed.qos !== 1 || !isWanted(owed)) continue;
      session.outbox.forget(owed.packetId);
      session.unsent.delete(owed.packetId);
      taken.push({ ...owed });
      this.settled(session, owed);
    }
    for (const owed of session.backlog.take(isWanted)) {
      taken.push(owed);
      this.#journal.settled(session, owed);
      this.holdings.release(owed.message.body);
    }
    return taken;
  }

  /** The session ends, and with it all that it was owed. */
  forgetAll(session: Session): void {
    this.#journal.ended(session);
    for (const owed of session.outbox.values()) this.#release(session, owed);
    for (const owed of session.backlog.drain()) this.#release(session, owed);
  }

  #release(session: Session, owed: Owed): void {
    this.#journal.settled(session, owed);
    this.holdings.release(owed.message.body);
  }
}

/** A message has been sent and waits for its acknowledgement. [5:MQTT-4.3.2-3] [5:MQTT-4.3.3-3] */
function hold(session: Session, owed: Owed, packetId: number): void {
  owed.packetId = packetId;
  session.outbox.hold(owed);
  if (owed.message !== FORGOTTEN) session.inFlightBytes += owed.message.body.bytes;
}
