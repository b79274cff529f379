// The one place where the broker under test is made: the real hub, the real connections and the real committer, without
// a socket. A life of it begins with what the store has, and ends when the process does; what it does then is not seen.

import { DIALECTS } from '@anax/protocol';
import { Guard } from '../../../packages/broker/src/abuse/guard.ts';
import { DEFAULT_ABUSE_LIMITS } from '../../../packages/broker/src/abuse/limits.ts';
import { ANYTHING_BUT_SYS, type PeerFacts } from '../../../packages/broker/src/access/access.ts';
import { Admission } from '../../../packages/broker/src/access/admission.ts';
import { Policy } from '../../../packages/broker/src/access/policy.ts';
import type { Context } from '../../../packages/broker/src/connection/context.ts';
import { Guests } from '../../../packages/broker/src/connection/guests.ts';
import { Hub } from '../../../packages/broker/src/hub/hub.ts';
import type { Limits } from '../../../packages/broker/src/hub/limits.ts';
import type { Note } from '../../../packages/broker/src/hub/notes.ts';
import type { Opened, Opening } from '../../../packages/broker/src/hub/opening.ts';
import type { Session } from '../../../packages/broker/src/hub/session.ts';
import type { RowSource } from '../../../packages/broker/src/hub/writes.ts';
import type { Committer } from '../../../packages/broker/src/shell/committer.ts';
import type { Commits } from './wire.ts';

/** A hub whose sessions can be looked at from outside. */
export class OpenHub extends Hub {
  readonly sessions = new Map<string, Session>();

  override open(opening: Opening, now: number): Opened {
    const opened = super.open(opening, now);
    if (typeof opened === 'object') this.sessions.set(opening.clientId, opened.session);
    return opened;
  }

  /** Those that it has found in its store, too. */
  find(clientIds: readonly string[]): void {
    for (const clientId of clientIds) {
      const session = this.session(clientId);
      if (session !== undefined) this.sessions.set(clientId, session);
    }
  }
}

export type HubClass = new (...parts: ConstructorParameters<typeof Hub>) => OpenHub;

export interface SimBroker {
  readonly hub: OpenHub;
  readonly context: Context;
}

/** A client on this machine. */
export const PEER: PeerFacts = { loopback: true, certificate: undefined, pskIdentity: undefined };

/** One process. */
export interface Life extends SimBroker {
  readonly commits: Commits;
  /** Undefined where nothing is stored. */
  readonly committer: Committer | undefined;
  isDead: boolean;
}

/** @param stored undefined where nothing outlives the process */
export function makeBroker(
  limits: Limits,
  now: number,
  random: () => number,
  note: (note: Note) => void,
  HubUnderTest: HubClass = OpenHub,
  stored?: RowSource,
): SimBroker {
  const hub = new HubUnderTest(limits, note, now, random, stored);
  const context: Context = {
    hub,
    limits,
    // A crash is a reconnect of everybody: nobody flaps here.
    guard: new Guard({ ...DEFAULT_ABUSE_LIMITS, flappingConnectsMax: 0 }, hub.counters, note, now),
    policy: new Policy(undefined),
    admission: new Admission({ banned: [], denied: [], redirect: undefined, ...limits }),
    authenticate: ({ userName }) => ({ accepted: { userName, permissions: ANYTHING_BUT_SYS } }),
    vouches: () => true,
    methods: new Map(),
    random,
    later: () => {
      throw new Error('nothing here answers later');
    },
    clients: { connected: 0 },
    listener: { name: 'simulated', protocol: 'stream' },
    dialects: new Set(DIALECTS.map(({ name }) => name)),
    guests: new Guests(Number.POSITIVE_INFINITY),
  };
  return { hub, context };
}

/** From the next CONNACK on another Receive Maximum holds, as after a change of settings. */
export function setReceiveMaximum({ context }: SimBroker, receiveMaximum: number): void {
  Object.assign(context.limits, { receiveMaximum });
}
