// Passwords as hashes: ours, scrypt in the PHC format, and the two kinds that mosquitto writes. Read, made, checked, always
// in the thread pool. Knows no file and no user. [RFC 7914]

import { createHash, pbkdf2, randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { fromBase64 } from './base64.ts';

export type PasswordHash = Scrypt | Pbkdf2 | Sha512;

interface Salted {
  readonly salt: Uint8Array;
  readonly hash: Uint8Array;
}

/** `$scrypt$ln=14,r=8,p=1$SALT$HASH` */
interface Scrypt extends Salted {
  readonly kind: 'scrypt';
  /** The cost is 2 to this power. */
  readonly ln: number;
  readonly r: number;
  readonly p: number;
}

/** `$7$ITERATIONS$SALT$HASH`: PBKDF2 with HMAC-SHA-512, as mosquitto_passwd makes it. */
interface Pbkdf2 extends Salted {
  readonly kind: 'pbkdf2';
  readonly iterations: number;
}

/** `$6$SALT$HASH`: one round of SHA-512 over password and salt, as old mosquitto_passwd made it. Weak. */
interface Sha512 extends Salted {
  readonly kind: 'sha512';
}

/** 16 MiB and a few tens of ms a check: what a broker with many logins can bear. */
const COST = { ln: 14, r: 8, p: 1 } as const;
const SALT_BYTES = 16;
const HASH_BYTES = 32;
/** A file must not make the broker take all memory, or minutes, for one login. */
const MEMORY_BYTES_MAX = 256 * 1024 * 1024;
const LN_MAX = 20;
const P_MAX = 16;
const ITERATIONS_MAX = 10_000_000;
const SALT_BYTES_MIN = 8;
const HASH_BYTES_MIN = 16;
const BYTES_MAX = 128;

const SCRYPT = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,4}),p=(\d{1,4})\$([^$]+)\$([^$]+)$/;
const PBKDF2 = /^\$7\$(\d{1,9})\$([^$]+)\$([^$]+)$/;
const SHA512 = /^\$6\$([^$]+)\$([^$]+)$/;
const SHA512_BYTES = 64;

/** A sentence for what is none. */
export function parseHash(text: string): PasswordHash | { readonly problem: string } {
  const scryptFields = SCRYPT.exec(text);
  if (scryptFields !== null) return scryptOf(scryptFields);
  const pbkdf2Fields = PBKDF2.exec(text);
  if (pbkdf2Fields !== null) return pbkdf2Of(pbkdf2Fields);
  const sha512Fields = SHA512.exec(text);
  if (sha512Fields !== null) {
    const [, salt, hash] = sha512Fields;
    const salted = saltedOf(salt, hash, 'padded');
    if (salted?.hash.length !== SHA512_BYTES) return MALFORMED;
    return { kind: 'sha512', ...salted };
  }
  const [, kind] = /^\$([a-z0-9-]+)\$/.exec(text) ?? [];
  if (kind === undefined) return { problem: 'there is no hash of a password behind the name' };
  if (['scrypt', '6', '7'].includes(kind)) return MALFORMED;
  return { problem: `a hash of the kind ${kind} cannot be checked here` };
}

const MALFORMED = { problem: 'the hash is not of its form' };

function scryptOf([, ln, r, p, salt, hash]: readonly (string | undefined)[]): ReturnType<typeof parseHash> {
  const cost = { ln: Number(ln), r: Number(r), p: Number(p) };
  const salted = saltedOf(salt, hash, 'bare');
  if (salted === undefined || cost.ln < 1 || cost.r < 1 || cost.p < 1) return MALFORMED;
  if (cost.ln > LN_MAX || cost.p > P_MAX || memoryBytes(cost) > MEMORY_BYTES_MAX) return TOO_COSTLY;
  return { kind: 'scrypt', ...cost, ...salted };
}

function pbkdf2Of([, iterations, salt, hash]: readonly (string | undefined)[]): ReturnType<typeof parseHash> {
  const salted = saltedOf(salt, hash, 'padded');
  if (salted === undefined || Number(iterations) < 1) return MALFORMED;
  if (Number(iterations) > ITERATIONS_MAX) return TOO_COSTLY;
  return { kind: 'pbkdf2', iterations: Number(iterations), ...salted };
}

const TOO_COSTLY = { problem: 'the hash takes more memory or time than a login may' };

function saltedOf(salt = '', hash = '', padding: 'bare' | 'padded'): Salted | undefined {
  const parts = { salt: fromBase64(salt, padding), hash: fromBase64(hash, padding) };
  if (parts.salt === undefined || parts.hash === undefined) return undefined;
  if (parts.salt.length < SALT_BYTES_MIN || parts.hash.length < HASH_BYTES_MIN) return undefined;
  if (parts.salt.length > BYTES_MAX || parts.hash.length > BYTES_MAX) return undefined;
  return { salt: parts.salt, hash: parts.hash };
}

function memoryBytes({ ln, r }: Pick<Scrypt, 'ln' | 'r'>): number {
  return 128 * 2 ** ln * r;
}

/** A new hash with a new salt, as a password file has it. */
export async function makeHash(password: Uint8Array): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const hash = await derived({ kind: 'scrypt', ...COST, salt, hash: Buffer.alloc(HASH_BYTES) }, password);
  const bare = (bytes: Buffer): string => bytes.toString('base64').replaceAll('=', '');
  return `$scrypt$ln=${COST.ln},r=${COST.r},p=${COST.p}$${bare(salt)}$${bare(hash)}`;
}

/** Takes the same time whether it is right or not. */
export async function verifyHash(hash: PasswordHash, password: Uint8Array): Promise<boolean> {
  return timingSafeEqual(await derived(hash, password), hash.hash);
}

const scryptOfPool = promisify<Uint8Array, Uint8Array, number, object, Buffer>(scrypt);
const pbkdf2OfPool = promisify(pbkdf2);

async function derived(hash: PasswordHash, password: Uint8Array): Promise<Buffer> {
  const { kind, salt } = hash;
  switch (kind) {
    case 'scrypt': {
      const { ln, r, p } = hash;
      const options = { N: 2 ** ln, r, p, maxmem: memoryBytes(hash) * 2 + 128 * r * p };
      return scryptOfPool(password, salt, hash.hash.length, options);
    }
    case 'pbkdf2':
      return pbkdf2OfPool(password, salt, hash.iterations, hash.hash.length, 'sha512');
    case 'sha512':
      return createHash('sha512').update(password).update(salt).digest();
  }
}
