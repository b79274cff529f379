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

/** The server answered CONNECT with a CONNACK that is not Success. */
export class ConnectionRefusedError extends MqttError {
  override readonly name: string = 'ConnectionRefusedError';
  override readonly reasonCode: ReasonCode;
  /** The standard's words for the code. */
  readonly meaning: string;
  /** The return code as MQTT 3.1 and 3.1.1 write it; undefined in 5.0. */
  readonly returnCode: number | undefined;
  readonly reasonString: string | undefined;
  /** Where the server sends its clients instead, with 0x9C and 0x9D. */
  readonly serverReference: string | undefined;
  readonly properties: PropertiesOf<'connack'>;

  constructor(reasonCode: ReasonCode, dialect: Dialect, properties: PropertiesOf<'connack'>) {
    const meaning = reasonTitle(reasonCode, 'connack');
    const returnCode = dialect.reasonCodes ? undefined : RETURN_CODES.indexOf(reasonCode);
    const code = returnCode ?? `0x${reasonCode.toString(16).padStart(2, '0')}`;
    const why = properties.reasonString === undefined ? '' : `: ${properties.reasonString}`;
    super('connection-refused', `the server refused the connection: ${meaning} (${code})${why}`, {
      side: 'server',
      reasonCode,
    });
    this.reasonCode = reasonCode;
    this.meaning = meaning;
    this.returnCode = returnCode;
    this.reasonString = properties.reasonString;
    this.serverReference = properties.serverReference;
    this.properties = properties;
  }
}

/** The server answered with an acknowledgement that says no. */
export class RefusedError extends MqttError {
  override readonly name: string = 'RefusedError';
  override readonly reasonCode: ReasonCode;
  /** Reason String and User Properties of the acknowledgement. */
  readonly properties: PropertiesOf<'puback'>;

  constructor(
    code: 'publish-refused' | 'subscription-refused',
    reasonCode: ReasonCode,
    properties: PropertiesOf<'puback'>,
  ) {
    const what = code === 'publish-refused' ? 'the message' : 'the subscription';
    const why = properties.reasonString === undefined ? '' : `: ${properties.reasonString}`;
    const shown = `0x${reasonCode.toString(16).padStart(2, '0')}`;
    const message = `the server refused ${what}: ${reasonTitle(reasonCode)} (${shown})${why}`;
    super(code, message, { side: 'server', reasonCode });
    this.reasonCode = reasonCode;
    this.properties = properties;
  }
}

/** The error of a DISCONNECT from the server. */
export function disconnectedBy({ reasonCode, properties }: DisconnectPacket): MqttError {
  const why = properties.reasonString === undefined ? '' : `: ${properties.reasonString}`;
  const shown = `0x${reasonCode.toString(16).padStart(2, '0')}`;
  const message = `the server disconnected: ${reasonTitle(reasonCode, 'disconnect')} (${shown})${why}`;
  return new MqttError('server-disconnected', message, { side: 'server', reasonCode });
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
