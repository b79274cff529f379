// `anax store stat`: what there is in a store, in figures. Owns the verb and its layout. It changes nothing.

import { factOrNothing, openSnapshot, type Snapshot, Tally } from '@anax/broker';
import type { Command } from 'commander';
import { counted, padded, painter, printable, printableJson } from '../render/index.ts';
import { type Edges, EXIT, type ExitCode } from '../world/edges.ts';
import { processEdges } from '../world/process.ts';
import { grouped, progressBar } from '../world/progress.ts';
import { complain, newVerb } from '../world/verb.ts';
import { bytesText, DATA_DIRECTORY, formatText, performOnStore } from './common.ts';

interface Flags {
  readonly json?: true;
  readonly color: boolean;
}

const LARGEST = 10;

const HELP = `
A broker may be running; what comes and goes meanwhile may be counted or not. Queued messages were not sent yet; those in flight
were, and are not acknowledged. A message counts for each session that is owed it, its payload once.

Examples:
  $ anax store stat
  $ anax store stat /var/lib/anax --json | jq .queued

Exit codes: 0 done, 1 done, but not all could be read, 2 the store could not be read.`;

/** The verb for the program `anax`. */
export function storeStatCommand(edgesOf: () => Edges = processEdges): Command {
  const verb = newVerb('store stat', edgesOf);
  return verb.command
    .description('what there is in a store, in figures')
    .argument('[directory]', 'of the store', DATA_DIRECTORY)
    .option('--json', 'one JSON value instead')
    .option('--no-color', 'no colour on a terminal; so does the environment variable NO_COLOR')
    .addHelpText('after', HELP)
    .action((directory: string, flags: Flags) =>
      performOnStore(verb, async (edges) => {
        const snapshot = openSnapshot(directory);
        try {
          return await stat(directory, snapshot, flags, edges);
        } finally {
          await snapshot.close();
        }
      }),
    );
}

async function stat(directory: string, snapshot: Snapshot, flags: Flags, edges: Edges): Promise<ExitCode> {
  const tally = new Tally();
  const bar = progressBar(edges, 'rows counted', snapshot.expected);
  for (const row of snapshot.rows()) {
    tally.take(row, factOrNothing(row));
    bar.show(tally.rows);
  }
  bar.clear();
  if (flags.json) await edges.write(`${printableJson(reportOf(directory, snapshot, tally))}\n`);
  else await edges.write(`${linesOf(directory, snapshot, tally, flags, edges).join('\n')}\n`);
  if (snapshot.faults.length === 0 && tally.unreadable === 0) return EXIT.good;
  complain(
    'store stat',
    `not all could be read: anax store check ${directory} says what is wrong with it`,
    edges,
  );
  return EXIT.failed;
}

function reportOf(directory: string, { format, bytes }: Snapshot, tally: Tally): object {
  const { rows, unreadable, rowBytes, sessions, connected, wills, subscriptions, queued, inFlight } = tally;
  const { arrivals, retained, messages, payloadBytes } = tally;
  return {
    directory,
    format,
    bytes,
    rows,
    rowBytes,
    unreadable,
    sessions,
    connected,
    wills,
    subscriptions,
    queued,
    inFlight,
    arrivals,
    retained,
    messages,
    payloadBytes,
    largestQueues: tally.largest(LARGEST),
  };
}

function linesOf(
  directory: string,
  snapshot: Snapshot,
  tally: Tally,
  flags: Flags,
  edges: Edges,
): readonly string[] {
  const paint = painter(edges.colour && flags.color);
  const { rows, rowBytes, sessions, connected, wills, queued, inFlight } = tally;
  const { arrivals, retained, messages, payloadBytes } = tally;
  const figures: readonly (readonly [string, string])[] = [
    ['file', `${bytesText(snapshot.bytes)}, ${counted(rows, 'row')} with ${bytesText(rowBytes)}`],
    ['sessions', `${grouped(sessions)}, ${grouped(connected)} of them connected, ${counted(wills, 'will')}`],
    ['subscriptions', grouped(tally.subscriptions)],
    ['queued', counted(queued, 'message')],
    ['in flight', `${counted(inFlight, 'message')} to clients, ${grouped(arrivals)} QoS 2 from clients`],
    ['retained', counted(retained, 'message')],
    ['payloads', `${bytesText(payloadBytes)} in ${counted(messages, 'message')}`],
  ];
  const lines = [`${paint('title', printable(directory))}: ${formatText(snapshot)}`];
  for (const [name, text] of figures) lines.push(`  ${padded(name, 14)} ${text}`);
  const largest = tally.largest(LARGEST);
  if (largest.length > 0) lines.push(paint('title', 'largest queues'));
  for (const { session, clientId, queued: waiting, inFlight: sent } of largest) {
    const who = clientId === undefined ? `(session ${session} has ended)` : printable(clientId);
    lines.push(`  ${padded(who, 24)} ${grouped(waiting)} queued, ${grouped(sent)} in flight`);
  }
  return lines;
}
