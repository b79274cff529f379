// `anax bench pub`: clients that publish. Owns the verb: what it tells meanwhile and in the end.

import type { Command } from 'commander';
import { atAddress } from '../connection/prepare.ts';
import type { Edges, ExitCode } from '../world/edges.ts';
import { grouped } from '../world/progress.ts';
import { newVerb } from '../world/verb.ts';
import {
  addClients,
  addEnding,
  addLoad,
  addMessages,
  connectingAll,
  type LoadFlags,
  PATTERN_HELP,
  rateOf,
  requireTopicPattern,
  windowOf,
} from './flags.ts';
import { Load, type LoadPlan } from './load.ts';
import { expanded } from './pattern.ts';
import { endOf, publishedFacts, RUN_MS, sendAll, withFleet } from './run.ts';

const NAME = 'bench pub';

const HELP = `
Each payload says who published it, its number and when, so that \`anax bench sub\`, in another process on this machine, tells
how old it is and what is missing. The last message of each client says that it is the last one; where the time ends a run, it is
one more.

With a rate the schedule does not wait for the broker: a message that had to wait, because --window is full, counts from the
moment at which it was due. That this program was late itself is told apart (pace).
${PATTERN_HELP}

Examples:
  $ anax bench pub                                            as fast as it goes, for 10 seconds
  $ anax bench pub --clients 100 --rate 20000 --for 1m -q 1
  $ anax bench pub --clients 1000 --rate-per-client 0.2 -t 'sensors/%i/temperature' --for 10m
  $ anax bench pub --count 1000000 --size 256 --json

Exit codes: 0 all sent and (QoS 1 and 2) acknowledged, 1 a client could not connect or was lost, a message was refused or not
acknowledged, 2 wrong usage.`;

/** The verb for the program `anax`. */
export function benchPubCommand(edgesOf: () => Edges): Command {
  const verb = newVerb(NAME, edgesOf);
  const command = addClients(verb.command, 'other').description('publish').optionsGroup('The messages:');
  addMessages(command, 'bench/%i', 'where each client publishes');
  addLoad(command, 'messages of each client that may be unacknowledged, at QoS 0 unwritten', 100);
  addEnding(verb, 'end after this: 90s, 5m (default: 10s, without --count)');
  return atAddress(verb, HELP, run);
}

async function run(address: string | undefined, flags: LoadFlags, edges: Edges): Promise<ExitCode> {
  const connecting = connectingAll(address, flags);
  requireTopicPattern(flags.topic);
  const { topic, topics, qos, retain = false, size, count = Number.POSITIVE_INFINITY } = flags;
  const rate = rateOf(flags);
  const window = windowOf(flags);
  let load: Load | undefined;
  const parts = { name: NAME, connecting, flags, topics, edges };
  return withFleet({ ...parts, lost: ({ client }) => load?.leave(client) }, async (bench) => {
    const { fleet, live } = bench;
    const plan: LoadPlan = {
      run: fleet.run,
      qos,
      retain,
      size,
      rate,
      window,
      count,
      windowOf: 'acknowledged',
    };
    const sending = new Load(fleet.members, ({ place }) => expanded(topic, place), plan, edges.clock);
    load = sending;
    live.tell((perSecond) => {
      const state = `${grouped(sending.sent)} published, ${perSecond('sent', sending.sent)}`;
      const waiting = sending.underWay > 0 ? `, ${grouped(sending.underWay)} under way` : '';
      return `${state}${waiting}${sending.refused > 0 ? `, ${grouped(sending.refused)} refused` : ''}`;
    });
    const { over, done } = endOf(bench, flags, RUN_MS, () => sending.restart());
    await sendAll(sending, over, bench);
    done();
    return { published: publishedFacts(sending, plan, topic), problems: sending.reasons.lines };
  });
}
