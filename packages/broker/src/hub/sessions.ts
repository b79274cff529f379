// Which sessions there are, and the life of each: opened, taken over, waiting for its client, expired, ended; its will
// with it. Knows nothing of who wants a message.

import { type Message, PACKET_ID_MAX, Reason, SESSION_EXPIRY_NEVER_SECONDS } from '@anax/protocol';
import type { Deliveries } from './deliveries.ts';
import type { EventSink } from './events.ts';
import type { FanOut } from './fan-out.ts';
import type { Journal } from './journal.ts';
import type { Limits } from './limits.ts';
import type { Link } from './link.ts';
import type { Counters, Note } from './notes.ts';
import type { Ending, Opened, Opening } from './opening.ts';
import { Revision } from './revision.ts';
import { type Judge, mayPublish, type Revised, type Rights } from './rights.ts';
import { Session } from './session.ts';
import type { Wheel } from './wheel.ts';

/** The hub, as sessions see it. */
export interface Surroundings {
  readonly limits: Limits;
  readonly counters: Counters;
  readonly events: EventSink;
  readonly wheel: Wheel;
  readonly journal: Journal;
  note(note: Note): void;
  publish(message: Message, publisher: Session | undefined, now: number): number;
  endOverflowed(now: number): void;
}

export class Sessions {
  readonly #hub: Surroundings;
  readonly #fanOut: FanOut;
  readonly #deliveries: Deliveries;
  readonly #revision: Revision;
  readonly #sessions = new Map<string, Session>();

  constructor(hub: Surroundings, fanOut: FanOut, deliveries: Deliveries) {
    this.#hub = hub;
    this.#fanOut = fanOut;
    this.#deliveries = deliveries;
    this.#revision = new Revision(hub, fanOut);
  }

  get size(): number {
    return this.#sessions.size;
  }

  all(): Iterable<Session> {
    return this.#sessions.values();
  }

  get(clientId: string): Session | undefined {
    return this.#sessions.get(clientId);
  }

  /**
   * Finds or makes the session of a client that has been let in; whoever holds it is put out first.
   * [5:MQTT-3.1.2-4] [5:MQTT-3.1.2-5] [5:MQTT-3.1.2-6] [5:MQTT-3.1.3-2] [5:MQTT-3.1.4-3] [5:MQTT-3.1.4-4]
   * [3.1.1:MQTT-3.1.2-4] [3.1.1:MQTT-3.1.2-6] [3.1.1:MQTT-3.1.3-2] [3.1.1:MQTT-3.1.4-2] [3.1.1:MQTT-3.1.4-3]
   */
  open(opening: Opening, now: number): Opened {
    const { clientId, owner, rights, login, expirySeconds } = opening;
    const before = this.#sessions.get(clientId);
    if (before !== undefined && before.owner !== owner && !this.#hub.limits.sessionOwnerMayChange) {
      return 'belongs-to-another';
    }
    if (before === undefined && this.#sessions.size >= this.#hub.limits.sessionsMax)
      return 'too-many-sessions';
    if (before !== undefined) {
      this.#takeOver(before, opening.cleanStart, now);
      if (this.#sessions.get(clientId) === before) {
        this.#hub.wheel.cancel(before.expiryTimer);
        // The new connection came before the delay was over. [5:MQTT-3.1.3-9]
        this.#hub.wheel.cancel(before.willTimer);
        before.owner = owner;
        before.login = login;
        before.will = opening.will;
        before.expirySeconds = expirySeconds;
        before.closedAt = undefined;
        this.#hub.journal.session(before);
        // What it subscribed to with other rights it may not have with these.
        if (before.rights !== rights) this.#revision.one(before, rights, now);
        return { session: before, present: true };
      }
    }
    const session = this.#newSession(clientId, owner, rights, expirySeconds);
    session.login = login;
    session.will = opening.will;
    this.#hub.journal.session(session);
    return { session, present: false };
  }

  #newSession(clientId: string, owner: string | undefined, rights: Rights, expirySeconds: number): Session {
    const session = new Session(
      clientId,
      owner,
      rights,
      expirySeconds,
      this.#hub.limits.receiveMaximum,
      this.#hub.journal.queue,
      (expired, at) => this.#expire(expired, at),
      (ended, at) => this.#publishWill(ended, at),
    );
    this.#sessions.set(clientId, session);
    return session;
  }

  /** At the start of the broker: one that was stored. */
  found(clientId: string, owner: string | undefined, rights: Rights, expirySeconds: number): Session {
    return this.#newSession(clientId, owner, rights, expirySeconds);
  }

