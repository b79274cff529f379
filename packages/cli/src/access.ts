// `anax access`: questions to the rules of a broker. Owns the list of its verbs; each has a file in access/.

import { Command } from 'commander';
import { accessCheckCommand } from './access/check.ts';
import type { Edges } from './world/edges.ts';
import { processEdges } from './world/process.ts';

export function accessCommand(edgesOf: () => Edges = processEdges): Command {
  return new Command('access')
    .description('ask the rules of a configuration who may do what, and why')
    .enablePositionalOptions()
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
    .addCommand(accessCheckCommand(edgesOf));
}
