// `anax config init`: a configuration file to begin with. Owns the verb and where the file goes.

import { configTemplate } from '@anax/broker';
import type { Command } from 'commander';
import { type Edges, EXIT } from '../world/edges.ts';
import { processEdges } from '../world/process.ts';
import { newVerb, perform } from '../world/verb.ts';
import { createFile } from './create.ts';

const HELP = `
Every key of the configuration with its meaning and its default, commented out but for the listener and the log. The broker
does with the file what it does without. A file that is there is not replaced; a new one is for its owner only, as it may
hold passwords.

Examples:
  $ anax config init
  $ anax config init --output - | less

Exit codes: 0 done, 2 not done.`;

export function configInitCommand(edgesOf: () => Edges = processEdges): Command {
  const verb = newVerb('config init', edgesOf);
  return verb.command
    .description('write a commented configuration file with every key and its default')
    .option('-o, --output <file>', 'the file; - is standard output', 'anax.yaml')
    .addHelpText('after', HELP)
    .action(({ output }: { readonly output: string }) =>
      perform(verb, async (edges) => {
        if (output === '-') await edges.write(configTemplate());
        else await createFile(output, configTemplate(), edges);
        return EXIT.good;
      }),
    );
}
