// The result of a run: its facts as JSON, the same as text, and what is wrong with it. Owns the words and the schema, which is
// documented in docs/bench.md; measures nothing.

import { padded, printable, printableJson } from '../render/index.ts';
import { grouped } from '../world/progress.ts';
import { FLAWS, type Flaw } from './flags.ts';
import type { Quantiles } from './histogram.ts';
import type { StreamFacts } from './receipts.ts';

export interface ClientFacts {
  readonly asked: number;
  readonly connected: number;
  /** Without CONNACK, or refused. */
  readonly failed: number;
  /** Connected, and lost before the end. */
  readonly lost: number;
  readonly perSecond: number | null;
  /** From the call to CONNACK, in microseconds. */
  readonly connectUs: Quantiles | null;
}

export interface PublishedFacts {
  readonly topic: string;
  readonly qos: number;
  readonly retain: boolean;
  readonly size: number;
  readonly window: number;
  /** Messages a second that were asked for, of all clients; null for as fast as it goes. */
  readonly rate: number | null;
  /** By the rate; null without one. */
  readonly due: number | null;
  readonly sent: number;
  readonly perSecond: number | null;
  /** At QoS 1 and 2; null at 0. */
  readonly acknowledged: number | null;
  readonly refused: number;
  readonly unacknowledged: number;
  /** From PUBLISH to its last acknowledgement, in microseconds. */
  readonly acknowledgeUs: Quantiles | null;
  /** How late a message left that nothing but this program held up. */
  readonly lateMsMax: number;
}

export interface ReceivedFacts {
  readonly topic: string;
  readonly qos: number;
  readonly received: number;
  readonly bytes: number;
  readonly perSecond: number | null;
  readonly retained: number;
  readonly foreign: number;
  readonly early: number;
  /** From the stamp of a message to its arrival, in microseconds. */
  readonly latencyUs: Quantiles | null;
}

export interface Findings {
  readonly published?: PublishedFacts;
  readonly received?: ReceivedFacts;
  readonly sequence?: StreamFacts;
  /** What is wrong beyond what the facts say. */
  readonly problems?: readonly string[];
}

export interface Report extends Findings {
  readonly format: 'anax-bench';
  readonly version: 1;
  readonly verb: string;
  readonly startedAt: string;
  readonly seconds: number;
  readonly target: string;
  readonly mqttVersion: string;
  readonly clients: ClientFacts;
  readonly problems: readonly string[];
  readonly ok: boolean;
}

/** What makes a run a failure, in sentences. */
export function problemsOf(
  { clients, published, sequence, problems = [] }: Findings & { readonly clients: ClientFacts },
  tolerated: readonly Flaw[],
): readonly string[] {
  const counts: readonly (readonly [count: number, text: string])[] = [
    [clients.failed, 'connections failed'],
    [clients.lost, 'connections were lost'],
    [published?.refused ?? 0, 'messages were refused'],
    [published?.unacknowledged ?? 0, 'messages were not acknowledged'],
    ...FLAWS.map((flaw) => {
      const count = tolerated.includes(flaw) ? 0 : (sequence?.[flaw] ?? 0);
      return [count, flaw === 'lost' ? 'messages were lost' : `messages came ${FLAW_TEXTS[flaw]}`] as const;
    }),
  ];
  const told = counts.filter(([count]) => count > 0).map(([count, text]) => `${grouped(count)} ${text}`);
  return [...told, ...problems];
}

const FLAW_TEXTS = { lost: '', duplicated: 'more than once', reordered: 'out of order' } as const;

export function reportJson(report: Report): string {
  return `${printableJson(report)}\n`;
}

const LABEL_COLUMNS = 15;

