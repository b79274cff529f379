// An audit as lines of text: what is broken with its evidence, then the table of statements, then the counts.
// Owns the layout; colours and how the bytes of a packet are laid out are the caller's.

import type { ExplainedPacket } from '@anax/protocol';
import type { Audit, StatementResult, Verdict } from '../audit/model.ts';
import { type Evidence, evidenceOf, type Step } from './evidence.ts';
import {
  type BrokenCheck,
  brokenChecks,
  cautionsOf,
  conclusionOf,
  counted,
  countsOf,
  VERDICTS,
} from './summary.ts';
import { hexOf, visible } from './visible.ts';

export interface TextOptions {
  /** Rows for all statements; without it for those that are broken or skipped. */
  readonly all?: boolean;
  readonly paint?: (style: TextStyle, text: string) => string;
  /** Also how connections were made is shown as `packetLines` has it, and not as bytes only. */
  readonly handshakes?: boolean;
  /** What is shown of a packet; its summary and its bytes, if left out. */
  readonly packetLines?: (packet: ExplainedPacket) => readonly string[];
}

export type TextStyle = Verdict | 'title' | 'faint';

type Layout = Required<TextOptions>;

/** The whole report. */
export function textReport(audit: Audit, options: TextOptions = {}): readonly string[] {
  const layout: Layout = {
    all: false,
    handshakes: false,
    paint: (_style, text) => text,
    packetLines: plainPacket,
    ...options,
  };
  const broken = brokenChecks(audit);
  return [
    ...headLines(audit, layout),
    ...broken.flatMap((one) => ['', ...brokenLines(one, layout)]),
    '',
    ...tableLines(audit, layout),
    '',
    ...countLines(audit, layout),
    '',
    ...cautionsOf(audit).map((caution) => layout.paint('skipped', visible(caution))),
    layout.paint('title', conclusionOf(audit)),
  ];
}

function headLines({ address, startedAt, durationMs }: Audit, { paint }: Layout): readonly string[] {
  const when = startedAt.toISOString().replace(/\.\d+Z$/, 'Z');
  return [
    paint('title', `Audit of ${visible(address)}`),
    `${when}, took ${(durationMs / 1000).toFixed(1)} s`,
  ];
}

/** One check that found something: what it breaks, what was expected and seen, and what passed. */
function brokenLines({ check, finding, statements }: BrokenCheck, layout: Layout): readonly string[] {
  const { paint } = layout;
  return [
    paint('broken', `BROKEN in MQTT ${check.dialect}: ${visible(check.sentence)}`),
    ...statements.map(({ statement }) => `  ${statement.id}: ${visible(statement.summary)}`),
    `  ${paint('faint', 'check   ')}  ${check.name}`,
    `  ${paint('faint', 'expected')}  ${visible(finding.expected)}`,
    `  ${paint('faint', 'seen    ')}  ${visible(finding.seen)}`,
    ...finding.transcripts.map(evidenceOf).flatMap((evidence) => evidenceLines(evidence, layout)),
  ];
}

function evidenceLines(
  { label, protocol, steps, leftOutBytes }: Evidence,
  layout: Layout,
): readonly string[] {
  const { paint } = layout;
  const lines = ['', `  ${paint('title', visible(label))}, MQTT ${protocol}`];
  for (const step of steps) lines.push(...stepLines(step, layout).map((line) => `  ${line}`));
  if (leftOutBytes > 0) lines.push(paint('faint', `  … ${leftOutBytes} more bytes are not in the record`));
  return lines;
}

function stepLines(step: Step, { paint, packetLines, handshakes }: Layout): readonly string[] {
  switch (step.kind) {
    case 'event':
      return [paint('faint', `· ${timeOf(step.atMs)} ${step.text}`)];
    case 'left out':
      return [paint('faint', `… ${step.count} packets are not shown`)];
    case 'packet': {
      const [arrow, verb] = step.from === 'client' ? ['→', 'sent'] : ['←', 'seen'];
      const count = counted(step.packet.bytes.length, 'byte');
      const head = paint('faint', `${arrow} ${timeOf(step.atMs)} ${verb}, ${count}`);
      const lines = step.ordinary && !handshakes ? plainPacket(step.packet) : packetLines(step.packet);
      return [head, ...lines.map((line) => `  ${line}`)];
    }
  }
}

function timeOf(atMs: number): string {
  return `${atMs.toFixed(1).padStart(8)} ms`;
}

/** Bytes of a packet that are shown where the caller lays nothing out. */
const PLAIN_BYTES_MAX = 64;

function plainPacket({ summary, bytes }: ExplainedPacket): readonly string[] {
  const more = bytes.length > PLAIN_BYTES_MAX ? ` … (${bytes.length} bytes)` : '';
  return [visible(summary), `${hexOf(bytes.subarray(0, PLAIN_BYTES_MAX))}${more}`];
}

/** Statement, verdict, sentence, and the reason where there is one. */
function tableLines({ statements }: Audit, { all, paint }: Layout): readonly string[] {
  const shown = statements.filter(({ verdict }) => all || verdict === 'broken' || verdict === 'skipped');
  const id = widest(shown.map(({ statement }) => statement.id));
  const verdict = widest(shown.map((one) => one.verdict));
  const row = ({ statement, verdict: what, reason }: StatementResult): string => {
    const why = reason === undefined ? '' : paint('faint', `  (${visible(reason)})`);
    const columns = [
      statement.dialect.padEnd(5),
      statement.id.padEnd(id),
      paint(what, what.padEnd(verdict)),
      visible(statement.summary),
    ];
    return columns.join('  ') + why;
  };
  return shown.map(row);
}

function countLines(audit: Audit, { paint }: Layout): readonly string[] {
  const head = VERDICTS.map((verdict) => verdict.padStart(COUNT_COLUMNS)).join('');
  const rows = [...countsOf(audit)].map(([dialect, counts]) => {
    const cells = VERDICTS.map((verdict) => {
      const text = String(counts[verdict]).padStart(COUNT_COLUMNS);
      return counts[verdict] === 0 ? text : paint(verdict, text);
    });
    return `${`MQTT ${dialect}`.padEnd(NAME_COLUMNS)}${cells.join('')}`;
  });
  return [paint('title', ' '.repeat(NAME_COLUMNS) + head), ...rows];
}

const NAME_COLUMNS = 10;
const COUNT_COLUMNS = 16;

function widest(texts: readonly string[]): number {
  return texts.reduce((most, text) => Math.max(most, text.length), 0);
}
