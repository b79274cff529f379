// What the machine says to the shell around it: direct calls, closed on purpose.
// A sink may call the machine back from `message`, `settled`, `connected` and `authenticate`; never from `send`.

import type { MqttError, PropertiesOf, ReasonCode, TopicFilter } from '@anax/protocol';
import type { AuthEnd, AuthStep } from './auth/authenticator.ts';
import type { CloseReason } from './errors.ts';
import type { Message } from './message.ts';
import type { Negotiated } from './negotiated.ts';

/** The final acknowledgement of a PUBLISH; Success at QoS 0, which has none. */
export interface PublishResult {
  readonly reasonCode: ReasonCode;
  /** Reason String and User Properties. */
  readonly properties: PropertiesOf<'puback'>;
}

export interface FilterResult {
  readonly topicFilter: TopicFilter;
  /** Granted QoS 0 to 2, or 0x80 and above; for UNSUBSCRIBE in 3.x, which has no codes, always Success. */
  readonly reasonCode: ReasonCode;
}

/** SUBACK or UNSUBACK: one result for each filter, in the order of the request. */
export interface FiltersResult {
  readonly filters: readonly FilterResult[];
  readonly properties: PropertiesOf<'suback'>;
}

/** The AUTH that ends a re-authentication. */
export interface AuthenticationResult {
  readonly reasonCode: ReasonCode;
  readonly properties: AuthEnd;
}

export type Outcome =
  | { readonly type: 'published'; readonly result: PublishResult }
  | { readonly type: 'filters'; readonly result: FiltersResult }
  | { readonly type: 'authenticated'; readonly result: AuthenticationResult }
  | { readonly type: 'failed'; readonly error: MqttError };

export interface Sink {
  /** More was sent than the stream takes: messages wait until `Machine.drained`. */
  readonly congested: boolean;
  /** One whole packet; the view is good only during the call. */
  send(bytes: Uint8Array): void;
  /**
   * Bytes from here on leave when all that the session has told its journal in this turn is durable. Called only where
   * it has a journal.
   */
  hold(): void;
  /** No more will be sent: end the stream once all has gone out; `ended` tells the machine when it is over. */
  close(): void;
  connected(negotiated: Negotiated): void;
  /**
   * Returns true to acknowledge at once, false where `acknowledge` will be called with the same message later: for one of
   * QoS 2 also when the connection has ended meanwhile, of the next machine or as `taken` of the session.
   */
  message(message: Message): boolean;
  /** What became of a publish, subscribe, unsubscribe or re-authentication, named by the ticket that its caller gave it. */
  settled(ticket: number, outcome: Outcome): void;
  /** The server has taken its step: `authenticate` answers a challenge, `verified` an end, `failAuthentication` either. */
  authenticate(step: AuthStep): void;
  /** The last call. */
  closed(reason: CloseReason): void;
}