export function reportText({ clients, published, received, sequence, seconds }: Report): string {
  const lines: (readonly [label: string, text: string])[] = [
    ['clients', clientsText(clients)],
    ['connect', quantilesText(clients.connectUs)],
  ];
  if (published !== undefined) {
    lines.push(['published', publishedText(published)]);
    if (published.acknowledged !== null) {
      lines.push(['acknowledged', `${grouped(published.acknowledged)} messages`]);
      lines.push(['publish to ack', quantilesText(published.acknowledgeUs)]);
    }
    const pace = paceText(published);
    if (pace !== undefined) lines.push(['pace', pace]);
  }
  if (received !== undefined) {
    lines.push(['received', receivedText(received)], ['latency', quantilesText(received.latencyUs)]);
  }
  if (sequence !== undefined) lines.push(['sequence', sequenceText(sequence)]);
  lines.push(['in all', `${seconds.toFixed(1)} s`]);
  return lines.map(([label, text]) => `${padded(label, LABEL_COLUMNS)}${printable(text)}\n`).join('');
}

function clientsText({ asked, connected, failed, lost, perSecond }: ClientFacts): string {
  const parts = [`${grouped(connected)} of ${grouped(asked)} connected`];
  if (perSecond !== null) parts.push(`${perSecondText(perSecond)}`);
  if (failed > 0) parts.push(`${grouped(failed)} failed`);
  if (lost > 0) parts.push(`${grouped(lost)} lost`);
  return parts.join(', ');
}

function publishedText({ sent, size, qos, topic, perSecond, refused }: PublishedFacts): string {
  const parts = [`${grouped(sent)} messages of ${grouped(size)} bytes at QoS ${qos} to ${topic}`];
  if (perSecond !== null) parts.push(perSecondText(perSecond));
  if (refused > 0) parts.push(`${grouped(refused)} refused`);
  return parts.join(', ');
}

/** Only where there is one, or it was not kept. */
function paceText({ rate, due, sent, lateMsMax }: PublishedFacts): string | undefined {
  if (rate === null || due === null) return undefined;
  // At the end each client may have sent one that was not due yet.
  const kept = sent >= due ? 'kept' : `not kept: ${grouped(due - sent)} messages were due and not sent`;
  return `${perSecondText(rate)} ${kept}; up to ${lateMsMax.toFixed(1)} ms late by this program`;
}

function receivedText({ received, perSecond, retained, foreign, early }: ReceivedFacts): string {
  const parts = [`${grouped(received)} messages`];
  if (perSecond !== null) parts.push(perSecondText(perSecond));
  if (retained > 0) parts.push(`${grouped(retained)} retained ones not measured`);
  if (foreign > 0) parts.push(`${grouped(foreign)} not of a benchmark`);
  if (early > 0) parts.push(`${grouped(early)} before they were sent: the clocks do not agree`);
  return parts.join(', ');
}

function sequenceText(facts: StreamFacts): string {
  const parts = FLAWS.map((flaw) => `${grouped(facts[flaw])} ${flaw}`);
  parts.push(`in ${grouped(facts.streams)} ${facts.streams === 1 ? 'stream' : 'streams'}`);
  if (facts.joinedLate > 0) parts.push(`${grouped(facts.joinedLate)} had begun before`);
  if (facts.unended > 0) parts.push(`the end of ${grouped(facts.unended)} was not seen`);
  if (facts.unchecked > 0) parts.push(`${grouped(facts.unchecked)} messages not checked`);
  return parts.join(', ');
}

function quantilesText(quantiles: Quantiles | null): string {
  if (quantiles === null) return '–';
  const { p50, p90, p99, p999, max } = quantiles;
  const told = { p50, p90, p99, 'p99.9': p999, max };
  return Object.entries(told)
    .map(([name, us]) => `${name} ${durationText(us)}`)
    .join('  ');
}

/** Three digits, as no more are known. */
function durationText(us: number): string {
  if (us < 1000) return `${us} µs`;
  if (us < 1_000_000) return `${Number((us / 1000).toPrecision(3))} ms`;
  return `${Number((us / 1_000_000).toPrecision(3))} s`;
}

function perSecondText(rate: number): string {
  return `${rate < 100 ? Number(rate.toPrecision(3)) : grouped(Math.round(rate))} /s`;
}
