// `anax bench conn`: opens connections and holds them. Owns the verb: when it ends and what it tells meanwhile.

import type { Command } from 'commander';
import { atAddress } from '../connection/prepare.ts';
import type { Edges, ExitCode } from '../world/edges.ts';
import { grouped } from '../world/progress.ts';
import { newVerb } from '../world/verb.ts';
import { addClients, addEnding, type BenchFlags, connectingAll, PATTERN_HELP } from './flags.ts';
import { type Bench, withFleet } from './run.ts';

const NAME = 'bench conn';

const HELP = `
The first client connects before the others: where it cannot, nothing is measured. What is told as connect is the time from the
attempt, with the look-up of the name and TLS, to CONNACK.
${PATTERN_HELP}

Examples:
  $ anax bench conn --clients 1000
  $ anax bench conn --clients 10000 --connect-rate 500 --for 5m --keepalive 30
  $ anax bench conn mqtts://broker.example --clients 200 --username user%i --password secret --json

Exit codes: 0 all connected and none was lost, 1 some were not, or it could not begin, 2 wrong usage.`;

/** The verb for the program `anax`. */
export function benchConnCommand(edgesOf: () => Edges): Command {
  const verb = newVerb(NAME, edgesOf);
  addClients(verb.command, 'conn').description('open connections, and hold them');
  addEnding(verb, 'hold the connections so long: 90s, 5m (default: not at all)');
  return atAddress(verb, HELP, run);
}

async function run(address: string | undefined, flags: BenchFlags, edges: Edges): Promise<ExitCode> {
  const connecting = connectingAll(address, flags);
  return withFleet({ name: NAME, connecting, flags, topics: 1, edges }, async (bench) => {
    if (flags.for !== undefined) await hold(bench, flags.for);
    return {};
  });
}

async function hold({ fleet, live, edges, stopped }: Bench, forMs: number): Promise<void> {
  live.tell(() => {
    const { members, lost } = fleet;
    return `${grouped(members.length - lost)} connections held, ${grouped(lost)} lost`;
  });
  await edges.clock.wait(forMs, stopped);
}
