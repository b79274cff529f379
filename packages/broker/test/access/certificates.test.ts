/** Owns identities that TLS has proved: which name they give, and when none. */

import { describe, expect, it } from 'vitest';
import type { CertificateFacts } from '../../src/access/access.ts';
import { pskLink, x509Link } from '../../src/access/certificates.ts';
import type { Link } from '../../src/access/chain/link.ts';
import { credentials, told } from './credentials.ts';

const CERTIFICATE: CertificateFacts = {
  commonName: 'alice',
  subjectAlternativeNames: [{ kind: 'dns', value: 'alice.example' }],
  fingerprint: undefined,
  serialNumber: undefined,
  validUntil: undefined,
};

async function asked({ authenticate }: Link, facts: Parameters<typeof credentials>[2]): Promise<string> {
  const verdict = await authenticate?.(credentials('somebody', 'else', facts));
  return verdict === undefined ? 'nobody is asked' : told(verdict);
}

describe('the link x509', () => {
  const withFacts = (facts: Partial<CertificateFacts>) => ({ certificate: { ...CERTIFICATE, ...facts } });
  const dns = (...names: readonly string[]) =>
    withFacts({ subjectAlternativeNames: names.map((value) => ({ kind: 'dns', value }) as const) });

  it('passes on without a certificate that was proved', async () => {
    expect(await asked(x509Link('commonName'), {})).toBe('passed: no certificate');
  });

  it('takes the user name from the certificate, whatever CONNECT says', async () => {
    expect(await asked(x509Link('commonName'), withFacts({}))).toBe('accepted alice');
    expect(await asked(x509Link('subjectAlternativeName'), withFacts({}))).toBe('accepted alice.example');
  });

  it.each([
    ['no common name', 'commonName', withFacts({ commonName: undefined })],
    ['an empty one', 'commonName', withFacts({ commonName: '' })],
    ['one with a line end', 'commonName', withFacts({ commonName: 'a\nb' })],
    ['one with a NUL', 'commonName', withFacts({ commonName: 'admin\0.example' })],
    ['no alternative name', 'subjectAlternativeName', dns()],
    ['several', 'subjectAlternativeName', dns('a', 'b')],
  ] as const)('refuses %s', async (_, from, facts) => {
    expect(await asked(x509Link(from), facts)).toMatch(/^refused 0x86: the certificate has no/);
  });
});

describe('the link psk', () => {
  it('takes the identity whose key the client has, and passes on without one', async () => {
    expect(await asked(pskLink(), { pskIdentity: 'sensor-1' })).toBe('accepted sensor-1');
    expect(await asked(pskLink(), {})).toBe('passed: no pre-shared key');
    expect(await asked(pskLink(), { pskIdentity: '' })).toMatch(/^refused 0x86/);
  });
});

describe('whom they let in', () => {
  it('they speak for, as long as the name is taken from the same place', async () => {
    const voucherOf = async (link: Link): Promise<string> => {
      const verdict = await link.authenticate?.(
        credentials('', '', { certificate: CERTIFICATE, pskIdentity: 'x' }),
      );
      return (verdict !== undefined && 'accepted' in verdict && verdict.accepted.voucher) || '';
    };
    const voucher = await voucherOf(x509Link('commonName'));
    const speaks = (link: Link): boolean | undefined => link.vouches?.(voucher, credentials());
    expect(speaks(x509Link('commonName'))).toBe(true);
    expect(speaks(x509Link('subjectAlternativeName'))).toBe(false);
    expect(speaks(pskLink())).toBe(false);
  });
});
