// Whether a connection that ended is made again, and after how long: the default answers, as a table and a formula.
// Decides; waits for nothing. Chance is an argument.

import { Reason, type ReasonCode } from '@anax/protocol';
import type { CloseCode, CloseReason } from './errors.ts';

export interface ReconnectPolicy {
  /**
   * Milliseconds before attempt 1, 2, ... since the last connection that lasted; undefined gives up.
   * @param reason why the connection, or the attempt before, has ended.
   */
  delayMs(attempt: number, reason: CloseReason): number | undefined;
  /** Whether trying again can help. */
  retryable(reason: CloseReason): boolean;
}

export interface BackOffLimits {
  /** The first attempt waits up to this long, each further one up to twice as long as the one before. */
  readonly delayBaseMs: number;
  readonly delayMaxMs: number;
  /** Attempts in a row; the next one is not made. */
  readonly attemptsMax: number;
}

/** @param random a number from 0 up to 1, without it: full jitter, so that clients that lost one server do not return as one. */
export function backOff(limits: BackOffLimits, random: () => number): ReconnectPolicy {
  return {
    delayMs: (attempt) => {
      if (attempt > limits.attemptsMax) return undefined;
      return random() * Math.min(limits.delayMaxMs, limits.delayBaseMs * 2 ** (attempt - 1));
    },
    retryable,
  };
}

export function retryable({ code, reasonCode }: CloseReason): boolean {
  const said = code === 'connection-refused' || code === 'server-disconnected';
  return said ? reasonCode === undefined || !FINAL.has(reasonCode) : !FINAL_CODES.has(code);
}

/** The same CONNECT, or what it brings with it, would get the same answer. All others may be gone in a while. */
const FINAL: ReadonlySet<ReasonCode> = new Set<ReasonCode>([
  Reason.malformedPacket,
  Reason.protocolError,
  Reason.unsupportedProtocolVersion,
  Reason.clientIdentifierNotValid,
  Reason.badUserNameOrPassword,
  Reason.notAuthorized,
  Reason.banned,
  Reason.badAuthenticationMethod,
  Reason.topicNameInvalid,
  Reason.packetTooLarge,
  Reason.payloadFormatInvalid,
  Reason.retainNotSupported,
  Reason.qosNotSupported,
  // Followed, where that is set; this server will not have this client. [5:4.11]
  Reason.useAnotherServer,
  Reason.serverMoved,
]);

/** This end's own doing. */
const FINAL_CODES: ReadonlySet<CloseCode> = new Set<CloseCode>([
  'disconnected',
  'aborted',
  'no-authenticator',
  // Whoever it was, it would be told again what it has been told.
  'server-not-authenticated',
]);
