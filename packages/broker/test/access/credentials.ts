/** Owns what the tests of authenticators say about a client, and answers in short. */

import { MQTT_5_0 } from '@anax/protocol';
import type { Credentials, Decision } from '../../src/access/access.ts';
import type { Verdict } from '../../src/access/chain/link.ts';

export function credentials(
  userName?: string,
  password?: string | Uint8Array,
  facts: Partial<Credentials> = {},
): Credentials {
  return {
    clientId: 'client',
    userName,
    password: typeof password === 'string' ? new TextEncoder().encode(password) : password,
    address: '192.0.2.1',
    loopback: false,
    certificate: undefined,
    pskIdentity: undefined,
    listener: { name: 'tcp', protocol: 'tcp' },
    dialect: MQTT_5_0,
    ...facts,
  };
}

/** `accepted alice`, `refused 0x86: wrong password`, `passed: no user name` */
export function told(verdict: Verdict | Decision): string {
  if ('accepted' in verdict) return `accepted ${verdict.accepted.userName}`;
  if ('passed' in verdict) return `passed: ${verdict.passed}`;
  const { reasonCode, text, why } = verdict.refused;
  return `refused 0x${reasonCode.toString(16)}: ${why ?? text}`;
}
