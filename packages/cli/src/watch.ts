// `anax watch`: the topics that messages come on, as a tree that lives in the terminal, or once as lines.
// Owns the verb: when it draws, what keys do, how it ends, and its exit code.

import type { Client, Message, SubscribeOptions } from '@anax/client';
import { targetText } from '@anax/client';
import type { Dialect, MqttError, QoS } from '@anax/protocol';
import { type Command, Option } from 'commander';
import { type Connecting, connectingOf } from './connection/connect-options.ts';
import { failureLines, saidOf } from './connection/failures.ts';
import type { ConnectFlags } from './connection/flags.ts';
import { withClient } from './connection/open.ts';
import { addConnectOptions, atAddress } from './connection/prepare.ts';
import { RECONNECT } from './connection/reconnecting.ts';
import { isGranted, requireFilters } from './connection/subscribing.ts';
import { explainedAside } from './connection/trace.ts';
import { toDuration, toList, toQos, toWhole } from './connection/values.ts';
import { SHOWN_FORMATS, type ShownFormat } from './payload/index.ts';
import { counted, grouped } from './render/index.ts';
import { LiveView } from './watching/live.ts';
import { snapshotJson, snapshotLines } from './watching/snapshot.ts';
import { TopicTree, TREE_LIMITS } from './watching/tree.ts';
import { type Edges, EXIT, type ExitCode, UsageError } from './world/edges.ts';
import { processEdges } from './world/process.ts';
import { complain, newVerb } from './world/verb.ts';

interface Flags extends ConnectFlags {
  readonly topic?: readonly string[];
  readonly qos: QoS;
  readonly format: ShownFormat;
  readonly topicsMax: number;
  readonly once?: true;
  readonly json?: true;
  readonly for?: number;
}

/** How long `--once` looks. */
const ONCE_MS = 2000;
const TOPICS_MAX_MAX = 1_000_000;

const HELP = `
For each topic, and for what is above it, it shows how many messages came, how many a second (smoothed over some seconds), the QoS and
R for retained, how long ago the last one came, and its payload. The terminal is drawn ten times a second at most, however many
messages come, and nothing in them is obeyed by it. It asks for QoS 2, so that each message has the QoS it was published with.

  up down j k   move              /      filter: topics that have this in them
  left right    fold, unfold      r      by rate, by name
  enter, space  fold or unfold    p      pause: what is shown stands still, what comes is counted
  g G, pages    begin and end     q      quit

With --once it looks for 2 seconds, or --for so long, and prints the tree; with --json a line for each topic.

A connection that is lost is made again. Of more topics than --topics-max, messages are only counted.

Examples:
  $ anax watch
  $ anax watch -h broker.example -t 'fleet/#' --format json
  $ anax watch -t '$SYS/#' --once
  $ anax watch --once --for 10s --json | jq -r 'select(.ratePerSecond > 5) | .topic'

Exit codes: 0 ended as asked, 1 refused (every filter), not reached or ended by the broker, 2 wrong usage.`;

/** The verb for the program `anax`. */
export function watchCommand(edgesOf: () => Edges = processEdges): Command {
  const verb = newVerb('watch', edgesOf);
  verb.command
    .description('a live tree of topics with their last values and rates')
    .argument('[address]', 'mqtt://user:password@host:port instead of options')
    .optionsGroup('What is watched:')
    .option('-t, --topic <filter>', 'topic filter; may be repeated (default: #)', toList)
    .option('-q, --qos <qos>', '0, 1 or 2: what comes with more is shown with this', toQos, 2)
    .addOption(
      new Option('--format <format>', 'how payloads are shown').choices(SHOWN_FORMATS).default('auto'),
    )
    .option(
      '--topics-max <number>',
      'topics that are shown',
      toWhole(1, TOPICS_MAX_MAX),
      TREE_LIMITS.topicsMax,
    )
    .option('--once', 'look for a while, print the tree, and end')
    .option('--for <time>', 'with --once: how long: 90s, 5m (default: 2s)', toDuration)
    .option('--json', 'with --once: a line of JSON for each topic')
    .option('--explain', 'with --once: each packet byte by byte, on standard error')
    .option('--no-color', 'no colour on a terminal; so does the environment variable NO_COLOR');
  addConnectOptions(verb, 'connUserProperties');
  return atAddress(verb, HELP, run);
}

