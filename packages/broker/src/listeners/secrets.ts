// Files of certificates, keys, authorities, revocation lists and pre-shared keys: read and checked as a whole, so that
// what is wrong is known before anybody is served with it. Keeps nothing, and knows no socket.

import { constants, createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  createSecureContext,
  DEFAULT_CIPHERS,
  type SecureContext,
  type SecureContextOptions,
} from 'node:tls';
import { type PreSharedKeys, readPreSharedKeys } from './pre-shared-keys.ts';
import { SecretsFault } from './secrets-fault.ts';

export interface CertificateFiles {
  /** In PEM: the certificate of this server first, then those between it and its authority. */
  readonly certFile: string;
  readonly keyFile: string;
}

export interface TlsOptions {
  /** By the names in them; the first is for who asks for no name that one has. None where there are only shared keys. */
  readonly certificates: readonly CertificateFiles[];
  /** Authorities of client certificates. */
  readonly caFile?: string | undefined;
  /** Certificates of clients that are no longer good. */
  readonly crlFile?: string | undefined;
  readonly clientCertificate: 'none' | 'optional' | 'required';
  readonly minVersion: 'TLSv1.2' | 'TLSv1.3';
  /** As OpenSSL writes it; undefined takes those of Node. */
  readonly ciphers?: string | undefined;
  /** Lines of `identity:hexkey`. */
  readonly pskFile?: string | undefined;
  readonly pskHint?: string | undefined;
}

/** What a listener has of such files. */
export interface Secrets {
  readonly files: readonly string[];
  /** When which certificate ends. */
  readonly ends: readonly End[];
  /**
   * Reads the files again. With the function that it returns those who connect from then on get what was in them.
   * @throws SecretsFault one of them is not good
   */
  read(): () => void;
}

export interface End {
  readonly file: string;
  /** In ms since 1970. */
  readonly validUntil: number;
}

/** What was read. */
export interface Material {
  readonly context: SecureContextOptions;
  /** Beside the first: for those who ask for one of its names. */
  readonly named: readonly { readonly certificate: X509Certificate; readonly context: SecureContext }[];
  readonly keys: PreSharedKeys | undefined;
  readonly ends: readonly End[];
}

/** With a fresh key for each connection first. In 1.3 a shared key goes with SHA-256 only. */
const PSK_CIPHERS = [
  'ECDHE-PSK-CHACHA20-POLY1305',
  'ECDHE-PSK-AES128-CBC-SHA256',
  'PSK-AES256-GCM-SHA384',
  'PSK-CHACHA20-POLY1305',
  'PSK-AES128-GCM-SHA256',
].join(':');
const PSK_CIPHERS_1_3 = 'TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256';

export function filesOf({ certificates, caFile, crlFile, pskFile }: TlsOptions): readonly string[] {
  const all = [
    ...certificates.flatMap(({ certFile, keyFile }) => [certFile, keyFile]),
    caFile,
    crlFile,
    pskFile,
  ];
  return [...new Set(all.filter((name) => name !== undefined))];
}

/** @throws SecretsFault a line for each file that is not good: its name, and what was expected */
export function readMaterial(options: TlsOptions): Material {
  const problems: string[] = [];
  const attempt = <T>(read: () => T): T | undefined => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof SecretsFault)) throw error;
      problems.push(error.message);
      return undefined;
    }
  };
  const { caFile, crlFile, pskFile } = options;
  const pairs = options.certificates.map((files) => attempt(() => readPair(files)));
  const ca = caFile === undefined ? undefined : attempt(() => readAuthorities(caFile));
  const crl = crlFile === undefined ? undefined : attempt(() => readRevocations(crlFile));
  const keys = pskFile === undefined ? undefined : attempt(() => readPreSharedKeys(pskFile, textOf(pskFile)));
  const ciphers = ciphersOf(options);
  attempt(() => tryContext({ ciphers }, `\`ciphers\` must be a list of ciphers as OpenSSL writes it`));
  if (problems.length > 0) throw new SecretsFault(problems.join('\n'));
  const secureOptions = secureOptionsOf(options);
  const common = { ciphers, minVersion: options.minVersion, secureOptions, ca: ca?.pem, crl };
  const [first, ...others] = pairs.filter((pair) => pair !== undefined);
  return {
    context: contextOf(first, common),
    named: others.map((pair) => {
      const { certificate, certFile } = pair;
      const context = tryContext(
        contextOf(pair, common),
        `${certFile}: expected a certificate and key for TLS`,
      );
      return { certificate, context };
    }),
    keys,
    ends: [...pairs.flatMap((pair) => (pair === undefined ? [] : pair.ends)), ...(ca?.ends ?? [])],
  };
}

