// `anax store`: what a broker has stored, looked at and checked. Owns the list of its verbs; each has a file in store/.

import { Command } from 'commander';
import { storeCheckCommand } from './store/check.ts';
import { storeExportCommand } from './store/export.ts';
import { storeImportCommand } from './store/import.ts';
import { storeStatCommand } from './store/stat.ts';
import type { Edges } from './world/edges.ts';
import { processEdges } from './world/process.ts';

export function storeCommand(edgesOf: () => Edges = processEdges): Command {
  return new Command('store')
    .description('look inside what a broker has stored, check it, back it up, move it')
    .enablePositionalOptions()
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
    .addCommand(storeStatCommand(edgesOf))
    .addCommand(storeCheckCommand(edgesOf))
    .addCommand(storeExportCommand(edgesOf))
    .addCommand(storeImportCommand(edgesOf));
}
