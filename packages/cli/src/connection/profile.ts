// Saved profiles: options of a connection under a name, one file for each in the user's folder of configuration. Owns where
// they are, reading and writing them, and what they mean beside the options of a call.

import { join } from 'node:path';
import { type Command, Command as Scratch } from 'commander';
import { stringify } from 'yaml';
import { utf8Text } from '../render/index.ts';
import { type Edges, UsageError } from '../world/edges.ts';
import { readAll } from '../world/input.ts';
import { addConnectionOptions, type ConnectFlags, type ConnectUserProperties } from './flags.ts';
import { PASSWORD_FLAGS } from './password.ts';
import { type ProfileFields, ProfileSchema, type ProfileValues } from './profile-schema.ts';

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const FILE_BYTES_MAX = 1024 * 1024;
const EXTENSION = '.yaml';

/** The options that a profile holds, where the name of one is not that of a message's. */
export function profileSchema(): ProfileSchema {
  return new ProfileSchema(addConnectionOptions(new Scratch(), 'connUserProperties').options);
}

/** As the XDG Base Directory Specification has it: what is not absolute is not looked at. */
export function profilesFolder({ env, home }: Pick<Edges, 'env' | 'home'>): string {
  const configured = env('XDG_CONFIG_HOME');
  const base = configured?.startsWith('/') ? configured : join(home, '.config');
  return join(base, 'anax', 'profiles');
}

/** @throws UsageError for what is no name. */
export function profileFile(name: string, edges: Pick<Edges, 'env' | 'home'>): string {
  if (NAME.test(name)) return join(profilesFolder(edges), `${name}${EXTENSION}`);
  const what = 'letters, digits, and . _ - behind the first one, 64 at most';
  throw new UsageError(`${JSON.stringify(name)} is no name of a profile: ${what}`);
}

/** In the order of the alphabet. */
export async function profileNames(edges: Edges): Promise<readonly string[]> {
  const files = await edges.folders.list(profilesFolder(edges));
  const names = files
    .filter((file) => file.endsWith(EXTENSION))
    .map((file) => file.slice(0, -EXTENSION.length));
  return names.filter((name) => NAME.test(name)).sort();
}

/** @throws UsageError where there is none, or it cannot be read */
export async function profileText(name: string, edges: Edges): Promise<string> {
  const file = profileFile(name, edges);
  let bytes: Uint8Array;
  try {
    const { chunks } = await edges.fileToRead(file);
    bytes = await readAll(chunks, FILE_BYTES_MAX, file);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (missing)
      throw new UsageError(
        `there is no profile ${name}: \`anax profile add\` makes one, \`list\` tells which there are`,
      );
    throw new UsageError(`${file} cannot be read: ${error instanceof Error ? error.message : error}`);
  }
  const text = utf8Text(bytes);
  if (text === undefined) throw new UsageError(`${file} is not UTF-8 text`);
  return text;
}

/** It is there as a whole or not at all, and for its owner only. */
export async function writeProfile(name: string, fields: ProfileFields, edges: Edges): Promise<string> {
  const file = profileFile(name, edges);
  await edges.folders.make(profilesFolder(edges));
  const output = await edges.fileToWrite(file);
  try {
    await output.write(stringify(fields, { defaultStringType: 'QUOTE_DOUBLE', defaultKeyType: 'PLAIN' }));
    await output.keep();
  } catch (error) {
    await output.drop();
    throw error;
  }
  return file;
}

/** Names of one thing, by the names of their values: where a call says one of them, the profile says none. */
const TOGETHER: readonly (readonly (keyof ConnectFlags)[])[] = [
  ['hostname', 'host'],
  ['cafile', 'ca'],
  ['clientId', 'id'],
  ['clean', 'disableCleanSession'],
  ['willMessage', 'willPayload', 'willFormat'],
  PASSWORD_FLAGS,
];
const WHERE: readonly (keyof ConnectFlags)[] = ['address', 'hostname', 'host', 'port', 'protocol', 'path'];
const WHO: readonly (keyof ConnectFlags)[] = ['username', ...PASSWORD_FLAGS];

/** The call comes first, option by option; an address stands for all that says where, and with a user name for who. */
export function applyProfile(
  values: ProfileValues,
  command: Command,
  userProperties: ConnectUserProperties,
): void {
  const said = new Set(
    Object.keys(command.opts()).filter((name) => command.getOptionValueSource(name) === 'cli'),
  );
  for (const names of TOGETHER) {
    if (names.some((name) => said.has(name))) for (const name of names) said.add(name);
  }
  const address = addressOf(command);
  if (address !== undefined) for (const name of WHERE) said.add(name);
  if (address?.includes('@')) for (const name of WHO) said.add(name);
  if (said.has('hostname')) said.add('address');
  for (const [name, value] of values) {
    const attribute = name === 'connUserProperties' ? userProperties : name;
    if (!said.has(attribute)) command.setOptionValueWithSource(attribute, value, 'config');
  }
}

function addressOf(command: Command): string | undefined {
  const at = command.registeredArguments.findIndex((argument) => argument.name() === 'address');
  return at < 0 ? undefined : command.args[at];
}
