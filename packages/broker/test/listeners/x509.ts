/** Owns certificates and revocation lists for tests, made here: with what names and dates a test likes, without openssl. */

import { generateKeyPairSync, type KeyObject, randomInt, sign } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

type Der = Uint8Array;

const joined = (parts: readonly Der[]): Der => Buffer.concat(parts);

function der(tag: number, ...parts: readonly Der[]): Der {
  const body = joined(parts);
  const { length } = body;
  if (length < 0x80) return joined([Uint8Array.of(tag, length), body]);
  const digits = length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return joined([Uint8Array.of(tag, ...digits), body]);
}

const sequence = (...parts: readonly Der[]): Der => der(0x30, ...parts);
const text = (tag: number, value: string): Der => der(tag, Buffer.from(value));
const integer = (value: number): Der => der(0x02, Buffer.from(value.toString(16).padStart(8, '0'), 'hex'));
const small = (value: number): Der => der(0x02, Uint8Array.of(value));
const bits = (value: Der): Der => der(0x03, Uint8Array.of(0), value);

function oid(dotted: string): Der {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second];
  for (const part of rest) {
    const groups = [part & 0x7f];
    for (let left = part >> 7; left > 0; left >>= 7) groups.unshift((left & 0x7f) | 0x80);
    bytes.push(...groups);
  }
  return der(0x06, Uint8Array.from(bytes));
}

/** `20261124181436Z` */
const time = (at: number): Der => text(0x18, `${new Date(at).toISOString().replace(/[-:T]|\.\d+/g, '')}`);

const ECDSA_SHA256 = sequence(oid('1.2.840.10045.4.3.2'));
const extension = (id: string, value: Der): Der => sequence(oid(id), der(0x04, value));
const critical = (id: string, value: Der): Der =>
  sequence(oid(id), der(0x01, Uint8Array.of(0xff)), der(0x04, value));

/** Common names only. */
const nameOf = (commonNames: readonly string[]): Der =>
  sequence(...commonNames.map((name) => der(0x31, sequence(oid('2.5.4.3'), text(0x0c, name)))));

function signed(body: Der, key: KeyObject): Der {
  return sequence(body, ECDSA_SHA256, bits(sign('sha256', body, key)));
}

function pem(kind: string, bytes: Der): string {
  const lines =
    Buffer.from(bytes)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${kind}-----\n${lines.join('\n')}\n-----END ${kind}-----\n`;
}

const SAN_TAGS = { email: 0x81, dns: 0x82, uri: 0x86, ip: 0x87 } as const;
export type San = readonly [kind: keyof typeof SAN_TAGS, value: string];

/** Four bytes, without a zero before them. */
const SERIAL_MIN = 0x0100_0000;
const DAY_MS = 86_400_000;

export interface CertificateWishes {
  readonly commonNames?: readonly string[];
  readonly names?: readonly San[];
  /** In ms since 1970. */
  readonly from?: number;
  readonly until?: number;
}

export interface Certificate {
  readonly cert: string;
  readonly key: string;
  readonly serial: number;
}

export class Authority {
  readonly cert: string;
  readonly #name: readonly string[];
  readonly #key: KeyObject;

  constructor(name = 'test authority', until: number = Date.now() + 30 * DAY_MS) {
    const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    this.#name = [name];
    this.#key = pair.privateKey;
    const isAuthority = critical('2.5.29.19', sequence(der(0x01, Uint8Array.of(0xff))));
    this.cert = this.#certificate(
      pair.publicKey,
      SERIAL_MIN,
      { commonNames: this.#name, until },
      isAuthority,
    );
  }

  issue(wishes: CertificateWishes = {}): Certificate {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const serial = randomInt(SERIAL_MIN + 1, 0x7fff_ffff);
    return {
      cert: this.#certificate(publicKey, serial, wishes),
      key: String(privateKey.export({ type: 'pkcs8', format: 'pem' })),
      serial,
    };
  }

  #certificate(publicKey: KeyObject, serial: number, wishes: CertificateWishes, more?: Der): string {
    const now = Date.now();
    const { commonNames = ['test'], names = [], from = now - DAY_MS, until = now + 30 * DAY_MS } = wishes;
    const sans = names.map(([kind, value]) =>
      der(SAN_TAGS[kind], kind === 'ip' ? Uint8Array.from(value.split('.').map(Number)) : Buffer.from(value)),
    );
    const extensions = [
      ...(more === undefined ? [] : [more]),
      ...(sans.length === 0 ? [] : [extension('2.5.29.17', sequence(...sans))]),
    ];
    const body = sequence(
      der(0xa0, small(2)),
      integer(serial),
      ECDSA_SHA256,
      nameOf(this.#name),
      sequence(time(from), time(until)),
      nameOf(commonNames),
      publicKey.export({ type: 'spki', format: 'der' }),
      ...(extensions.length === 0 ? [] : [der(0xa3, sequence(...extensions))]),
    );
    return pem('CERTIFICATE', signed(body, this.#key));
  }

  /** A list of those that are no longer good. */
  revoke(...certificates: readonly Certificate[]): string {
    const now = Date.now();
    const revoked = certificates.map(({ serial }) => sequence(integer(serial), time(now - DAY_MS)));
    const body = sequence(
      small(1),
      ECDSA_SHA256,
      nameOf(this.#name),
      time(now - DAY_MS),
      time(now + 30 * DAY_MS),
      ...(revoked.length === 0 ? [] : [sequence(...revoked)]),
    );
    return pem('X509 CRL', signed(body, this.#key));
  }
}

/** A folder for such files, until `remove`. */
export class Folder {
  readonly path = mkdtempSync(join(tmpdir(), 'anax-tls-'));

  /** Writes a file, and returns its name. */
  file(name: string, content: string): string {
    const full = join(this.path, name);
    writeFileSync(full, content);
    return full;
  }

  /** A certificate with its key, as two files. */
  pair(name: string, { cert, key }: Certificate): { readonly certFile: string; readonly keyFile: string } {
    return { certFile: this.file(`${name}.pem`, cert), keyFile: this.file(`${name}.key`, key) };
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** For 127.0.0.1 and localhost. */
export const LOCAL_NAMES: readonly San[] = [
  ['ip', '127.0.0.1'],
  ['dns', 'localhost'],
];
