// `anax passwd`: who may log in with which password, in a file for the broker. Owns the verb, its options and what it says;
// what is done with the lines stands in passwd/.

import { SCRAM_ITERATIONS, SCRAM_ITERATIONS_MAX, SCRAM_ITERATIONS_MIN } from '@anax/broker';
import type { Command } from 'commander';
import { list } from './passwd/list.ts';
import { typedPassword } from './passwd/typed.ts';
import {
  isRight,
  loadProblems,
  newLine,
  readLines,
  removed,
  replaced,
  type UserFile,
  writeLines,
} from './passwd/users.ts';
import { printable } from './render/index.ts';
import { type Edges, EXIT, type ExitCode, UsageError } from './world/edges.ts';
import { processEdges } from './world/process.ts';
import { complain, newVerb, perform } from './world/verb.ts';

const HELP = `
The password is asked for without being shown, or read from standard input, its first line. The file has a line NAME:HASH for each user,
with scrypt in the PHC form, and is for its owner only. Lines that mosquitto_passwd has made stay as they are, and are good for the
broker. --scram makes a line of its own, for Authentication Method SCRAM-SHA-256: a user may have both.

Examples:
  $ anax passwd users.txt alice                    add alice, or give her another password
  $ pwgen 20 1 | anax passwd users.txt sensor-7    the password from another program
  $ anax passwd users.txt alice --scram            for SCRAM-SHA-256, in MQTT 5
  $ anax passwd users.txt alice --check            is it the right one?
  $ anax passwd users.txt alice --remove
  $ anax passwd users.txt --list

In anax.yaml:
  authentication:
    - type: passwordFile
      file: users.txt

Exit codes: 0 done, 1 --check: the password is wrong, or there is no such user, 2 wrong usage, or the file cannot be read or written.`;

export interface PasswdFlags {
  readonly remove?: true;
  readonly list?: true;
  readonly check?: true;
  readonly scram?: true;
  readonly iterations?: string;
  readonly password?: string;
  readonly json?: true;
}

export function passwdCommand(edgesOf: () => Edges = processEdges): Command {
  const verb = newVerb('passwd', edgesOf);
  return verb.command
    .description('who may log in at the broker: add, change, remove, list and check users of a password file')
    .argument('<file>', 'of the users; it is made where there is none')
    .argument('[name]', 'of the user')
    .option('--remove', 'remove the user; with --scram only the line for SCRAM')
    .option('--list', 'tell which users there are')
    .option('--check', 'tell whether a password is the right one, and change nothing')
    .option('--scram', 'for SCRAM-SHA-256 instead of a password that is sent')
    .option('--iterations <number>', `of SCRAM: the client pays for them (default: ${SCRAM_ITERATIONS})`)
    .option('--password <password>', 'on the command line, where others can see it: not recommended')
    .option('--json', 'with --list: one line of JSON for each')
    .addHelpText('after', HELP)
    .action((file: string, name: string | undefined, flags: PasswdFlags) =>
      perform(verb, (edges) => passwd(file, name, flags, edges)),
    );
}

async function passwd(
  file: string,
  name: string | undefined,
  flags: PasswdFlags,
  edges: Edges,
): Promise<ExitCode> {
  const doing = (['remove', 'list', 'check'] as const).filter((one) => flags[one]);
  if (doing.length > 1) throw new UsageError('give one of --remove, --list and --check');
  const [act] = doing;
  if (act === 'list') {
    if (name !== undefined) throw new UsageError('--list takes no name');
    return list(await readLines(file, 'must-exist', edges), flags, edges);
  }
  if (flags.json) throw new UsageError('--json goes with --list');
  if (name === undefined) throw new UsageError('the name of a user is missing');
  const kind = flags.scram ? 'scram' : 'password';
  if (act === 'remove') return remove(file, name, flags, edges);
  if (act === 'check') return check(file, name, kind, flags, edges);
  return set(file, name, kind, flags, edges);
}

async function set(
  file: string,
  name: string,
  kind: 'password' | 'scram',
  flags: PasswdFlags,
  edges: Edges,
): Promise<ExitCode> {
  const users = await readLines(file, 'may-be-new', edges);
  const iterations = iterationsOf(flags);
  const line = await newLine(name, kind, () => typedPassword(name, 'twice', flags, edges), iterations);
  const { lines, isNew } = replaced(users.lines, line);
  await writeLines(file, lines, edges);
  await say(edges, `${isNew ? 'added' : 'changed'} ${name}${what(kind)} in ${file}`, users);
  warnOfOthers({ ...users, lines }, edges);
  return EXIT.good;
}

async function remove(file: string, name: string, flags: PasswdFlags, edges: Edges): Promise<ExitCode> {
  if (flags.password !== undefined) throw new UsageError('--remove takes no password');
  const users = await readLines(file, 'must-exist', edges);
  const lines = removed(users.lines, name, flags.scram ? 'scram' : 'all');
  if (lines.length === users.lines.length) {
    complain('passwd', `there is no ${name}${flags.scram ? ' for SCRAM' : ''} in ${file}`, edges);
    return EXIT.failed;
  }
  await writeLines(file, lines, edges);
  await say(edges, `removed ${name}${flags.scram ? what('scram') : ''} from ${file}`, users);
  warnOfOthers({ ...users, lines }, edges);
  return EXIT.good;
}

async function check(
  file: string,
  name: string,
  kind: 'password' | 'scram',
  flags: PasswdFlags,
  edges: Edges,
): Promise<ExitCode> {
  const users = await readLines(file, 'must-exist', edges);
  const password = await typedPassword(name, 'once', flags, edges);
  if (await isRight(users.lines, name, kind, password)) {
    await edges.write(`the password of ${printable(name)} is right\n`);
    return EXIT.good;
  }
  complain('passwd', `the password of ${name} is wrong, or there is no such user${what(kind)}`, edges);
  return EXIT.failed;
}

function what(kind: 'password' | 'scram'): string {
  return kind === 'scram' ? ' for SCRAM-SHA-256' : '';
}

async function say(edges: Edges, sentence: string, { isNew }: UserFile): Promise<void> {
  await edges.write(`${printable(sentence)}${isNew ? ', which is new' : ''}\n`);
}

/** What stops the broker from loading the file, now that it is written. */
function warnOfOthers(users: UserFile, edges: Edges): void {
  const problems = loadProblems(users);
  if (problems.length === 0) return;
  complain('passwd', [...problems, 'the broker does not load this file before that is mended'], edges);
}

function iterationsOf({ iterations, scram }: PasswdFlags): number {
  if (iterations === undefined) return SCRAM_ITERATIONS;
  if (!scram) throw new UsageError('--iterations goes with --scram');
  const number = /^\d{1,9}$/.test(iterations) ? Number(iterations) : 0;
  if (number >= SCRAM_ITERATIONS_MIN && number <= SCRAM_ITERATIONS_MAX) return number;
  throw new UsageError(
    `--iterations takes a number from ${SCRAM_ITERATIONS_MIN} to ${SCRAM_ITERATIONS_MAX}, not ${iterations}`,
  );
}
