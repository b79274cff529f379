// What the verbs of a benchmark do alike: clients opened, the work done, clients closed, the result told. Owns the exit code.

import { targetText } from '@anax/client';
import { MqttError } from '@anax/protocol';
import { failureLines, isConnectionFailure } from '../connection/failures.ts';
import { type Edges, EXIT, type ExitCode, OutputClosed } from '../world/edges.ts';
import { Live } from '../world/live.ts';
import { grouped } from '../world/progress.ts';
import { complain } from '../world/verb.ts';
import type { BenchFlags, CheckedFlags, MessageFlags } from './flags.ts';
import { Fleet, type FleetParts } from './fleet.ts';
import type { Load, LoadPlan } from './load.ts';
import type { Receipts } from './receipts.ts';
import {
  type ClientFacts,
  type Findings,
  type PublishedFacts,
  problemsOf,
  type ReceivedFacts,
  reportJson,
  reportText,
} from './report.ts';

/** How long what is under way is waited for at the end, and where it was stopped. */
const SETTLE_MS = 10_000;
const STOPPED_SETTLE_MS = 2000;
/** A run whose end nobody has named. */
export const RUN_MS = 10_000;

export interface Bench {
  readonly fleet: Fleet;
  readonly live: Live;
  readonly edges: Edges;
  readonly stopped: AbortSignal;
}

export type BenchParts = Omit<FleetParts, 'flags'> & {
  /** `bench pub` */
  readonly name: string;
  readonly flags: BenchFlags & CheckedFlags;
};

/** Where the first client cannot connect there is nothing to measure: that is told as by other verbs, exit code 1. */
export async function withFleet(
  parts: BenchParts,
  work: (bench: Bench) => Promise<Findings>,
): Promise<ExitCode> {
  const { name, flags, edges, connecting } = parts;
  const stopped = edges.stopped();
  const startedAt = new Date();
  const begunAt = edges.clock.now();
  const fleet = new Fleet(parts);
  const live = new Live(name, edges, flags);
  const findings = await worked(parts, { fleet, live, edges, stopped }, work);
  if (findings === undefined) return EXIT.failed;
  if (stopped.reason instanceof OutputClosed) throw stopped.reason;
  const clients = clientFacts(fleet, flags);
  const problems = problemsOf({ ...findings, clients }, flags.tolerate ?? []);
  const report = {
    format: 'anax-bench' as const,
    version: 1 as const,
    verb: name.split(' ').at(-1) ?? name,
    startedAt: startedAt.toISOString(),
    seconds: Math.round(edges.clock.now() - begunAt) / 1000,
    target: targetText(connecting.target),
    mqttVersion: connecting.dialect.name,
    clients,
    ...findings,
    problems,
    ok: problems.length === 0,
  };
  await edges.write(flags.json ? reportJson(report) : reportText(report));
  complain(name, problems, edges);
  complain(name, fleet.reasons.lines, edges);
  return report.ok ? EXIT.good : EXIT.failed;
}

/** Undefined where there was no connection at all. */
async function worked(
  { name, connecting, edges, flags }: BenchParts,
  bench: Bench,
  work: (bench: Bench) => Promise<Findings>,
): Promise<Findings | undefined> {
  const { fleet, live, stopped } = bench;
  live.tell((perSecond) => {
    const { failed, members } = fleet;
    const state = `${grouped(members.length)} of ${grouped(flags.clients)} clients connected`;
    return `${state}, ${perSecond('connected', members.length)}${failed > 0 ? `, ${grouped(failed)} failed` : ''}`;
  });
  try {
    await fleet.open(stopped);
    return await work(bench);
  } catch (error) {
    if (stopped.reason instanceof OutputClosed) throw stopped.reason;
    if (!(error instanceof MqttError && isConnectionFailure(error))) throw error;
    live.end();
    complain(name, failureLines(error, connecting), edges);
    return undefined;
  } finally {
    await fleet.close();
    live.end();
  }
}

/** Aborts when the time of the run is over, or it is stopped. Behind the warm-up what is measured begins again. */
export function endOf(
  { edges, stopped }: Bench,
  { warmUp, for: forMs, count }: MessageFlags,
  otherwiseMs: number,
  restart: () => void,
): { readonly over: AbortSignal; readonly done: () => void } {
  const { clock } = edges;
  const end = new AbortController();
  const over = AbortSignal.any([stopped, end.signal]);
  const runMs = forMs ?? (count === undefined ? otherwiseMs : Number.POSITIVE_INFINITY);
  void (async () => {
    if (warmUp > 0) {
      await clock.wait(warmUp, over);
      restart();
    }
    if (runMs === Number.POSITIVE_INFINITY) return;
    await clock.wait(runMs, over);
    end.abort();
  })();
  return { over, done: () => end.abort() };
}

/** Sends all, and waits for what is under way within limits. */
export async function sendAll(load: Load, over: AbortSignal, { edges, stopped }: Bench): Promise<void> {
  await load.run(over);
  const settled = new AbortController();
  const timeUp = new AbortController();
  void edges.clock.wait(SETTLE_MS, settled.signal).then(() => timeUp.abort());
  const hurry = (): void => {
    void edges.clock.wait(STOPPED_SETTLE_MS, settled.signal).then(() => timeUp.abort());
  };
  if (stopped.aborted) hurry();
  else stopped.addEventListener('abort', hurry, { once: true });
  await load.settle(timeUp.signal);
  settled.abort();
}

function clientFacts(
  { members, failed, lost, connectUs, openingMs }: Fleet,
  { clients }: BenchFlags,
): ClientFacts {
  return {
    asked: clients,
    connected: members.length,
    failed,
    lost,
    perSecond: rounded(openingMs > 0 ? (members.length * 1000) / openingMs : undefined),
    connectUs: connectUs.quantiles() ?? null,
  };
}

export function publishedFacts(
  load: Load,
  { qos, retain, size, window, rate }: LoadPlan,
  topic: string,
): PublishedFacts {
  return {
    topic,
    qos,
    retain,
    size,
    window,
    rate: rate === Number.POSITIVE_INFINITY ? null : rate,
    due: load.due ?? null,
    sent: load.sent,
    perSecond: rounded(load.span.rate),
    acknowledged: qos === 0 ? null : load.acknowledged,
    refused: load.refused,
    unacknowledged: qos === 0 ? 0 : load.sent - load.acknowledged - load.refused,
    acknowledgeUs: load.ackUs.quantiles() ?? null,
    lateMsMax: Math.round(load.lateMsMax * 10) / 10,
  };
}

export function receivedFacts(
  { received, bytes, span, retained, foreign, early, latencyUs }: Receipts,
  { topic, qos }: Pick<MessageFlags, 'topic' | 'qos'>,
): ReceivedFacts {
  return {
    topic,
    qos,
    received,
    bytes,
    perSecond: rounded(span.rate),
    retained,
    foreign,
    early,
    latencyUs: latencyUs.quantiles() ?? null,
  };
}

function rounded(rate: number | undefined): number | null {
  return rate === undefined ? null : Math.round(rate * 100) / 100;
}
