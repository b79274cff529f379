// What is in a certificate, as facts. A name that could be read in two ways is none. Opens nothing.

import type { X509Certificate } from 'node:crypto';
import type { AlternativeName, CertificateFacts } from '../peer.ts';

export function certificateFacts(certificate: X509Certificate): CertificateFacts {
  const { fingerprint256, serialNumber, validTo, subjectAltName = '' } = certificate;
  return {
    commonName: commonNameOf(certificate),
    subjectAlternativeNames: alternativeNames(subjectAltName),
    fingerprint: fingerprint256.replaceAll(':', '').toLowerCase(),
    serialNumber: serialNumber.toLowerCase(),
    validUntil: Date.parse(validTo),
  };
}

/** Of several no reader can know which one is meant; a control character is in no name. */
function commonNameOf(certificate: X509Certificate): string | undefined {
  const { subject } = certificate.toLegacyObject() as { readonly subject?: { readonly CN?: unknown } };
  const name = subject?.CN;
  return typeof name === 'string' && isName(name) ? name : undefined;
}

const isName = (text: string): boolean => text !== '' && !/\p{Cc}/u.test(text);

const KINDS: Readonly<Record<string, AlternativeName['kind']>> = {
  DNS: 'dns',
  email: 'email',
  URI: 'uri',
  'IP Address': 'ip',
};
/** `DNS:example.org`, or in quotes as in JSON where the value could be taken for more than one. */
const ENTRY = /([A-Za-z][A-Za-z ]*):("(?:[^"\\]|\\.)*"|[^,"]*)(?:, |$)/y;

/** @param text as Node writes it: `DNS:a.example, IP Address:192.0.2.1` */
export function alternativeNames(text: string): readonly AlternativeName[] {
  const names: AlternativeName[] = [];
  ENTRY.lastIndex = 0;
  while (ENTRY.lastIndex < text.length) {
    const [, kindText = '', written = ''] = ENTRY.exec(text) ?? [];
    // What cannot be read may hold anything behind it, too.
    if (kindText === '') return names;
    const kind = Object.hasOwn(KINDS, kindText) ? KINDS[kindText] : undefined;
    const value = written.startsWith('"') ? unquoted(written) : written;
    if (kind !== undefined && value !== undefined && isName(value)) names.push({ kind, value });
  }
  return names;
}

function unquoted(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}
