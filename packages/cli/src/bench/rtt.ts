// `anax bench rtt`: clients that publish to themselves: the way through the broker and back. Owns the verb: what is under way,
// what it tells meanwhile and in the end.

import { MqttError } from '@anax/protocol';
import type { Command } from 'commander';
import { isConnectionFailure, saidOf } from '../connection/failures.ts';
import { atAddress } from '../connection/prepare.ts';
import { toDuration } from '../connection/values.ts';
import { type Edges, type ExitCode, UsageError } from '../world/edges.ts';
import { grouped } from '../world/progress.ts';
import { newVerb } from '../world/verb.ts';
import {
  addChecks,
  addClients,
  addEnding,
  addLoad,
  addMessages,
  type CheckedFlags,
  connectingAll,
  type LoadFlags,
  PATTERN_HELP,
  rateOf,
  requireTopicPattern,
  windowOf,
} from './flags.ts';
import type { Member } from './fleet.ts';
import { type Lane, Load, type LoadPlan } from './load.ts';
import { differs, expanded } from './pattern.ts';
import { Receipts } from './receipts.ts';
import type { Findings } from './report.ts';
import { type Bench, endOf, publishedFacts, RUN_MS, receivedFacts, sendAll, withFleet } from './run.ts';

const NAME = 'bench rtt';
/** How often it is looked for messages that do not come back. */
const LOOK_MS = 100;
const GIVE_UP_MS = 10_000;

interface Flags extends LoadFlags, CheckedFlags {
  readonly giveUp: number;
}

const HELP = `
Each client subscribes to its topic and publishes to it, on one connection. The next message leaves when one is back: with --window
1 one after the other, as ping does. What is told as latency is the time from PUBLISH until the message is back. With a rate
the schedule does not wait: a message that had to counts from the moment at which it was due.

All messages are known here, so whatever does not come back within --give-up of the last sign of life of its client is lost.
${PATTERN_HELP}

Examples:
  $ anax bench rtt                                            one client, one message at a time, for 10 seconds
  $ anax bench rtt --clients 50 --window 10 -q 1 --for 30s
  $ anax bench rtt --clients 100 --rate 5000 --for 1m --json

Exit codes: 0 all came back, once and in order, 1 some did not, or a client could not connect or subscribe or was lost, 2 wrong
usage.`;

/** The verb for the program `anax`. */
export function benchRttCommand(edgesOf: () => Edges): Command {
  const verb = newVerb(NAME, edgesOf);
  const command = addClients(verb.command, 'other')
    .description('publish and get it back: round trips')
    .optionsGroup('The messages:');
  addMessages(command, 'bench/rtt/%c', 'where each client publishes and subscribes');
  addLoad(command, 'messages of each client that may be on their way', 1);
  addChecks(command).option(
    '--give-up <time>',
    'a message that is not back so long is lost',
    toDuration,
    GIVE_UP_MS,
  );
  addEnding(verb, 'end after this: 90s, 5m (default: 10s, without --count)');
  return atAddress(verb, HELP, run);
}

async function run(address: string | undefined, flags: Flags, edges: Edges): Promise<ExitCode> {
  const connecting = connectingAll(address, flags);
  requireTopicPattern(flags.topic);
  if (flags.clients > 1 && !differs(flags.topic)) {
    throw new UsageError(
      '--topic has to have %i or %c in it, so that each client gets its own messages only',
    );
  }
  const rate = rateOf(flags);
  let trips: RoundTrips | undefined;
  const parts = { name: NAME, connecting, flags, topics: flags.topics, edges };
  return withFleet({ ...parts, lost: (member) => trips?.leave(member) }, (bench) => {
    trips = new RoundTrips(bench, flags, rate);
    return trips.findings();
  });
}

class RoundTrips {
  readonly #bench: Bench;
  readonly #flags: Flags;
  readonly #plan: LoadPlan;
  readonly #receipts: Receipts;
  readonly #load: Load;
  readonly #lanes: ReadonlyMap<number, Lane>;
  /** When each client last got one back; by its number. */
  readonly #heardAt = new Map<number, number>();
  readonly #problems: string[] = [];

