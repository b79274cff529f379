// What the server says before it closes, as far as the dialect has words for it, and whether a CONNACK can be said.

import {
  type ConnackPacket,
  type Dialect,
  type DisconnectPacket,
  encode,
  GrowingOutput,
  MqttError,
  Reason,
  type ReasonCode,
  reasonCodeAllowed,
  reasonCodeFact,
} from '@anax/protocol';
import type { Refusal } from '../access/access.ts';

/** A session that is not given. */
export const NOT_OPENED = {
  'belongs-to-another': {
    reasonCode: Reason.notAuthorized,
    text: 'the session of this client identifier belongs to another user',
  },
  'too-many-sessions': { reasonCode: Reason.quotaExceeded, text: 'no more sessions are kept' },
} as const satisfies Record<string, Refusal>;

const TEXT_CHARS_MAX = 256;

/**
 * A sentence as Reason String and the log can carry it: it may quote what a peer sent, at whatever length, or come from
 * an authenticator. Short, and without what no MQTT string holds. [5:MQTT-1.5.4-1] [5:MQTT-1.5.4-2]
 */
export function sentence(text: string): string {
  const short = text.length > TEXT_CHARS_MAX ? `${text.slice(0, TEXT_CHARS_MAX)}...` : text;
  return short.replace(/[\0\p{Surrogate}]/gu, '\ufffd');
}

/** A user name for the log: some clients put a token there, which is a secret. */
export function loggable(userName: string | undefined): string | undefined {
  return userName !== undefined && TOKEN.test(userName) ? '(a token)' : userName && sentence(userName);
}

/** How every JSON Web Token begins: `{"` in Base64. */
const TOKEN = /^eyJ[\w-]*\./;

/** The CONNACK of a refusal; undefined where the dialect has no word for it and only closing is left. */
export function connackOfRefusal(refusal: Refusal, dialect: Dialect): ConnackPacket | undefined {
  const reasonCode = connackCode(refusal.reasonCode, dialect);
  if (reasonCode === undefined) return undefined;
  const { serverReference } = refusal;
  const properties = dialect.properties
    ? {
        reasonString: sentence(refusal.text),
        ...(serverReference === undefined ? {} : { serverReference }),
      }
    : {};
  return { type: 'connack', sessionPresent: false, reasonCode, properties };
}

/**
 * In 3.x undefined for all that has no return code, a malformed CONNECT among it.
 * [3.1.1:MQTT-3.1.4-1] [3.1.1:MQTT-3.2.2-6]
 */
function connackCode(wanted: ReasonCode, dialect: Dialect): ReasonCode | undefined {
  // The words of DISCONNECT and CONNACK differ for a server that stops.
  const code = wanted === Reason.serverShuttingDown ? Reason.serverUnavailable : wanted;
  if (dialect.reasonCodes) return errorCode(code, 'connack');
  return code >= 0x80 && reasonCodeFact(code)?.returnCode !== undefined ? code : undefined;
}

/** The DISCONNECT with which a server ends a connection. [5:MQTT-3.14.2-1] */
export function disconnectPacket(reasonCode: ReasonCode, text: string, explains: boolean): DisconnectPacket {
  const properties = explains ? { reasonString: sentence(text) } : {};
  return { type: 'disconnect', reasonCode: errorCode(reasonCode, 'disconnect'), properties };
}

/** An end is an error, whatever an authenticator calls it. */
function errorCode(code: ReasonCode, packet: 'connack' | 'disconnect'): ReasonCode {
  return code >= 0x80 && reasonCodeAllowed(code, packet, 'server') ? code : Reason.unspecifiedError;
}

const scratch = new GrowingOutput();

/**
 * Whether a CONNACK of success can be sent: it may be larger than the client takes, or hold data of an exchange that no
 * packet can. Asked before anything has happened. [5:MQTT-3.1.2-24]
 */
export function isSendable(packet: ConnackPacket, dialect: Dialect, maximumPacketSize: number): boolean {
  scratch.length = 0;
  try {
    return encode(packet, dialect, scratch, maximumPacketSize) > 0;
  } catch (error) {
    if (error instanceof MqttError) return false;
    throw error;
  }
}
