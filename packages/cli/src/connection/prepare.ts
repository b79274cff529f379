// The options of a connection as a verb has them: those of the call, then those of its profile, then the password where it
// is asked for elsewhere; all of it before the verb runs.

import type { Command } from 'commander';
import { type Edges, EXIT, type ExitCode, UsageError } from '../world/edges.ts';
import { complain, perform, type Verb } from '../world/verb.ts';
import { addConnectionOptions, type ConnectFlags, type ConnectUserProperties } from './flags.ts';
import { passwordOf } from './password.ts';
import { applyProfile, profileFile, profileSchema, profileText } from './profile.ts';

/** To the verb's command, which is returned. `-h` is the host's, as in the other programs: help is `--help` only. */
export function addConnectOptions(verb: Verb, userProperties: ConnectUserProperties): Command {
  const { command } = verb;
  return addConnectionOptions(command, userProperties)
    .optionsGroup('Where, and who:')
    .option('--profile <name>', 'options that `anax profile add` has saved; those of the call come first')
    .hook('preAction', () => prepare(verb, userProperties));
}

/** The help of a verb that is called with an address, and what it does. */
export function atAddress<Flags>(
  verb: Verb,
  help: string,
  run: (address: string | undefined, flags: Flags, edges: Edges) => Promise<ExitCode>,
): Command {
  return verb.command
    .addHelpText('after', help)
    .action((address: string | undefined, flags: Flags) =>
      perform(verb, (edges) => run(address, flags, edges)),
    );
}

async function prepare({ name, command, edges }: Verb, userProperties: ConnectUserProperties): Promise<void> {
  const world = edges();
  const { profile } = command.opts<ConnectFlags>();
  try {
    if (profile !== undefined) {
      const text = await profileText(profile, world);
      applyProfile(profileSchema().read(text, profileFile(profile, world)), command, userProperties);
    }
    const password = await passwordOf(command.opts<ConnectFlags>(), world);
    if (password !== undefined) command.setOptionValueWithSource('password', password, 'config');
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    complain(name, error.message.split('\n'), world);
    world.leave(EXIT.usage);
  }
}
