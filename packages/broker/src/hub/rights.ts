// What a session may do, as the hub asks it; structurally what `access/` calls permissions. Who made them, and of which
// rules, is not known here. One that throws, or answers anything but true, says no.

import type { QoS, ReasonCode, TopicFilter, TopicName } from '@anax/protocol';

export interface Rights {
  mayPublish(topic: TopicName, qos: QoS, retain: boolean): boolean;
  maySubscribe(filter: TopicFilter, qos: QoS): boolean;
  /** Whether a message on this topic may be delivered; absent where there is nothing to ask. */
  mayReceive?(topic: TopicName): boolean;
}

/** Of somebody who is nobody any more. */
export const NO_RIGHTS: Rights = Object.freeze({
  mayPublish: () => false,
  maySubscribe: () => false,
  mayReceive: () => false,
});

/** What a session that was stored may do until its client comes. */
export type RightsOf = (clientId: string, userName: string | undefined) => Rights;

/** A session, as whoever judges it anew sees it. */
export interface Judged {
  readonly clientId: string;
  /** Whom it belongs to; undefined for an anonymous client. */
  readonly userName: string | undefined;
  /** Where its client is; undefined while it is not connected. */
  readonly address: string | undefined;
  /** What it may do so far, and of what that was made: undefined where its client has not come since the broker started. */
  readonly rights: Rights;
  readonly login: object | undefined;
}

export interface Judgement {
  readonly rights: Rights;
  /** What the rights come from now, to be kept in place of what they came from; left out, that stays. */
  readonly login?: object;
  /** Ends the connection, if there is one: its client is not let in any more, or has to come anew. */
  readonly end?: { readonly reasonCode: ReasonCode; readonly text: string } | undefined;
}

/** Undefined leaves it as it is. */
export type Judge = (session: Judged) => Judgement | undefined;

/** What became of it. */
export interface Revised {
  /** Sessions whose rights are others now. */
  readonly sessions: number;
  /** Subscriptions that were removed. */
  readonly subscriptions: number;
  /** Clients whose connection was ended. */
  readonly disconnected: number;
}

export function mayPublish(rights: Rights, topic: TopicName, qos: QoS, retain: boolean): boolean {
  try {
    return rights.mayPublish(topic, qos, retain) === true;
  } catch {
    return false;
  }
}

export function maySubscribe(rights: Rights, filter: TopicFilter, qos: QoS): boolean {
  try {
    return rights.maySubscribe(filter, qos) === true;
  } catch {
    return false;
  }
}

/** `mayReceive` as it is asked for each delivery; undefined where there is nothing to ask. */
export function receiverOf(rights: Rights): ((topic: TopicName) => boolean) | undefined {
  if (rights.mayReceive === undefined) return undefined;
  return (topic) => {
    try {
      return rights.mayReceive?.(topic) === true;
    } catch {
      return false;
    }
  };
}

/** Who may have less than all that its subscriptions match. */
interface Receiver {
  readonly receives: ((topic: TopicName) => boolean) | undefined;
}

/** Asked on every way to a client: live, shared, retained, queued, sent again. */
export function mayReceive({ receives }: Receiver, topic: TopicName): boolean {
  return receives === undefined || receives(topic);
}
