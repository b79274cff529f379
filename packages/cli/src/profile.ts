// `anax profile`: saved options of a connection. Owns the verbs add, list, show and remove, and which secrets they store and
// print.

import { type HostTarget, isUnix } from '@anax/client';
import { Command } from 'commander';
import { connectingOf } from './connection/connect-options.ts';
import { addConnectionOptions, type ConnectFlags } from './connection/flags.ts';
import {
  profileFile,
  profileNames,
  profileSchema,
  profilesFolder,
  profileText,
  writeProfile,
} from './connection/profile.ts';
import { keyOf, type ProfileFields } from './connection/profile-schema.ts';
import { targetOf } from './connection/where.ts';
import { padded, printable, printableJson } from './render/index.ts';
import { type Edges, EXIT, type ExitCode, UsageError } from './world/edges.ts';
import { processEdges } from './world/process.ts';
import { complain, newVerb, perform, type Verb } from './world/verb.ts';

const HELP = `
A profile is a file of its own, PROFILES/NAME.yaml, for its owner only; PROFILES is anax/profiles in $XDG_CONFIG_HOME, or in
~/.config. Its keys are the long names of the options of a connection, and it may be written by hand:

  hostname: broker.example
  protocol: mqtts
  username: admin
  password-env: BROKER_PASSWORD

Options of a call come before those of the profile, one by one. An address on the call stands for all that says where, and with a
user name in it also for who.

Examples:
  $ anax profile add home mqtts://broker.example -u admin --password-file ~/.secrets/broker
  $ anax profile add lab -h 10.0.0.7 -V 3.1.1 -u me --password-prompt
  $ anax sub --profile home -t 'home/#'
  $ anax profile list

Exit codes: 0 done, 1 a profile of the list cannot be read, 2 wrong usage, or a profile that is wrong or not there.`;

const ADD_HELP = `
The options are checked as if a connection was made with them. A password is stored only with --store-password, in clear text;
without it say where it is: --password-file, --password-env, or --password-prompt to type it each time.`;

export function profileCommand(edgesOf: () => Edges = processEdges): Command {
  return new Command('profile')
    .description('save options of a connection under a name, for --profile')
    .addCommand(addCommand(newVerb('profile add', edgesOf)))
    .addCommand(listCommand(newVerb('profile list', edgesOf)))
    .addCommand(showCommand(newVerb('profile show', edgesOf)))
    .addCommand(removeCommand(newVerb('profile remove', edgesOf)))
    .addHelpText('after', HELP);
}

interface AddFlags extends ConnectFlags {
  readonly replace?: true;
  readonly storePassword?: true;
}

/** As typed, by the key of the profile. */
type Typed = Map<string, string | string[]>;

function addCommand(verb: Verb): Command {
  const command = verb.command
    .description('save the options that are given')
    .argument('<name>', 'letters, digits, and . _ - behind the first one')
    .argument('[address]', 'mqtt://user@host:port instead of options')
    .optionsGroup('The profile:')
    .option('--replace', 'instead of one that is there')
    .option('--store-password', 'store the password that is given, in clear text');
  const own = new Set(command.options);
  addConnectionOptions(command, 'connUserProperties').addHelpText('after', ADD_HELP);
  const typed: Typed = new Map();
  for (const option of command.options) {
    if (own.has(option)) continue;
    command.on(`option:${option.name()}`, (text?: string | null) => {
      const key = ALIASES.get(option.name()) ?? keyOf(option);
      if (option.variadic) typed.set(key, [...(typed.get(key) ?? []), String(text)]);
      else typed.set(key, text ?? String(!option.negate && option.name() !== 'disable-clean-session'));
    });
  }
  return command.action((name: string, address: string | undefined, flags: AddFlags) =>
    perform(verb, (edges) => add(name, address, flags, typed, edges)),
  );
}

