// The links `x509` and `psk`: who a client is by what its TLS connection proved before it said anything.

import type { UserNameFrom } from '../peer.ts';
import { ANYTHING_BUT_SYS, type CertificateFacts, type Refusal, WRONG_CREDENTIALS } from './access.ts';
import type { Link, Verdict } from './chain/link.ts';

const NOT_A_NAME: Refusal = { ...WRONG_CREDENTIALS, text: 'the certificate names no user' };

/** The certificate that the client has proved to have; without one it is passed on. */
export function x509Link(userNameFrom: UserNameFrom): Link {
  const speaksFor = voucher('x509', userNameFrom);
  return {
    name: 'x509',
    authenticate: ({ certificate }) => {
      if (certificate === undefined) return { passed: 'no certificate' };
      const userName = userNameOf(certificate, userNameFrom);
      if (isName(userName)) return accepted(userName, speaksFor);
      return { refused: { ...NOT_A_NAME, why: `the certificate has no ${userNameFrom}, or several` } };
    },
    vouches: (one) => one === speaksFor,
  };
}

/** The pre-shared key that the client has; without one it is passed on. */
export function pskLink(): Link {
  const speaksFor = voucher('psk', '');
  return {
    name: 'psk',
    authenticate: ({ pskIdentity }) => {
      if (pskIdentity === undefined) return { passed: 'no pre-shared key' };
      if (isName(pskIdentity)) return accepted(pskIdentity, speaksFor);
      return { refused: { ...NOT_A_NAME, why: 'the identity of the key is no user name' } };
    },
    vouches: (one) => one === speaksFor,
  };
}

const voucher = (link: string, how: string): string => `link ${link} ${how}`;

/** One name only: which of several would be meant, nobody said. */
function userNameOf(
  { commonName, subjectAlternativeNames }: CertificateFacts,
  userNameFrom: UserNameFrom,
): string | undefined {
  if (userNameFrom === 'commonName') return commonName;
  const [name, ...more] = subjectAlternativeNames;
  return more.length === 0 ? name?.value : undefined;
}

/** What a user name of MQTT can be. */
export function isName(name: unknown): name is string {
  return typeof name === 'string' && name !== '' && name.length <= 65_535 && !/[\p{Cc}\p{Cs}]/u.test(name);
}

function accepted(userName: string, by: string): Verdict {
  return { accepted: { userName, permissions: ANYTHING_BUT_SYS, voucher: by } };
}
