// The one place where the broker under test is made: the real hub and the real connections, without a socket. A broker
// with a store, and one that begins again with what its store has, would be made here.

import { GrowingOutput } from '@anax/protocol';
import { ANYTHING_BUT_SYS } from '../../../packages/broker/src/access/access.ts';
import { Admission } from '../../../packages/broker/src/access/admission.ts';
import type { Context } from '../../../packages/broker/src/connection/context.ts';
import { Hub } from '../../../packages/broker/src/hub/hub.ts';
import type { Limits } from '../../../packages/broker/src/hub/limits.ts';
import type { Wire } from '../../../packages/broker/src/hub/link.ts';
import type { Counters, Note } from '../../../packages/broker/src/hub/notes.ts';
import type { Opened, Opening } from '../../../packages/broker/src/hub/opening.ts';
import type { Session } from '../../../packages/broker/src/hub/session.ts';

/** A hub whose sessions can be looked at from outside. */
export class OpenHub extends Hub {
  readonly sessions = new Map<string, Session>();

  override open(opening: Opening, now: number): Opened {
    const opened = super.open(opening, now);
    if (typeof opened === 'object') this.sessions.set(opening.clientId, opened.session);
    return opened;
  }
}

export type HubClass = new (...parts: ConstructorParameters<typeof Hub>) => OpenHub;

export interface SimBroker {
  readonly hub: OpenHub;
  readonly context: Context;
}

export function makeBroker(
  limits: Limits,
  now: number,
  random: () => number,
  note: (note: Note) => void,
  HubUnderTest: HubClass = OpenHub,
): SimBroker {
  const hub = new HubUnderTest(limits, note, now, random);
  const context: Context = {
    hub,
    limits,
    admission: new Admission({ banned: [], denied: [], redirect: undefined, ...limits }),
    authenticate: ({ userName }) => ({ accepted: { userName, permissions: ANYTHING_BUT_SYS } }),
    methods: new Map(),
    random,
    later: () => {
      throw new Error('nothing here answers later');
    },
    connected: 0,
  };
  return { hub, context };
}

/** From the next CONNACK on another Receive Maximum holds, as after a change of settings. */
export function setReceiveMaximum({ context }: SimBroker, receiveMaximum: number): void {
  Object.assign(context.limits, { receiveMaximum });
}

/** The broker's end of a connection as the broker sees it. */
export class SimWire implements Wire {
  readonly out = new GrowingOutput(256);
  readonly address: string;
  readonly counters: Counters;
  congested = false;
  closed = false;

  constructor(address: string, counters: Counters) {
    this.address = address;
    this.counters = counters;
  }

  close(): void {
    this.closed = true;
  }

  /** Nothing is stored here, so nothing waits. */
  hold(): void {
    return undefined;
  }

  /** Only who authenticates asks for it, and here that never takes time. */
  pause(): void {
    return undefined;
  }

  resume(): void {
    return undefined;
  }
}
