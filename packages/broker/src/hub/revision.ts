// Rights that change under sessions, connected or not: what is no longer allowed is taken away. Decides nothing: who may do
// what is said by a judge.

import { Reason, SubscriptionTree, type TopicFilter } from '@anax/protocol';
import type { FanOut } from './fan-out.ts';
import type { Owed } from './owed.ts';
import {
  type Judge,
  type Judgement,
  mayReceive,
  maySubscribe,
  NO_RIGHTS,
  type Revised,
  type Rights,
} from './rights.ts';
import type { Session } from './session.ts';
import type { Surroundings } from './sessions.ts';

/** What a judge that throws has said. */
const NOT_JUDGED: Judgement = {
  rights: NO_RIGHTS,
  end: { reasonCode: Reason.notAuthorized, text: 'what this client may do could not be found out' },
};

export class Revision {
  readonly #hub: Surroundings;
  readonly #fanOut: FanOut;

  constructor(hub: Surroundings, fanOut: FanOut) {
    this.#hub = hub;
    this.#fanOut = fanOut;
  }

  /**
   * Has every session judged anew. All rights are swapped before anything is sent or taken away, so that nothing goes to
   * somebody who is next in line to lose it.
   */
  all(sessions: readonly Session[], judge: Judge, now: number): Revised {
    const judged: [session: Session, judgement: Judgement][] = [];
    for (const session of sessions) {
      const judgement = judgementOf(session, judge);
      if (judgement === undefined) continue;
      judged.push([session, judgement]);
      this.#hold(session, judgement.rights);
      if (judgement.login !== undefined) session.login = judgement.login;
    }
    let subscriptions = 0;
    for (const [session] of judged) subscriptions += this.#prune(session, now);
    let disconnected = 0;
    for (const [{ link }, { end }] of judged) {
      if (link === undefined || end === undefined) continue;
      disconnected += 1;
      link.end(end.reasonCode, end.text, now);
    }
    this.#hub.counters.clientsRevoked += disconnected;
    this.#hub.endOverflowed(now);
    return { sessions: judged.length, subscriptions, disconnected };
  }

  /** One session has other rights from now on: after a login, for example. */
  one(session: Session, rights: Rights, now: number): void {
    this.#hold(session, rights);
    this.#prune(session, now);
    this.#hub.endOverflowed(now);
  }

  #hold(session: Session, rights: Rights): void {
    session.hold(rights);
    this.#fanOut.revised(session);
  }

  /** Subscriptions that are no longer allowed go, and with them what waits and came by nothing that is left. */
  #prune(session: Session, now: number): number {
    const { clientId, rights } = session;
    const left = new Set<TopicFilter>();
    for (const { filter, matching, qos } of [...session.subscriptions.values()]) {
      if (maySubscribe(rights, matching, qos)) continue;
      this.#fanOut.unsubscribe(session, filter);
      left.add(filter);
      this.#hub.events.unsubscribed?.({ clientId, topicFilter: filter });
    }
    this.#fanOut.withdraw(session, left, now);
    if (left.size === 0) return 0;
    this.#hub.counters.subscriptionsRevoked += left.size;
    const text = `may no longer have ${left.size} of its subscriptions: removed`;
    this.#hub.note({ event: 'rights-revoked', clientId, text });
    return left.size;
  }
}

function judgementOf({ clientId, owner, link, rights, login }: Session, judge: Judge): Judgement | undefined {
  try {
    return judge({ clientId, userName: owner, address: link?.wire.address, rights, login });
  } catch {
    return NOT_JUDGED;
  }
}

/** Whether what a session is owed is still brought by one of its subscriptions, and may be had. */
export function stillWanted(session: Session): (owed: Owed) => boolean {
  const tree = new SubscriptionTree<Session, true>();
  for (const { matching, shared } of session.subscriptions.values()) {
    if (!shared) tree.set(matching, session, true);
  }
  return ({ sharedFilter, message: { topic } }) => {
    if (!mayReceive(session, topic)) return false;
    if (sharedFilter !== undefined) return session.subscriptions.has(sharedFilter);
    let isMatched = false;
    tree.match(topic, () => {
      isMatched = true;
    });
    return isMatched;
  };
}