async function run(address: string | undefined, flags: Flags, edges: Edges): Promise<ExitCode> {
  const connecting = connectingOf(address, flags, 'connUserProperties');
  const { topic: filters = ['#'] } = flags;
  requireFilters(filters, connecting.dialect);
  const watch = flags.once ? onceOf(flags, edges) : liveOf(connecting, flags, edges);
  const trace = flags.once ? explainedAside(flags, connecting.dialect, edges) : {};
  const failed = (error: MqttError): void => complain('watch', failureLines(error, connecting), edges);
  const { tree } = watch;
  const onMessage = (message: Message): void => {
    const { topic, payload, qos, retain, properties } = message;
    tree.add({ topic, payload, qos, retain, contentType: properties.contentType }, edges.clock.now());
  };
  const hooks = { failed, onMessage, reconnect: RECONNECT, ...trace };
  return withClient(connecting, edges, hooks, async (client) => {
    tree.since = edges.clock.now();
    // Every message is told to the client's own listener, also those that a session held before.
    const subscription = client.subscribe(filters, {
      ...optionsOf(flags, connecting.dialect),
      onMessage: () => {},
    });
    if (!(await isGranted(subscription, flags.qos, 'watch', edges))) return EXIT.failed;
    await watch.look(client);
    const seconds = ((edges.clock.now() - tree.since) / 1000).toFixed(1);
    const figures = `${counted(tree.messages, 'message')} on ${counted(tree.root.topics, 'topic')} in ${seconds} s`;
    complain('watch', tree.beyond === 0 ? figures : `${figures}, ${grouped(tree.beyond)} on others`, edges);
    return EXIT.good;
  });
}

function optionsOf({ qos }: Flags, { subscriptionOptions }: Dialect): SubscribeOptions {
  return { qos, retainAsPublished: subscriptionOptions };
}

interface Watch {
  readonly tree: TopicTree;
  /** Until it is over. Rejects where the client ends before. */
  readonly look: (client: Client) => Promise<void>;
}

function treeOf({ topicsMax }: Flags, { clock }: Edges): TopicTree {
  return new TopicTree(clock.now(), { ...TREE_LIMITS, topicsMax });
}

/** @throws UsageError */
function onceOf(flags: Flags, edges: Edges): Watch {
  const { json, format, for: forMs = ONCE_MS } = flags;
  if (json && format === 'raw') throw new UsageError('--json has no --format raw: it is for text');
  const tree = treeOf(flags, edges);
  const look = async (client: Client): Promise<void> => {
    const { clock, stopped } = edges;
    const over = new AbortController();
    const ended = client.closed.then(({ error }) => {
      over.abort();
      return error;
    });
    await clock.wait(forMs, AbortSignal.any([stopped(), over.signal]));
    if (over.signal.aborted) throw await ended;
    const now = clock.now();
    const lines =
      json && format !== 'raw' ? snapshotJson(tree, format, now) : snapshotLines(tree, format, now);
    for (const line of lines) await edges.write(`${line}\n`);
  };
  return { tree, look };
}

/** @throws UsageError where there is no terminal to draw on. */
function liveOf(connecting: Connecting, flags: Flags, edges: Edges): Watch {
  if (flags.json || flags.for !== undefined || flags.explain) {
    throw new UsageError('--json, --for and --explain are for --once');
  }
  const { window } = edges;
  if (window === undefined) {
    throw new UsageError(
      'standard output is no terminal to draw on: --once prints the tree once, with --json as JSON',
    );
  }
  const tree = treeOf(flags, edges);
  const look = async (client: Client): Promise<void> => {
    const view = new LiveView({
      tree,
      edges,
      window,
      format: flags.format,
      broker: targetText(connecting.target),
      colour: edges.colour && flags.color,
    });
    client.addEventListener('reconnecting', ({ detail: { attempt, error } }) => {
      view.trouble(`reconnecting (attempt ${attempt})${error === undefined ? '' : `: ${saidOf(error)}`}`);
    });
    client.addEventListener('connected', () => view.trouble(undefined));
    void client.closed.then(() => view.end());
    if (await view.run()) return;
    const { error } = await client.closed;
    if (error !== undefined) throw error;
  };
  return { tree, look };
}
