// What the witness remembers: messages, sessions, subscriptions. Moments are counted, not measured.

import type { QoS } from '@anax/protocol';

export const NEVER = Number.POSITIVE_INFINITY;

/** A message, named by its number. */
export interface Publication {
  readonly number: number;
  readonly publisher: string;
  readonly topic: string;
  readonly qos: QoS;
  readonly size: number;
  readonly asked: number;
  /** How often the broker had died by then. */
  readonly deaths: number;
  /** Its promise has settled, well or not. */
  settled: number;
  /** Its publisher was told that the server has it. */
  done: number;
  /** PUBLISH packets that its publisher sent. */
  sends: number;
  /** When its application was told that it is stored, or it was found in a store. */
  stored: number;
  /** The server lost its publisher's session while it was under way: it may come twice. */
  anew: boolean;
}

/** A session as the server has it, until the next one of the same client. */
export interface Epoch {
  readonly number: number;
  readonly clientId: string;
  /** By filter, since when the client knew that it is subscribed. */
  readonly certain: Map<string, number>;
  /** The client takes it for the one before, and cannot know better. */
  isMistaken: boolean;
}

/** Of one message to one subscription. */
export interface Copies {
  all: number;
  /** Without DUP. */
  fresh: number;
  /** With QoS 2. */
  exact: number;
  /** The sessions that they came in. */
  readonly epochs: Set<number>;
}

/** One call of `subscribe`. */
export interface Taker {
  readonly number: number;
  readonly clientId: string;
  /** What it was asked for with, and what is left of that. */
  readonly asked: readonly string[];
  readonly filters: Set<string>;
  readonly qos: QoS;
  /** Its application acknowledges what it gets. */
  readonly isManual: boolean;
  granted: number;
  /** Its application has ended it, or its client. */
  left: number;
  /** Its application has: what it had not read counts as read. */
  isGivenUp: boolean;
  readonly had: Map<number, Copies>;
  /** The last new message of each publisher, topic and QoS. */
  readonly last: Map<string, number>;
}
