// Where the password comes from when it is not among the options: a file, a variable of the environment, or whoever sits at
// the terminal. Stores none.

import { utf8Text } from '../render/index.ts';
import { type Edges, UsageError } from '../world/edges.ts';
import { askHidden } from '../world/prompt.ts';
import type { ConnectFlags } from './flags.ts';

/** Options that say the password, or where it is: one of them. */
export const PASSWORD_FLAGS = ['password', 'pw', 'passwordFile', 'passwordEnv', 'passwordPrompt'] as const;

type PasswordFlags = Pick<ConnectFlags, (typeof PASSWORD_FLAGS)[number] | 'username'>;

/** Undefined where the options say no such place. @throws UsageError */
export async function passwordOf(flags: PasswordFlags, edges: Edges): Promise<string | undefined> {
  const { passwordFile, passwordEnv, passwordPrompt, username } = flags;
  // What two names of one option mean is said elsewhere.
  if (passwordFile === undefined && passwordEnv === undefined && !passwordPrompt) return undefined;
  const given = PASSWORD_FLAGS.filter((name) => flags[name] !== undefined);
  if (given.length > 1) {
    throw new UsageError('give one of --password, --password-file, --password-env and --password-prompt');
  }
  if (passwordFile !== undefined) return firstLineOf(passwordFile, edges);
  if (passwordEnv !== undefined) {
    const password = edges.env(passwordEnv);
    if (password !== undefined) return password;
    throw new UsageError(`--password-env: there is no variable ${passwordEnv} in the environment`);
  }
  return askHidden(`Password${username === undefined ? '' : ` of ${username}`}: `, edges);
}

async function firstLineOf(file: string, { readFile }: Edges): Promise<string> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
  } catch (error) {
    throw new UsageError(
      `--password-file ${file} cannot be read: ${error instanceof Error ? error.message : error}`,
    );
  }
  const text = utf8Text(bytes);
  if (text === undefined) throw new UsageError(`--password-file ${file} is not UTF-8 text`);
  const [line = ''] = text.split(/\r?\n/, 1);
  if (line === '') throw new UsageError(`--password-file ${file}: its first line is empty`);
  return line;
}
