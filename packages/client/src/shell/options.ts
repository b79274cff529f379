// What the shell of every platform takes beyond the fields of CONNECT. Types only.

import type { DialectName } from '@anax/protocol';
import type { Authenticator } from '../auth/authenticator.ts';
import type { ConnectOptions } from '../options.ts';
import type { ReconnectLimits } from '../reconnect.ts';
import type { ReconnectPolicy } from '../reconnect-policy.ts';
import type { OnMessage } from './callback.ts';
import type { Clock } from './clock.ts';
import type { OutboxOptions } from './outbox-room.ts';
import type { Trace } from './trace.ts';

export interface ReconnectOptions extends Partial<ReconnectLimits> {
  /** Instead of exponential back-off with full jitter and the table of final reason codes. */
  readonly policy?: ReconnectPolicy;
  /** For the jitter: from 0 up to 1. Default `Math.random`. */
  readonly random?: () => number;
}

export interface ClientOptions extends Omit<ConnectOptions, 'dialect'> {
  /**
   * The version of MQTT; or several in order of preference, of which the next is tried where a server does not speak the
   * one before. All options are then in the words of 5.0. Default 5.0.
   */
  readonly dialect?: DialectName | readonly DialectName[];
  /** Gives the attempt up, and later the client. */
  readonly signal?: AbortSignal;
  /** Every message, also of subscriptions that an earlier connection made. */
  readonly onMessage?: OnMessage;
  /**
   * Begins an exchange of enhanced authentication: for each CONNECT, and for each `reauthenticate`. 5.0 only; it says the
   * Authentication Method and Data. `scram` of
   * `@anax/client/scram` makes one.
   */
  readonly authenticator?: () => Authenticator;
  readonly trace?: Trace;
  /**
   * Bytes that may wait in the socket. A publish beyond is refused with `send-buffer-full`; a server that makes more
   * answers wait than that, and reads none, loses the connection. Default 64 MiB.
   */
  readonly sendBufferBytesMax?: number;
  /** Whether and how a connection that is lost is made again. Default true. */
  readonly reconnect?: boolean | ReconnectOptions;
  /**
   * False: `connect` resolves before there is a connection, and the first one is tried for as later ones are. What is
   * published meanwhile waits. Default true.
   */
  readonly waitForConnection?: boolean;
  /** Limits on messages that are not yet sent, and where those above QoS 0 are stored. */
  readonly outbox?: OutboxOptions;
  /** The time, for tests. */
  readonly clock?: Clock;
}
