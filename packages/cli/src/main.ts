// The command `anax`: which verbs there are. What each does is in the file of its name.

import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { accessCommand } from './access.ts';
import { benchCommand } from './bench.ts';
import { brokerCommand } from './broker.ts';
import { configCommand } from './config.ts';
import { conformCommand } from './conform.ts';
import { connCommand } from './conn.ts';
import { inspectCommand } from './inspect.ts';
import { passwdCommand } from './passwd.ts';
import { profileCommand } from './profile.ts';
import { pubCommand } from './pub.ts';
import { recordCommand } from './record.ts';
import { replayCommand } from './replay.ts';
import { rrCommand } from './rr.ts';
import { simulateCommand } from './simulate.ts';
import { storeCommand } from './store.ts';
import { subCommand } from './sub.ts';
import { watchCommand } from './watch.ts';

const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const { version } = manifest as { readonly version: string };

const program = new Command('anax')
  .description('MQTT 3.1, 3.1.1 and 5.0: a broker, clients, every byte explained, and an audit of any broker')
  .version(version)
  // Behind a verb all options are the verb's: -V is the MQTT version there.
  .enablePositionalOptions()
  .showHelpAfterError('(anax --help lists the verbs)')
  .addCommand(brokerCommand(version))
  .addCommand(configCommand())
  .addCommand(connCommand())
  .addCommand(pubCommand())
  .addCommand(subCommand())
  .addCommand(watchCommand())
  .addCommand(rrCommand())
  .addCommand(recordCommand())
  .addCommand(replayCommand())
  .addCommand(profileCommand())
  .addCommand(inspectCommand())
  .addCommand(conformCommand())
  .addCommand(benchCommand())
  .addCommand(simulateCommand())
  .addCommand(storeCommand())
  .addCommand(passwdCommand())
  .addCommand(accessCommand())
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));

await program.parseAsync();
