// The lines of a password file: found, made, replaced, taken out. A line that is not meant stays as it is.

import {
  makeHash,
  makeScram,
  nameProblem,
  parseHash,
  parseScram,
  parseUsers,
  type UserLine,
  userLines,
  verifyHash,
} from '@anax/broker';
import { saslprep } from '@anax/client/scram';
import { MqttError } from '@anax/protocol';
import { utf8Text } from '../render/index.ts';
import { type Edges, UsageError } from '../world/edges.ts';
import { readAll } from '../world/input.ts';

export type Kind = 'password' | 'scram';

export interface UserFile {
  readonly file: string;
  readonly lines: readonly UserLine[];
  /** There was none. */
  readonly isNew: boolean;
}

const FILE_BYTES_MAX = 64 * 1024 * 1024;

/** @throws UsageError */
export async function readLines(
  file: string,
  needed: 'must-exist' | 'may-be-new',
  { fileToRead }: Edges,
): Promise<UserFile> {
  let bytes: Uint8Array;
  try {
    bytes = await readAll((await fileToRead(file)).chunks, FILE_BYTES_MAX, file);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (isMissing && needed === 'may-be-new') return { file, lines: [], isNew: true };
    if (isMissing) throw new UsageError(`${file}: there is no such file`);
    throw new UsageError(`${file} cannot be read: ${error instanceof Error ? error.message : error}`);
  }
  const text = utf8Text(bytes);
  if (text === undefined) throw new UsageError(`${file} is not UTF-8 text`);
  return { file, lines: userLines(text), isNew: false };
}

/** @throws UsageError */
export async function writeLines(
  file: string,
  lines: readonly UserLine[],
  { fileToWrite }: Edges,
): Promise<void> {
  try {
    const output = await fileToWrite(file);
    await output.write(lines.map(({ text }) => `${text}\n`).join(''));
    await output.keep();
  } catch (error) {
    throw new UsageError(`${file} cannot be written: ${error instanceof Error ? error.message : error}`);
  }
}

const isOf = (line: UserLine, name: string, kind: Kind | 'all'): boolean =>
  line.name === name && (kind === 'all' || (line.kind === 'password') === (kind === 'password'));

/** Asks for the password once it is known that there can be such a user. @throws UsageError */
export async function newLine(
  name: string,
  kind: Kind,
  password: () => Promise<string>,
  iterations: number,
): Promise<UserLine> {
  const problem = nameProblem(name);
  if (problem !== undefined) throw new UsageError(problem);
  const [line] = userLines(
    kind === 'password'
      ? `${name}:${await makeHash(new TextEncoder().encode(await password()))}`
      : await scramText(name, password, iterations),
  );
  if (line?.name !== name) throw new UsageError('this name cannot stand in a file of users');
  return line;
}

async function scramText(name: string, password: () => Promise<string>, iterations: number): Promise<string> {
  if (prepared(name, 'user name') !== name) {
    throw new UsageError(`SCRAM knows this user as ${prepared(name, 'user name')}: use that name`);
  }
  const secret = prepared(await password(), 'password');
  return `${name}:${await makeScram(secret, 'SCRAM-SHA-256', iterations)}`;
}

/** @throws UsageError */
function prepared(text: string, what: string): string {
  const found = saslprep(text);
  if (typeof found === 'string') return found;
  throw new UsageError(`the ${what} is not good for SCRAM: ${found.problem}`);
}

/** In the place of the line that there was, else at the end. */
export function replaced(
  lines: readonly UserLine[],
  line: UserLine,
): { readonly lines: readonly UserLine[]; readonly isNew: boolean } {
  const at = lines.findIndex(({ name, kind }) => name === line.name && kind === line.kind);
  return at < 0 ? { lines: [...lines, line], isNew: true } : { lines: lines.with(at, line), isNew: false };
}

export function removed(lines: readonly UserLine[], name: string, kind: Kind | 'all'): readonly UserLine[] {
  return lines.filter((line) => !isOf(line, name, kind));
}

export async function isRight(
  lines: readonly UserLine[],
  name: string,
  kind: Kind,
  password: string,
): Promise<boolean> {
  const text = lines.find((line) => isOf(line, name, kind))?.hash;
  if (text === undefined) return false;
  if (kind === 'password') {
    const hash = parseHash(text);
    return !('problem' in hash) && verifyHash(hash, new TextEncoder().encode(password));
  }
  const credential = parseScram(text);
  if ('problem' in credential) return false;
  const { mechanism, iterations, salt } = credential;
  return (await makeScram(prepared(password, 'password'), mechanism, iterations, salt)) === text;
}

/** What the broker would say about the file. */
export function loadProblems({ file, lines }: UserFile): readonly string[] {
  try {
    parseUsers(lines.map(({ text }) => text).join('\n'), file);
    return lines.some(({ name }) => name !== undefined) ? [] : [`${file}: no user is left in it`];
  } catch (error) {
    if (error instanceof MqttError) return error.message.split('\n');
    throw error;
  }
}
