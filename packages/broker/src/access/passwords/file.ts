// Files of users: a line for each, `name:hash`, as mosquitto has them, too. A file with anything in it that is not understood
// is not loaded at all, and neither is one without users. Pure, but for reading the file itself.

import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { MqttError } from '@anax/protocol';
import { parseScram, type ScramCredential } from '../scram/credential.ts';
import { type PasswordHash, parseHash } from './hash.ts';

export interface Users {
  readonly passwords: ReadonlyMap<string, PasswordHash>;
  readonly scram: readonly ScramUser[];
}

export interface ScramUser {
  readonly user: string;
  readonly credential: ScramCredential;
}

/** A line as it stands, and what it is about; `name` undefined for a comment or an empty line. */
export interface UserLine {
  readonly text: string;
  readonly name?: string;
  readonly hash?: string;
  /** A name may have one hash for passwords and one credential for each mechanism of SCRAM. */
  readonly kind?: string;
}

const FILE_BYTES_MAX = 64 * 1024 * 1024;
const PROBLEMS_MAX = 20;
const NAME_CHARS_MAX = 65_535;
/** What no user name of MQTT holds, and what would end its line or its field. */
const BAD_NAME = /[\p{Cc}\p{Cs}:]/u;

/** Undefined for a name that can stand in a file of users. */
export function nameProblem(name: string): string | undefined {
  if (name === '') return 'a user name is not empty';
  if (name.length > NAME_CHARS_MAX) return 'a user name has 65,535 bytes at most';
  if (name.startsWith('#')) return 'a line that begins with # is a comment: a user name does not';
  return BAD_NAME.test(name) ? 'a user name has no colon and no control character' : undefined;
}

export function userLines(text: string): readonly UserLine[] {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  return lines.map((line) => {
    if (line.trim() === '' || line.startsWith('#')) return { text: line };
    const colon = line.indexOf(':');
    const name = colon < 0 ? line : line.slice(0, colon);
    const hash = colon < 0 ? '' : line.slice(colon + 1);
    const kind = /^\$(scram-sha-\d+)\$/.exec(hash)?.[1] ?? 'password';
    return { text: line, name, hash, kind };
  });
}

/** @throws MqttError `invalid-configuration`: a sentence for each line that is wrong. It quotes no hash. */
export function parseUsers(text: string, file: string): Users {
  const passwords = new Map<string, PasswordHash>();
  const scram: ScramUser[] = [];
  const seen = new Set<string>();
  const problems: string[] = [];
  for (const [at, { name, hash = '', kind = '' }] of userLines(text).entries()) {
    if (name === undefined) continue;
    const problem =
      nameProblem(name) ?? (seen.has(`${kind}:${name}`) ? 'this user has a line above' : undefined);
    const found =
      problem === undefined ? (kind === 'password' ? parseHash(hash) : parseScram(hash)) : { problem };
    if ('problem' in found) problems.push(`${file}:${at + 1}: ${found.problem}`);
    else if ('storedKey' in found) scram.push({ user: name, credential: found });
    else passwords.set(name, found);
    seen.add(`${kind}:${name}`);
    if (problems.length === PROBLEMS_MAX) break;
  }
  if (problems.length > 0) throw new MqttError('invalid-configuration', problems.join('\n'));
  return { passwords, scram };
}

export interface UsersFile extends Users {
  /** What is to be said about the file although it is taken. */
  readonly warnings: readonly string[];
}

/** @throws MqttError `invalid-configuration`, also where it cannot be read. */
export function readUsers(file: string): UsersFile {
  const { text, mode } = readText(file);
  const others = mode & 0o006;
  const may = others === 0o002 ? 'written' : 'read';
  const warnings =
    others === 0 ? [] : [`${file} can be ${may} by every user of this machine: chmod 600 ${file}`];
  return { ...parseUsers(text, file), warnings };
}

function readText(file: string): { readonly text: string; readonly mode: number } {
  let handle: number | undefined;
  try {
    handle = openSync(file, 'r');
    const facts = fstatSync(handle);
    if (!facts.isFile()) throw unreadable(file, 'it is no file');
    if (facts.size > FILE_BYTES_MAX) throw unreadable(file, `it has more than ${FILE_BYTES_MAX} bytes`);
    const bytes = readFileSync(handle);
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes), mode: facts.mode };
  } catch (cause) {
    if (cause instanceof MqttError) throw cause;
    const { code } = cause as { readonly code?: string };
    if (code === 'ENOENT') throw unreadable(file, 'there is no such file');
    throw unreadable(
      file,
      code === 'ERR_ENCODING_INVALID_ENCODED_DATA' ? 'it is not UTF-8' : `it cannot be read (${code})`,
    );
  } finally {
    if (handle !== undefined) closeSync(handle);
  }
}

function unreadable(file: string, why: string): MqttError {
  return new MqttError('invalid-configuration', `${file}: ${why}`);
}
