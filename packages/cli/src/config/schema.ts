// `anax config schema`: the configuration as JSON Schema. Owns the verb.

import { configJsonSchema } from '@anax/broker';
import type { Command } from 'commander';
import { type Edges, EXIT } from '../world/edges.ts';
import { processEdges } from '../world/process.ts';
import { newVerb, perform } from '../world/verb.ts';

const HELP = `
With it an editor completes and checks the keys, and says what each means. For those that use the YAML language server, such as
VS Code with its YAML extension, the first line of the configuration names it:

  # yaml-language-server: $schema=anax.schema.json

Examples:
  $ anax config schema > anax.schema.json

Exit codes: 0 done, 2 wrong call.`;

export function configSchemaCommand(edgesOf: () => Edges = processEdges): Command {
  const verb = newVerb('config schema', edgesOf);
  return verb.command
    .description('print the JSON Schema of the configuration, for editors')
    .addHelpText('after', HELP)
    .action(() =>
      perform(verb, async (edges) => {
        await edges.write(`${JSON.stringify(configJsonSchema(), null, 2)}\n`);
        return EXIT.good;
      }),
    );
}
