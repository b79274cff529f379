// `anax bench`: how many connections and messages a broker takes, how fast, and whether all of them arrive. Owns the list of its
// verbs; each has a file in bench/.

import { Command } from 'commander';
import { benchConnCommand } from './bench/conn.ts';
import { benchPubCommand } from './bench/pub.ts';
import { benchRttCommand } from './bench/rtt.ts';
import { benchSubCommand } from './bench/sub.ts';
import type { Edges } from './world/edges.ts';
import { processEdges } from './world/process.ts';

export function benchCommand(edgesOf: () => Edges = processEdges): Command {
  return new Command('bench')
    .description('measure a broker: connections, messages, latencies, and what is lost')
    .enablePositionalOptions()
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
    .addCommand(benchConnCommand(edgesOf))
    .addCommand(benchPubCommand(edgesOf))
    .addCommand(benchSubCommand(edgesOf))
    .addCommand(benchRttCommand(edgesOf));
}