interface Pair {
  readonly certFile: string;
  readonly cert: string;
  readonly key: string;
  readonly certificate: X509Certificate;
  readonly ends: readonly End[];
}

function contextOf(pair: Pair | undefined, common: SecureContextOptions): SecureContextOptions {
  return pair === undefined ? common : { ...common, cert: pair.cert, key: pair.key };
}

function ciphersOf({ ciphers, pskFile, certificates }: TlsOptions): string {
  if (ciphers !== undefined) return ciphers;
  if (pskFile === undefined) return DEFAULT_CIPHERS;
  return `${certificates.length > 0 ? DEFAULT_CIPHERS : PSK_CIPHERS_1_3}:${PSK_CIPHERS}`;
}

/**
 * A handshake costs the server far more than the client, so there is one for a connection. And what goes on with a session
 * of a shared key would not say whose it was.
 */
function secureOptionsOf({ pskFile }: TlsOptions): number {
  const { SSL_OP_NO_RENEGOTIATION, SSL_OP_NO_TICKET } = constants;
  return SSL_OP_NO_RENEGOTIATION | (pskFile === undefined ? 0 : SSL_OP_NO_TICKET);
}

function readPair({ certFile, keyFile }: CertificateFiles): Pair {
  const cert = textOf(certFile);
  const chain = certificatesIn(cert);
  const [certificate] = chain;
  if (certificate === undefined)
    throw new SecretsFault(`${certFile}: expected a certificate in PEM, there is none`);
  const key = textOf(keyFile);
  if (!certificate.checkPrivateKey(privateKey(keyFile, key))) {
    const text = `expected the key of the certificate in ${certFile}, it is of another one`;
    throw new SecretsFault(`${keyFile}: ${text}`);
  }
  tryContext({ cert, key }, `${certFile}: expected a certificate and key that are strong enough for TLS`);
  return { certFile, cert, key, certificate, ends: endsOf(certFile, chain) };
}

function privateKey(name: string, text: string): KeyObject {
  try {
    return createPrivateKey(text);
  } catch (cause) {
    const { code } = cause as { readonly code?: string };
    const why = code === 'ERR_MISSING_PASSPHRASE' ? 'this one asks for a passphrase' : 'there is none';
    throw new SecretsFault(`${name}: expected a private key in PEM that is not encrypted, ${why}`, { cause });
  }
}

function readAuthorities(name: string): { readonly pem: string; readonly ends: readonly End[] } {
  const pem = textOf(name);
  const all = certificatesIn(pem);
  if (all.length === 0) throw new SecretsFault(`${name}: expected certificates in PEM, there is none`);
  return { pem, ends: endsOf(name, all) };
}

function readRevocations(name: string): string {
  const crl = textOf(name);
  tryContext({ crl }, `${name}: expected a certificate revocation list in PEM`);
  return crl;
}

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Empty where one of them is none. */
function certificatesIn(pem: string): readonly X509Certificate[] {
  try {
    return (pem.match(PEM_CERTIFICATE) ?? []).map((block) => new X509Certificate(block));
  } catch {
    return [];
  }
}

/** Of a chain the first to end. */
function endsOf(file: string, chain: readonly X509Certificate[]): readonly End[] {
  return [{ file, validUntil: Math.min(...chain.map(({ validTo }) => Date.parse(validTo))) }];
}

function tryContext(options: SecureContextOptions, expected: string): SecureContext {
  try {
    return createSecureContext(options);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new SecretsFault(`${expected} (${why})`, { cause });
  }
}

function textOf(name: string): string {
  try {
    return readFileSync(name, 'utf8');
  } catch (cause) {
    const { code } = cause as { readonly code?: string };
    const why = code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${code})`;
    throw new SecretsFault(`${name}: ${why}`, { cause });
  }
}
