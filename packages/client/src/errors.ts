// What a caller of the client is told when something fails, and the code words for it.
// Owns the words and the shape of a refusal; decides nothing.

import {
  type Dialect,
  type DisconnectPacket,
  MqttError,
  type PropertiesOf,
  RETURN_CODES,
  type ReasonCode,
  reasonTitle,
} from '@anax/protocol';
import { ConnectionRefusedError, RefusedError } from './typed-errors.ts';

/** A rule of the standard that the server broke: the connection ends with it. */
export interface Violation {
  readonly reasonCode: ReasonCode;
  readonly message: string;
  readonly clause: string;
}

/**
 * Why a connection ended, as a stable word.
 * `disconnected`: this client asked for it. `connection-refused`: CONNACK said no. `server-disconnected`: the server
 * sent DISCONNECT. `connection-lost`: the bytes ended. `connect-timeout`, `keep-alive-timeout`: the server was silent.
 * `protocol-violation`: the server broke the standard. `no-authenticator`, `authentication-failed`: this client could
 * not answer the server's AUTH, or the server did not end a re-authentication. `server-not-authenticated`: the server
 * could not prove that it is the one. `aborted`: an AbortSignal. `host-not-found`, `unreachable`: no connection came about.
 * `store-failed`: the outbox could not be opened, or not be written. `invalid-server-reference`: the server refers to what
 * is no server. `reconnect-failed`, `redirect-loop`, `take-over-loop`: no further attempt is made; the `cause` of the error
 * is the error of the last one.
 */
export type CloseCode =
  | 'disconnected'
  | 'connection-refused'
  | 'server-disconnected'
  | 'connection-lost'
  | 'connect-timeout'
  | 'keep-alive-timeout'
  | 'protocol-violation'
  | 'no-authenticator'
  | 'authentication-failed'
  | 'server-not-authenticated'
  | 'aborted'
  | 'host-not-found'
  | 'unreachable'
  | 'store-failed'
  | 'invalid-server-reference'
  | 'reconnect-failed'
  | 'redirect-loop'
  | 'take-over-loop';

export interface CloseReason {
  readonly code: CloseCode;
  /** The reason code of the CONNACK or DISCONNECT that ended it, sent or received; undefined where there was none. */
  readonly reasonCode: ReasonCode | undefined;
  /** What the server's DISCONNECT carried. */
  readonly properties: PropertiesOf<'disconnect'> | undefined;
  /** Undefined only where this client asked for the end. */
  readonly error: MqttError | undefined;
}

/** A reason that no DISCONNECT of the server gives. */
export function because(
  code: CloseCode,
  error: MqttError | undefined,
  reasonCode: ReasonCode | undefined = undefined,
): CloseReason {
  return { code, reasonCode, properties: undefined, error };
}

/** What CONNACK says that is not Success. */
export function connectionRefused(
  reasonCode: ReasonCode,
  dialect: Dialect,
  properties: PropertiesOf<'connack'>,
): ConnectionRefusedError {
  const meaning = reasonTitle(reasonCode, 'connack');
  const returnCode = dialect.reasonCodes ? undefined : RETURN_CODES.indexOf(reasonCode);
  const message = said('refused the connection', meaning, returnCode ?? hex(reasonCode), properties);
  return new ConnectionRefusedError(message, reasonCode, meaning, returnCode, properties);
}

/** What an acknowledgement says that says no. */
export function refused(
  code: 'publish-refused' | 'subscription-refused',
  reasonCode: ReasonCode,
  properties: PropertiesOf<'puback'>,
): RefusedError {
  const what = code === 'publish-refused' ? 'refused the message' : 'refused the subscription';
  const message = said(what, reasonTitle(reasonCode), hex(reasonCode), properties);
  return new RefusedError(code, message, reasonCode, properties);
}

/** The error of a DISCONNECT from the server. */
export function disconnectedBy({ reasonCode, properties }: DisconnectPacket): MqttError {
  const message = said('disconnected', reasonTitle(reasonCode, 'disconnect'), hex(reasonCode), properties);
  return new MqttError('server-disconnected', message, { side: 'server', reasonCode });
}

function said(
  what: string,
  title: string,
  code: string | number,
  { reasonString }: { readonly reasonString?: string },
): string {
  return `the server ${what}: ${title} (${code})${reasonString === undefined ? '' : `: ${reasonString}`}`;
}

function hex(code: number): string {
  return `0x${code.toString(16).padStart(2, '0')}`;
}

/** The error of a server that did not answer. */
export function silent(code: CloseCode, what: string, afterMs: number): MqttError {
  return new MqttError(code, `${what} within ${afterMs} ms`, { side: 'server' });
}

/** The error of a rule that the server broke. */
export function brokenBy({ reasonCode, message, clause }: Violation): MqttError {
  const details = { side: 'server', reasonCode, clause } as const;
  return new MqttError('protocol-violation', `the server broke the protocol: ${message}`, details);
}

export function neverOver(afterMs: number): MqttError {
  return silent('authentication-failed', 'the server did not end the re-authentication', afterMs);
}

/** Of a stream that is over: before it was open, before CONNACK or later. */
export function lostBy(error: MqttError | undefined, phase: string): CloseReason {
  const when = phase === 'connected' ? '' : ' before CONNACK';
  const message = `the server closed the connection${when}`;
  const lost = error ?? new MqttError('connection-lost', message, { side: 'server' });
  const unreachable = lost.code === 'host-not-found' ? 'host-not-found' : 'unreachable';
  return because(phase === 'idle' ? unreachable : 'connection-lost', lost);
}

/** The error of a message that is not known to have arrived, and can no longer be asked about. */
export function lostWithSession(): MqttError {
  return new MqttError('session-lost', 'the server took the message and has lost the session with it');
}

/** The error of a message that stays in the store when its client ends. */
export function keptInOutbox(cause: MqttError): MqttError {
  const message = `the message is stored and goes out with the next client that has this outbox: ${cause.message}`;
  return new MqttError('outbox-kept', message, {}, { cause });
}

export function violation(reasonCode: ReasonCode, message: string, clause: string): Violation {
  return { reasonCode, message, clause };
}