/** What is hidden from help, by what stands there instead. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ['host', 'hostname'],
  ['ca', 'cafile'],
  ['id', 'client-id'],
  ['pw', 'password'],
  ['will-payload', 'will-message'],
  ['disable-clean-session', 'clean'],
]);

async function add(
  name: string,
  address: string | undefined,
  flags: AddFlags,
  typed: Typed,
  edges: Edges,
): Promise<ExitCode> {
  const file = profileFile(name, edges);
  connectingOf(address, flags, 'connUserProperties');
  const fields: ProfileFields = {
    ...(address === undefined ? {} : placeOf(address, flags)),
    ...Object.fromEntries(typed),
  };
  if (fields['password'] !== undefined && !flags.storePassword) {
    const instead = '--password-file, --password-env or --password-prompt';
    throw new UsageError(`a password is stored only with --store-password; else say where it is: ${instead}`);
  }
  if (fields['authentication-data'] !== undefined && !flags.storePassword)
    throw new UsageError('--authentication-data, too, is stored only with --store-password');
  if (!flags.replace && (await profileNames(edges)).includes(name)) {
    throw new UsageError(`there is a profile ${name} already: --replace replaces it`);
  }
  try {
    await writeProfile(name, fields, edges);
  } catch (error) {
    throw new UsageError(`${file} cannot be written: ${error instanceof Error ? error.message : error}`);
  }
  await edges.write(`${printable(file)}\n`);
  return EXIT.good;
}

/** An address in its parts, so that each of them can be another one on a call; that of a socket has none. */
function placeOf(address: string, flags: AddFlags): ProfileFields {
  const { target, userName, password } = targetOf(address, flags);
  const who = {
    ...(userName === undefined || flags.username !== undefined ? {} : { username: userName }),
    ...(password === undefined ? {} : { password }),
  };
  if (isUnix(target)) return { address: address.replace(/\/\/[^/@]*@/, '//'), ...who };
  return { ...partsOf(target), ...who };
}

function partsOf(target: HostTarget): ProfileFields {
  const { protocol, host, port } = target;
  return {
    hostname: host,
    port: String(port),
    ...(protocol === undefined ? {} : { protocol }),
    ...('path' in target ? { path: target.path } : {}),
  };
}

function listCommand(verb: Verb): Command {
  return verb.command
    .description('tell which profiles there are')
    .option('--json', 'one line of JSON for each')
    .action((flags: { readonly json?: true }) => perform(verb, (edges) => list(flags.json === true, edges)));
}

async function list(json: boolean, edges: Edges): Promise<ExitCode> {
  const names = await profileNames(edges);
  const columns = Math.max(0, ...names.map((name) => name.length));
  let code: ExitCode = EXIT.good;
  for (const name of names) {
    try {
      const fields = await fieldsOf(name, edges);
      const line = json ? printableJson({ name, ...fields }) : `${padded(name, columns)}  ${inShort(fields)}`;
      await edges.write(`${line}\n`);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      complain('profile list', error.message.split('\n'), edges);
      code = EXIT.failed;
    }
  }
  if (names.length === 0) complain('profile list', `there is none in ${profilesFolder(edges)}`, edges);
  return code;
}

/** Where, and who. */
function inShort(fields: ProfileFields): string {
  const { address, protocol = 'mqtt', hostname = 'localhost', port, path = '', username } = fields;
  const place = address ?? `${protocol}://${hostname}${port === undefined ? '' : `:${port}`}${path}`;
  return printable(username === undefined ? String(place) : `${place}  ${username}`);
}

function showCommand(verb: Verb): Command {
  return verb.command
    .description('tell what a profile holds; a password that is stored is not shown')
    .argument('<name>', 'of the profile')
    .option('--json', 'one line of JSON')
    .action((name: string, flags: { readonly json?: true }) =>
      perform(verb, (edges) => show(name, flags.json === true, edges)),
    );
}

async function show(name: string, json: boolean, edges: Edges): Promise<ExitCode> {
  const fields = await fieldsOf(name, edges);
  if (json) await edges.write(`${printableJson({ name, ...fields })}\n`);
  else {
    const lines = Object.entries(fields).map(([key, value]) => `${key}: ${textOf(value)}\n`);
    await edges.write(`# ${printable(profileFile(name, edges))}\n${lines.join('')}`);
  }
  return EXIT.good;
}

function textOf(value: string | readonly string[]): string {
  return typeof value === 'string' ? printable(value) : printableJson(value);
}

const SECRETS = ['password', 'authentication-data'];

async function fieldsOf(name: string, edges: Edges): Promise<ProfileFields> {
  const fields = profileSchema().fields(await profileText(name, edges), profileFile(name, edges));
  const shown = Object.entries(fields).map(([key, value]) => [
    key,
    SECRETS.includes(key) ? '(stored)' : value,
  ]);
  return Object.fromEntries(shown);
}

function removeCommand(verb: Verb): Command {
  return verb.command
    .description('remove a profile')
    .argument('<name>', 'of the profile')
    .action((name: string) =>
      perform(verb, async ({ folders, ...edges }) => {
        if (await folders.removeFile(profileFile(name, edges))) return EXIT.good;
        throw new UsageError(`there is no profile ${name}`);
      }),
    );
}
