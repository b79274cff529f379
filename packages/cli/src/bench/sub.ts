// `anax bench sub`: clients that subscribe, and check what `anax bench pub` publishes. Owns the verb: when it ends, what it
// tells meanwhile and in the end.

import { MqttError, parseSharedFilter } from '@anax/protocol';
import type { Command } from 'commander';
import { isConnectionFailure, saidOf } from '../connection/failures.ts';
import { atAddress } from '../connection/prepare.ts';
import { toDuration } from '../connection/values.ts';
import type { Edges, ExitCode } from '../world/edges.ts';
import { grouped } from '../world/progress.ts';
import { newVerb } from '../world/verb.ts';
import {
  addChecks,
  addClients,
  addEnding,
  addMessages,
  type CheckedFlags,
  connectingAll,
  type MessageFlags,
  PATTERN_HELP,
  requireFilterPattern,
} from './flags.ts';
import type { Member } from './fleet.ts';
import { expanded } from './pattern.ts';
import { Reasons } from './reasons.ts';
import { Receipts } from './receipts.ts';
import type { Findings } from './report.ts';
import { type Bench, endOf, receivedFacts, withFleet } from './run.ts';

const NAME = 'bench sub';
/** How often it is looked whether it is over. */
const LOOK_MS = 50;
/** With --once: nothing has come for so long since the last publisher ended. */
const QUIET_MS = 1000;

interface Flags extends MessageFlags, CheckedFlags {
  readonly once?: true;
  readonly idle?: number;
}

const HELP = `
It tells how old the messages of \`anax bench pub\` are: both programs have to be on one machine, or their clocks to agree. Of each
publisher it checks by the numbers of its messages, for each client that subscribes, what is missing between the first and the last
one that came, what came twice and what out of order. A message that is older than the first is not missed; that none is missing
behind the last is known only where the last one came, which each publisher marks.

Clients of one shared subscription ('$share/group/bench/#') are checked together, and not for order.
${PATTERN_HELP}

Examples:
  $ anax bench sub --once                                     until all publishers have ended
  $ anax bench sub --clients 100 -t 'bench/%i' -q 1 --for 1m --json
  $ anax bench sub --clients 4 -t '$share/workers/bench/#' --idle 5s
  $ anax bench sub --tolerate lost --count 100000

Exit codes: 0 ended as asked with nothing lost, duplicated or out of order, 1 something was, a client could not connect or
subscribe or was lost, or fewer than --count came, 2 wrong usage.`;

/** The verb for the program `anax`. */
export function benchSubCommand(edgesOf: () => Edges): Command {
  const verb = newVerb(NAME, edgesOf);
  const command = addClients(verb.command, 'other')
    .description('subscribe, and check what comes')
    .optionsGroup('The messages:');
  addMessages(command, 'bench/#', 'filter of each client');
  addChecks(command)
    .option('--once', 'end when every publisher that was heard of has sent its last message')
    .option('--idle <time>', 'end when nothing has come for so long, after the first', toDuration);
  addEnding(verb, 'end after this: 90s, 5m');
  return atAddress(verb, HELP, run);
}

async function run(address: string | undefined, flags: Flags, edges: Edges): Promise<ExitCode> {
  const connecting = connectingAll(address, flags);
  requireFilterPattern(flags.topic, connecting);
  const parts = { name: NAME, connecting, flags, topics: flags.topics, edges };
  return withFleet(parts, (bench) => new Listening(bench, flags).findings());
}

class Listening {
  readonly #bench: Bench;
  readonly #flags: Flags;
  readonly #receipts: Receipts;
  /** Why a client gets nothing, or less. */
  readonly #reasons = new Reasons();
  #granted = 0;
  #lastAt = 0;
  #enough: () => void = () => {};

  constructor(bench: Bench, flags: Flags) {
    this.#bench = bench;
    this.#flags = flags;
    // In 3.1.1, too, many servers share subscriptions of this form.
    const shared = parseSharedFilter(flags.topic)?.shareName !== undefined;
    this.#receipts = new Receipts(bench.edges.clock, { shared, fromBegin: false });
  }

  async findings(): Promise<Findings> {
    const { fleet, live } = this.#bench;
    const receipts = this.#receipts;
    live.tell((perSecond) => {
      const { received } = receipts;
      return `${grouped(received)} received, ${perSecond('received', received)}`;
    });
    const { over, done } = endOf(this.#bench, this.#flags, Number.POSITIVE_INFINITY, () =>
      receipts.restart(),
    );
    this.#enough = done;
    await Promise.all(fleet.members.map((member) => this.#subscribe(member)));
    await this.#listen(over);
    done();
    const problems = this.#reasons.lines;
    const tooFew = this.#tooFew();
    if (tooFew !== undefined) problems.push(tooFew);
    return { received: receivedFacts(receipts, this.#flags), sequence: receipts.facts, problems };
  }

  async #subscribe({ client, place }: Member): Promise<void> {
    const { topic, qos, count = Number.POSITIVE_INFINITY } = this.#flags;
    const receipts = this.#receipts;
    const { clock } = this.#bench.edges;
    const subscription = client.subscribe(expanded(topic, place), {
      qos,
      onMessage: (message) => {
        if (receipts.received >= count) return;
        receipts.add(message, place.index);
        this.#lastAt = clock.now();
        if (receipts.received >= count) this.#enough();
      },
    });
    try {
      const { filters } = await subscription.granted;
      const reasonCode = filters[0]?.reasonCode ?? 0x80;
      if (reasonCode >= 0x80)
        this.#reasons.add(`the broker refused the subscription: 0x${reasonCode.toString(16)}`);
      else this.#granted += 1;
      if (reasonCode < qos) this.#reasons.add(`the broker granted QoS ${reasonCode} only`);
    } catch (error) {
      if (!(error instanceof MqttError)) throw error;
      // The end of a connection is told by the fleet.
      if (!isConnectionFailure(error)) this.#reasons.add(saidOf(error));
    }
  }

  async #listen(over: AbortSignal): Promise<void> {
    const { edges, fleet } = this.#bench;
    while (!over.aborted && this.#granted > 0 && fleet.lost < fleet.members.length && !this.#isQuiet()) {
      await edges.clock.wait(LOOK_MS, over);
    }
  }

  #isQuiet(): boolean {
    const { idle = Number.POSITIVE_INFINITY, once } = this.#flags;
    const { received, allEnded } = this.#receipts;
    const quietMs = this.#bench.edges.clock.now() - this.#lastAt;
    return (received > 0 && quietMs >= idle) || (once === true && allEnded && quietMs >= QUIET_MS);
  }

  #tooFew(): string | undefined {
    const { count } = this.#flags;
    const { received } = this.#receipts;
    if (count === undefined || received >= count || this.#bench.stopped.aborted) return undefined;
    return `${grouped(received)} of ${grouped(count)} messages came`;
  }
}
