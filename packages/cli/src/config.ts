// `anax config`: the configuration of a broker, begun and described. Owns the list of its verbs; each has a file in config/.

import { Command } from 'commander';
import { configImportCommand } from './config/import.ts';
import { configInitCommand } from './config/init.ts';
import { configSchemaCommand } from './config/schema.ts';
import type { Edges } from './world/edges.ts';
import { processEdges } from './world/process.ts';

export function configCommand(edgesOf: () => Edges = processEdges): Command {
  return new Command('config')
    .description(
      'write a configuration of `anax broker`, translate that of mosquitto, describe it to editors',
    )
    .enablePositionalOptions()
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
    .addCommand(configInitCommand(edgesOf))
    .addCommand(configImportCommand(edgesOf))
    .addCommand(configSchemaCommand(edgesOf));
}
