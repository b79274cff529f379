// Certificates and keys of one listener: the key `tls` of it. Opens no file.

import { z } from 'zod';
import type { TlsOptions } from '../../listeners/secrets.ts';
import { invalid, path, text } from './values.ts';

const CERT_FILE = 'the certificate of this server in PEM, with those between it and its authority behind it';
const KEY_FILE = 'its private key in PEM, not encrypted';
const VERSION = 'one of 1.2, 1.3';
/** YAML reads it as a number. */
const version = z.union([z.string(), z.number()], VERSION).transform((value, context): '1.2' | '1.3' => {
  const text = String(value);
  return text === '1.2' || text === '1.3' ? text : invalid(context, VERSION);
});

export const tlsKeys = z
  .strictObject({
    certFile: path.optional().describe(CERT_FILE),
    keyFile: path.optional().describe(KEY_FILE),
    sni: z
      .array(z.strictObject({ certFile: path.describe(CERT_FILE), keyFile: path.describe(KEY_FILE) }))
      .default([])
      .describe('more certificates, for clients that ask for a name in one of them'),
    minVersion: version.default('1.2').describe('the oldest version of TLS that is spoken'),
    ciphers: text.optional().describe('ciphers as OpenSSL writes them, in place of those of Node'),
    clientCertificate: z
      .enum(['none', 'optional', 'required'], 'one of none, optional, required')
      .default('none')
      .describe('whether clients show a certificate; one that is shown must be good'),
    caFile: path.optional().describe('authorities of client certificates, in PEM'),
    crlFile: path
      .optional()
      .describe(
        'certificates that were revoked, in PEM: a list for every authority between a client and `caFile`',
      ),
    userNameFrom: z
      .enum(['commonName', 'subjectAlternativeName'], 'one of commonName, subjectAlternativeName')
      .optional()
      .describe('which part of the certificate of a client is its user name'),
    pskFile: path.optional().describe('pre-shared keys, a line `identity:hexkey` for each'),
    pskHint: text.optional().describe('told to clients that look for their key, in TLS 1.2'),
  })
  .superRefine((tls, context) => {
    const refuse = (key: keyof typeof tls, message: string): void =>
      context.addIssue({ code: 'custom', path: [key], message });
    if (tls.certFile === undefined && tls.pskFile === undefined) {
      refuse('certFile', 'the name of a file, unless there is a `pskFile`');
    }
    if (tls.certFile !== undefined && tls.keyFile === undefined) refuse('keyFile', 'the name of a file');
    if (tls.certFile === undefined && tls.keyFile !== undefined) {
      refuse('keyFile', 'left out where there is no `certFile`');
    }
    if (tls.certFile === undefined && tls.sni.length > 0)
      refuse('sni', 'left out where there is no `certFile`');
    if (tls.clientCertificate === 'none') {
      for (const key of ['caFile', 'crlFile', 'userNameFrom'] as const) {
        if (tls[key] !== undefined) refuse(key, 'left out where `clientCertificate` is none');
      }
      return;
    }
    // Without it every authority that Node knows would do.
    if (tls.caFile === undefined) refuse('caFile', 'the name of a file where clients show a certificate');
    if (tls.pskFile !== undefined) refuse('pskFile', 'left out where clients show a certificate');
  });

type TlsConfig = z.output<typeof tlsKeys>;

/** What a listener without TLS has. */
export const NO_TLS: TlsConfig = { sni: [], minVersion: '1.2', clientCertificate: 'none' };

export function tlsOptions(tls: TlsConfig): TlsOptions {
  const { certFile, keyFile, sni, minVersion, clientCertificate, caFile, crlFile, ciphers } = tls;
  const first = certFile !== undefined && keyFile !== undefined ? [{ certFile, keyFile }] : [];
  const { pskFile, pskHint } = tls;
  return {
    certificates: [...first, ...sni],
    clientCertificate,
    caFile,
    crlFile,
    minVersion: `TLSv${minVersion}`,
    ciphers,
    pskFile,
    pskHint,
  };
}