  /** All that were found wait, as if the network had failed; with what they may still do. [5:MQTT-3.1.2-23] */
  resume(now: number): void {
    for (const session of this.#sessions.values()) this.#revision.one(session, session.rights, now);
    for (const session of [...this.#sessions.values()]) {
      if (session.closedAt === undefined) this.#hub.journal.session(session);
      session.closedAt ??= now;
      this.#wait(session, session.closedAt, now);
    }
  }

  /** Has every session judged anew. */
  revise(judge: Judge, now: number): Revised {
    return this.#revision.all([...this.#sessions.values()], judge, now);
  }

  grant(session: Session, rights: Rights, login: object, now: number): void {
    session.login = login;
    this.#revision.one(session, rights, now);
  }

  #takeOver(session: Session, cleanStart: boolean, now: number): void {
    const { link } = session;
    if (link !== undefined) {
      this.#hub.counters.takeOvers += 1;
      link.end(Reason.sessionTakenOver, 'another connection uses this client identifier', now);
    }
    if (cleanStart && this.#sessions.get(session.clientId) === session) this.#end(session, now);
  }

  /** Puts a connection to its session and sends what is owed. Called once CONNACK is on its way. */
  attach(session: Session, link: Link, receiveMaximum: number, now: number): void {
    session.link = link;
    session.outbox.setWindow(Math.min(receiveMaximum, this.#hub.limits.inFlightMax));
    // Who cannot be told of a Receive Maximum is not held to one: packet identifiers are the limit. What an earlier
    // connection left unreleased does not count against this one. [5:4.9]
    const { inbox } = session;
    inbox.setReceiveMaximum(
      link.dialect.properties ? this.#hub.limits.receiveMaximum + inbox.size : PACKET_ID_MAX,
    );
    this.#fanOut.come(session, link.dialect.subscriptionOptions);
    this.#deliveries.resume(session, now);
  }

  /**
   * A connection is over: its will falls due, its session, kept so far whatever its expiry, waits for that or ends.
   * [5:MQTT-3.1.2-23] [5:MQTT-4.1.0-1]
   * [3.1.1:MQTT-3.1.2-6] [3.1.1:MQTT-3.1.2-8] [3.1.1:MQTT-4.1.0-1] [3.1.1:MQTT-4.1.0-2]
   */
  close(session: Session, link: Link, ending: Ending, now: number): void {
    if (session.link !== link) return;
    session.link = undefined;
    session.unsent.clear();
    if (ending === 'normal') session.will = undefined; // [5:MQTT-3.14.4-3] [3.1.1:MQTT-3.14.4-3]
    session.closedAt = now;
    this.#hub.journal.session(session);
    if (session.expirySeconds > 0) {
      this.#fanOut.leave(session, now);
      this.#hub.endOverflowed(now);
    }
    this.#wait(session, now, now);
  }

  /** Without a connection since `closedAt`: what falls due, and when. */
  #wait(session: Session, closedAt: number, now: number): void {
    const { will, expirySeconds } = session;
    if (expirySeconds === 0) {
      this.#end(session, now);
      return;
    }
    if (will !== undefined) {
      const dueAt = closedAt + will.delaySeconds * 1000;
      if (dueAt <= now) this.#publishWill(session, now);
      else this.#hub.wheel.set(session.willTimer, dueAt);
    }
    if (expirySeconds === SESSION_EXPIRY_NEVER_SECONDS) return;
    const dueAt = closedAt + expirySeconds * 1000;
    // Its time was over while the broker was not there. [5:3.1.2.11.2]
    if (dueAt <= now) this.#expire(session, now);
    else this.#hub.wheel.set(session.expiryTimer, dueAt);
  }

  #expire(session: Session, now: number): void {
    this.#hub.counters.sessionsExpired += 1;
    this.#hub.events['session-expired']?.({ clientId: session.clientId });
    this.#hub.note({ event: 'session-expired', clientId: session.clientId, text: 'the session has expired' });
    this.#end(session, now);
  }

  /**
   * The end of a session brings its will at the latest; what is retained stays.
   * [5:MQTT-3.1.2-8] [5:MQTT-4.1.0-2] [3.1.1:MQTT-3.1.2-7]
   */
  #end(session: Session, now: number): void {
    this.#hub.wheel.cancel(session.expiryTimer);
    for (const filter of [...session.subscriptions.keys()]) this.#fanOut.unsubscribe(session, filter);
    this.#sessions.delete(session.clientId);
    this.#fanOut.end(session, now);
    this.#publishWill(session, now);
    this.#hub.endOverflowed(now);
  }

  /** Once, if there is one. [5:MQTT-3.1.2-10] [3.1.1:MQTT-3.1.2-10] [3.1.1:MQTT-3.1.2-12] */
  #publishWill(session: Session, now: number): void {
    const { will } = session;
    this.#hub.wheel.cancel(session.willTimer);
    if (will === undefined) return;
    session.will = undefined;
    this.#hub.journal.session(session);
    // It was allowed when it was left; what counts is whether it is now.
    const { topic, qos, retain } = will.message;
    if (!mayPublish(session.rights, topic, qos, retain)) return this.#refuseWill(session, will.message);
    this.#hub.counters.willsPublished += 1;
    this.#hub.note({
      event: 'will-published',
      clientId: session.clientId,
      text: `its will went to ${will.message.topic}`,
    });
    this.#hub.publish({ ...will.message, expiresAt: now + will.messageExpiryMs }, session, now);
  }

  #refuseWill({ clientId }: Session, { topic, qos }: Message): void {
    const reasonCode = Reason.notAuthorized;
    this.#hub.counters.willsRefused += 1;
    this.#hub.counters.messagesDropped += 1;
    this.#hub.events.dropped?.({ why: 'not-authorized', clientId, topic, qos, reasonCode });
    const text = `its will to ${topic} was dropped: it may not publish it any more`;
    this.#hub.note({ event: 'will-refused', clientId, reasonCode, text });
  }
}
