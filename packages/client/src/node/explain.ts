// Codes of the operating system and of TLS, as sentences. Owns the words.

import { MqttError } from '@anax/protocol';
import { isUnix, type Target, targetText } from './target.ts';

const SENTENCES: Readonly<Record<string, (target: string, host: string) => string>> = {
  ENOTFOUND: (_, host) => `no address is known for the host ${JSON.stringify(host)}`,
  EAI_AGAIN: (_, host) => `the name server does not answer about the host ${JSON.stringify(host)}`,
  ECONNREFUSED: (target) => `nothing accepts connections at ${target}`,
  ENOENT: (target) => `there is no socket ${target}`,
  EACCES: (target) => `this user may not open ${target}`,
  ETIMEDOUT: (target) => `${target} does not answer`,
  EHOSTUNREACH: (target) => `there is no way to ${target}`,
  ENETUNREACH: (target) => `there is no way to the network of ${target}`,
  ECONNRESET: (target) => `${target} reset the connection`,
  EPIPE: (target) => `${target} has closed the connection`,
  EPROTO: (target) => `${target} does not speak TLS`,
  ERR_SSL_WRONG_VERSION_NUMBER: (target) => `${target} does not speak TLS`,
  ERR_SSL_UNEXPECTED_MESSAGE: (target) => `${target} does not speak TLS`,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: (target) => `${target} does not speak TLS`,
  ERR_TLS_CERT_ALTNAME_INVALID: (target) => `the certificate of ${target} is for another name`,
  CERT_HAS_EXPIRED: (target) => `the certificate of ${target} is no longer valid`,
  DEPTH_ZERO_SELF_SIGNED_CERT: unknownAuthority,
  SELF_SIGNED_CERT_IN_CHAIN: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownAuthority,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownAuthority,
};

/** In the message of an ECONNRESET, where what the server got was no packet to it. */
const NO_TLS = 'before secure TLS connection was established';

function unknownAuthority(target: string): string {
  return `the certificate of ${target} is signed by nobody who is trusted here`;
}

export function explained(error: NodeJS.ErrnoException, target: Target, wasOpen: boolean): MqttError {
  const system = error.code ?? '';
  // OpenSSL's own words, without its addresses and file names.
  const { reason } = error as { readonly reason?: string };
  const text = targetText(target);
  const host = isUnix(target) ? target.path : target.host;
  const known = error.message.includes(NO_TLS) ? SENTENCES['EPROTO'] : SENTENCES[system];
  const sentence = known?.(text, host) ?? `the connection to ${text} failed: ${reason ?? error.message}`;
  const unknown = system === 'ENOTFOUND' || system === 'EAI_AGAIN';
  const code = wasOpen ? 'connection-lost' : unknown ? 'host-not-found' : 'unreachable';
  const message = `${sentence}${system === '' ? '' : ` (${system})`}`;
  return new MqttError(code, message, { side: 'server' }, { cause: error });
}
