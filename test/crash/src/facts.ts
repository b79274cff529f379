// What happened, as plain facts in the order in which this process saw them. Owns their shapes and the list; judges
// nothing. Clients write, the checker reads.

import type { QoS } from '@anax/protocol';

/** Sent for the first time. `order` counts within the publisher. */
export interface Published {
  readonly type: 'published';
  readonly value: number;
  readonly publisher: string;
  readonly order: number;
  readonly topic: string;
  readonly qos: QoS;
  readonly retain: boolean;
  /** An empty payload, which removes what is retained: no subscriber can tell which one it gets. */
  readonly clears: boolean;
}

/** PUBACK or PUBREC came, without an error: what the broker promised, it promised here. */
export interface Acknowledged {
  readonly type: 'acknowledged';
  readonly value: number;
}

/** PUBACK or PUBREC came with a reason code of 0x80 or above. */
export interface Refused {
  readonly type: 'refused';
  readonly value: number;
  readonly reasonCode: number;
}

/** Sent as new once more, because the broker had lost the session: nothing is promised about how often it comes. */
export interface Repeated {
  readonly type: 'repeated';
  readonly value: number;
}

/** Handed to the application of a subscriber: at QoS 1 every PUBLISH, at QoS 2 once per packet identifier. */
export interface Delivered {
  readonly type: 'delivered';
  readonly subscriber: string;
  readonly topic: string;
  /** Undefined where the payload is none of ours. */
  readonly value: number | undefined;
  readonly qos: QoS;
  readonly dup: boolean;
  readonly packetId: number;
}

/** A QoS 2 PUBLISH under an identifier that waits for PUBREL: not handed on. */
export interface Again {
  readonly type: 'again';
  readonly subscriber: string;
  readonly first: number | undefined;
  readonly value: number | undefined;
  readonly dup: boolean;
  readonly packetId: number;
}

/** What somebody new finds retained at a topic; undefined for nothing. Nobody published while it was asked. */
export interface Found {
  readonly type: 'found';
  readonly topic: string;
  readonly value: number | undefined;
}

/** SUBACK came, for the first time in this session: from here on it is owed what matches. */
export interface Subscribed {
  readonly type: 'subscribed';
  readonly subscriber: string;
}

/** The session was discarded with a clean start, and CONNACK came. */
export interface Left {
  readonly type: 'left';
  readonly subscriber: string;
}

/** CONNACK without Session Present for a client to which the broker has promised something. */
export interface SessionLost {
  readonly type: 'session-lost';
  readonly client: string;
}

/** The broker did what no broker may: undecodable bytes, an acknowledgement of nothing, a refused connection. */
export interface Broken {
  readonly type: 'broken';
  readonly client: string;
  readonly what: string;
}

/** All clients were connected and had time: who was still not through. */
export interface Unfinished {
  readonly type: 'unfinished';
  readonly client: string;
  readonly what: string;
}

/** What the store says of itself after an orderly end. */
export interface StoreChecked {
  readonly type: 'store-checked';
  readonly good: boolean;
  readonly output: string;
}

export interface Killed {
  readonly type: 'killed';
  readonly round: number;
  readonly how: string;
}

export type Fact =
  | Published
  | Acknowledged
  | Refused
  | Repeated
  | Delivered
  | Again
  | Found
  | Subscribed
  | Left
  | SessionLost
  | Broken
  | Unfinished
  | StoreChecked
  | Killed;

export class History {
  readonly facts: Fact[] = [];
  #lastValue = 0;

  add(fact: Fact): void {
    this.facts.push(fact);
  }

  /** A value that nobody has published yet; they rise. */
  nextValue(): number {
    this.#lastValue += 1;
    return this.#lastValue;
  }

  /** Forgets what has been judged. */
  clear(): void {
    this.facts.length = 0;
  }
}
