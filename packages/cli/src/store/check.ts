// `anax store check`: whether a store is whole and its rows fit together.
// Owns the verb: what it shows of what was found, and the exit code. It changes nothing.

import { type Finding, type FindingKind, Judge, openSnapshot, type Snapshot, Tally } from '@anax/broker';
import type { Command } from 'commander';
import { counted, painter, printable, printableJson } from '../render/index.ts';
import { type Edges, EXIT, type ExitCode } from '../world/edges.ts';
import { processEdges } from '../world/process.ts';
import { grouped, progressBar } from '../world/progress.ts';
import { newVerb } from '../world/verb.ts';
import { DATA_DIRECTORY, formatText, performOnStore } from './common.ts';

interface Flags {
  readonly json?: true;
  readonly color: boolean;
}

/** What is shown in lines; --json has all. */
const SHOWN_MAX = 100;
/** How often rows are looked at that a broker changes meanwhile. */
const ATTEMPTS = 5;

const HELP = `
All pages are looked at, then all rows: each can be read and belongs to a session that is there, each message that is named is
there, each that is there is named, no client identifier, filter, topic or packet identifier occurs twice where it may not.
A broker may be running: what is found while it writes is looked at again, and said to be in doubt if that does not help.

Deliveries of a session that has ended are normal, for instance behind a crash: they are counted, and the next start removes
them. A message that nothing names (leaked-message) is never normal: what names it and the message itself go together.

Examples:
  $ anax store check
  $ anax store check /var/lib/anax --json | jq -r '.findings[].text'

Exit codes: 0 nothing found, 1 something found, 2 the store could not be read.`;

/** The verb for the program `anax`. */
export function storeCheckCommand(edgesOf: () => Edges = processEdges): Command {
  const verb = newVerb('store check', edgesOf);
  return verb.command
    .description('whether a store is whole and its rows fit together')
    .argument('[directory]', 'of the store', DATA_DIRECTORY)
    .option('--json', 'one JSON value with everything instead')
    .option('--no-color', 'no colour on a terminal; so does the environment variable NO_COLOR')
    .addHelpText('after', HELP)
    .action((directory: string, flags: Flags) =>
      performOnStore(verb, async (edges) => {
        const snapshot = openSnapshot(directory);
        try {
          return await check(directory, snapshot, flags, edges);
        } finally {
          await snapshot.close();
        }
      }),
    );
}

interface Checked {
  readonly judge: Judge;
  readonly tally: Tally;
  /** The first of them, or all. */
  readonly findings: readonly Finding[];
  readonly counts: ReadonlyMap<FindingKind, number>;
  /** Something was found, and a broker wrote meanwhile each time. */
  readonly inDoubt: boolean;
}

async function check(directory: string, snapshot: Snapshot, flags: Flags, edges: Edges): Promise<ExitCode> {
  const checked = steadily(snapshot, flags.json ? Number.POSITIVE_INFINITY : SHOWN_MAX, edges);
  if (flags.json) await edges.write(`${printableJson(reportOf(directory, snapshot, checked))}\n`);
  else await edges.write(`${linesOf(directory, snapshot, checked, flags, edges).join('\n')}\n`);
  return checked.judge.findings + snapshot.faults.length > 0 ? EXIT.failed : EXIT.good;
}

/** Rows of one moment, if it can be: a broker that writes meanwhile makes rows that do not fit together. */
function steadily(snapshot: Snapshot, findingsMax: number, edges: Edges): Checked {
  for (let attempt = 1; ; attempt++) {
    const before = snapshot.moment();
    const checked = judged(snapshot, findingsMax, edges);
    const inDoubt = checked.judge.findings > 0 && snapshot.moment() !== before;
    if (!inDoubt || attempt === ATTEMPTS) return { ...checked, inDoubt };
  }
}

function judged(snapshot: Snapshot, findingsMax: number, edges: Edges): Omit<Checked, 'inDoubt'> {
  const findings: Finding[] = [];
  const counts = new Map<FindingKind, number>();
  const judge = new Judge((finding) => {
    if (findings.length < findingsMax) findings.push(finding);
    counts.set(finding.kind, (counts.get(finding.kind) ?? 0) + 1);
  });
  const tally = new Tally();
  const bar = progressBar(edges, 'rows checked', snapshot.expected);
  for (const row of snapshot.rows()) {
    tally.take(row, judge.take(row));
    bar.show(tally.rows);
  }
  bar.clear();
  judge.end();
  return { judge, tally, findings, counts };
}

function reportOf(
  directory: string,
  snapshot: Snapshot,
  { judge, tally, findings, inDoubt }: Checked,
): object {
  const { format, bytes, faults } = snapshot;
  const { rows, sessions, subscriptions, queued, inFlight, arrivals, retained, messages } = tally;
  return {
    directory,
    format,
    bytes,
    rows,
    sessions,
    subscriptions,
    queued,
    inFlight,
    arrivals,
    retained,
    messages,
    leftOver: judge.leftOver,
    inDoubt,
    pagesLookedAt: snapshot.pagesSteady,
    pageFaults: faults,
    findings: findings.map(({ kind, key, text }) => ({ kind, key: Buffer.from(key).toString('hex'), text })),
  };
}

function linesOf(
  directory: string,
  snapshot: Snapshot,
  { judge, tally, findings, counts, inDoubt }: Checked,
  flags: Flags,
  edges: Edges,
): readonly string[] {
  const paint = painter(edges.colour && flags.color);
  const lines = [`${paint('title', printable(directory))}: ${formatText(snapshot)}`];
  for (const fault of snapshot.faults) lines.push(`${paint('fault', 'damaged-page')} ${printable(fault)}`);
  for (const { kind, text } of findings) lines.push(`${paint('fault', kind)} ${printable(text)}`);
  const more = judge.findings - findings.length;
  if (more > 0) lines.push(`... and ${grouped(more)} more (--json has all)`);
  lines.push(
    [
      `${counted(tally.rows, 'row')} checked: ${counted(tally.sessions, 'session')}`,
      counted(tally.subscriptions, 'subscription'),
      `${counted(tally.queued, 'message')} queued`,
      `${grouped(tally.inFlight)} in flight`,
      `${grouped(tally.retained)} retained`,
    ].join(', '),
  );
  const { leftOver } = judge;
  if (leftOver > 0)
    lines.push(`${counted(leftOver, 'delivery', 'deliveries')} left over, removed at the next start`);
  if (!snapshot.pagesSteady)
    lines.push('a broker wrote all the time: the pages were not looked at, only the rows');
  if (inDoubt) lines.push('a broker wrote meanwhile: what was found may be of rows from before and after');
  const sums = [...counts].map(([kind, count]) => `${count} ${kind}`);
  if (snapshot.faults.length > 0) sums.unshift(`${snapshot.faults.length} damaged-page`);
  lines.push(
    sums.length === 0 ? paint('value', 'nothing found') : paint('fault', `found: ${sums.join(', ')}`),
  );
  if (snapshot.faults.length > 0)
    lines.push(`what can still be read is saved by: anax store export ${printable(directory)}`);
  return lines;
}
