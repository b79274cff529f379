// Who may come in, and what may they do. The types of the answers; the checks are in the files beside this one.

import {
  type Dialect,
  type QoS,
  Reason,
  type ReasonCode,
  type TopicFilter,
  type TopicName,
} from '@anax/protocol';
import type { ListenerFacts, PeerFacts } from '../peer.ts';
import type { AccessRule } from './rules/rule.ts';

export type * from '../peer.ts';

/** What a CONNECT, and the connection it came on, say about who is there. */
export interface Credentials extends PeerFacts {
  readonly clientId: string;
  readonly userName: string | undefined;
  readonly password: Uint8Array | undefined;
  /** Where the peer is: an IP address for TCP. */
  readonly address: string;
  readonly listener: ListenerFacts;
  readonly dialect: Dialect;
}

export interface Refusal {
  readonly reasonCode: ReasonCode;
  /** For the log, and for Reason String: nothing secret. */
  readonly text: string;
  /** Another server to use. [5:3.2.2.3.16] */
  readonly serverReference?: string;
  /** Which rule or limit it was, for programs that read the log. */
  readonly reason?: string;
  /** For the log alone: who refused, why, and as whom the client came where CONNECT does not say. Nothing secret. */
  readonly link?: string;
  readonly why?: string;
  readonly userName?: string;
}

/** What is told is the same for a name that nobody knows and for a wrong password. */
export const WRONG_CREDENTIALS: Refusal = Object.freeze({
  reasonCode: Reason.badUserNameOrPassword,
  text: 'the user name or the password is wrong',
});

/**
 * What a client may do: compiled at login, asked on the packet path, so it answers at once. The session holds it from then
 * on, and asks it by the functions in `hub/rights.ts`: whoever throws says no.
 */
export interface Permissions {
  mayPublish(topic: TopicName, qos: QoS, retain: boolean): boolean;
  /** Of a shared subscription the inner filter is asked. `qos` is what would be granted. */
  maySubscribe(filter: TopicFilter, qos: QoS): boolean;
  /** Whether a message on this topic may be delivered to the client; left out where there is nothing to ask. */
  mayReceive?(topic: TopicName): boolean;
}

export interface Acceptance {
  /** The identity that a session belongs to; undefined for an anonymous client. */
  readonly userName: string | undefined;
  readonly permissions: Permissions;
  /** Rules that came with the login, as from a token: they stand beside those of the configuration. */
  readonly rules?: readonly AccessRule[];
  /** When it ends, in ms since 1970: the connection ends then. */
  readonly expiresAt?: number;
  /**
   * What spoke for the client, in a form that changes with it: a user with the hash of the password. A reload ends those
   * for whom nothing speaks any more. Absent where it cannot be taken back, as with a token that expires.
   */
  readonly voucher?: string | undefined;
}

/** Whether a voucher still holds, for somebody who came this way; undefined where whoever could say it is gone. */
export type Vouches = (voucher: string, peer: PeerFacts) => boolean | undefined;

export type Decision = { readonly accepted: Acceptance } | { readonly refused: Refusal };

/** Decides who somebody is; a promise where it has to ask around. A rejection refuses: it fails closed. */
export type Authenticator = (credentials: Credentials) => Decision | Promise<Decision>;

/** One exchange of enhanced authentication. [5:4.12] */
export type ExchangeStep =
  | { readonly continue: Uint8Array }
  | { readonly accepted: Acceptance; readonly data?: Uint8Array }
  | { readonly refused: Refusal };

export interface Exchange {
  /** Takes the client's next Authentication Data. */
  step(data: Uint8Array | undefined): ExchangeStep | Promise<ExchangeStep>;
}

/** An Authentication Method by name; begins an exchange for one client. */
export type ExchangeFactory = (credentials: Credentials) => Exchange;

/** Whether a topic is one of those that the server itself publishes. */
export function isOfSys(topic: TopicName): boolean {
  return topic.startsWith('$SYS') && (topic.length === 4 || topic[4] === '/');
}

export const ANYTHING_BUT_SYS: Permissions = Object.freeze({
  mayPublish: (topic: TopicName) => !isOfSys(topic),
  maySubscribe: () => true,
});