  constructor(bench: Bench, flags: Flags, rate: number) {
    const { fleet, edges } = bench;
    const { qos, retain = false, size, count = Number.POSITIVE_INFINITY, topic } = flags;
    this.#bench = bench;
    this.#flags = flags;
    const window = windowOf(flags);
    this.#plan = { run: fleet.run, qos, retain, size, rate, window, count, windowOf: 'returned' };
    this.#receipts = new Receipts(edges.clock, { shared: false, fromBegin: true });
    this.#load = new Load(fleet.members, ({ place }) => expanded(topic, place), this.#plan, edges.clock);
    this.#lanes = new Map(this.#load.lanes.map((lane) => [lane.publisher, lane]));
  }

  leave({ client }: Member): void {
    this.#load.leave(client);
  }

  async findings(): Promise<Findings> {
    const { fleet, live } = this.#bench;
    const [load, receipts] = [this.#load, this.#receipts];
    live.tell((perSecond) => {
      const { received } = receipts;
      return `${grouped(received)} round trips, ${perSecond('trips', received)}, ${grouped(this.#out())} under way`;
    });
    await Promise.all(fleet.members.map((member) => this.#subscribe(member)));
    const { over, done } = endOf(this.#bench, this.#flags, RUN_MS, () => {
      load.restart();
      receipts.restart();
    });
    const gone = new AbortController();
    const watching = this.#watch(gone.signal);
    await sendAll(load, over, this.#bench);
    await this.#comeBack();
    gone.abort();
    done();
    await watching;
    for (const { publisher, sent } of load.lanes) receipts.sent(fleet.run, publisher, publisher, sent);
    const { topic } = this.#flags;
    return {
      published: publishedFacts(load, this.#plan, topic),
      received: receivedFacts(receipts, this.#flags),
      sequence: receipts.facts,
      problems: [...this.#problems, ...load.reasons.lines],
    };
  }

  async #subscribe({ client, place }: Member): Promise<void> {
    const { topic, qos } = this.#flags;
    const lane = this.#lanes.get(place.index);
    const { clock } = this.#bench.edges;
    const { run } = this.#plan;
    const subscription = client.subscribe(expanded(topic, place), {
      qos,
      onMessage: (message) => {
        const stamp = this.#receipts.add(message, place.index);
        if (stamp?.run !== run || stamp.publisher !== place.index || lane === undefined) return;
        this.#heardAt.set(place.index, clock.now());
        this.#load.returned(lane, 1);
      },
    });
    try {
      const { filters } = await subscription.granted;
      const reasonCode = filters[0]?.reasonCode ?? 0x80;
      if (reasonCode >= 0x80) throw new MqttError('subscription-refused', `0x${reasonCode.toString(16)}`);
    } catch (error) {
      if (!(error instanceof MqttError)) throw error;
      if (lane !== undefined) lane.over = true;
      if (!isConnectionFailure(error))
        this.#problems.push(`client ${place.index} may not subscribe: ${saidOf(error)}`);
    }
  }

  /** Messages that are on their way, as far as is known. */
  #out(): number {
    return this.#load.lanes.reduce((sum, { inWindow }) => sum + inWindow, 0);
  }

  /** What has not come back for too long makes room in the window: it is lost. */
  async #watch(gone: AbortSignal): Promise<void> {
    const { clock } = this.#bench.edges;
    const since = new Map<Lane, number>();
    for (;;) {
      await clock.wait(LOOK_MS, gone);
      if (gone.aborted) return;
      const now = clock.now();
      for (const lane of this.#load.lanes) {
        const heardAt = this.#heardAt.get(lane.publisher) ?? 0;
        const quietSince = Math.max(heardAt, since.get(lane) ?? now);
        if (lane.inWindow > 0 && now - quietSince < this.#flags.giveUp) {
          since.set(lane, quietSince);
          continue;
        }
        since.set(lane, now);
        if (lane.inWindow > 0) this.#load.returned(lane, lane.inWindow);
      }
    }
  }

  /** All that is on its way, or given up. */
  async #comeBack(): Promise<void> {
    const { edges, stopped } = this.#bench;
    const patience = new AbortController();
    void edges.clock
      .wait(stopped.aborted ? 2000 : this.#flags.giveUp, patience.signal)
      .then(() => patience.abort());
    while (this.#load.lanes.some(({ inWindow, client }) => inWindow > 0 && client.connected)) {
      if (patience.signal.aborted) break;
      await edges.clock.wait(1, patience.signal);
    }
    patience.abort();
  }
}
