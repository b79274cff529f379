// An audit as a JSON value, for programs. The shape is a promise, told in the README: what is there stays, more may come.

import { type Annotation, type Fault, leavesOf } from '@anax/protocol';
import type { Audit, CheckResult, Finding, StatementResult } from '../audit/model.ts';
import type { TranscriptRecord } from '../wire/transcript.ts';
import { evidenceOf, type Step } from './evidence.ts';
import { countsOf } from './summary.ts';
import { hexOf } from './visible.ts';

export const REPORT_FORMAT = 'anax-conformance-report';
export const REPORT_FORMAT_VERSION = 1;

/** A value for `JSON.stringify`; what does not apply is left out. */
export function jsonReport(audit: Audit): Readonly<Record<string, unknown>> {
  const { address, startedAt, durationMs, stopped, protocols, options, checks, statements, failures } = audit;
  return {
    format: REPORT_FORMAT,
    formatVersion: REPORT_FORMAT_VERSION,
    address,
    startedAt: startedAt.toISOString(),
    durationMs: Math.round(durationMs),
    complete: stopped === undefined && failures.length === 0,
    stopped,
    failures,
    options,
    protocols: protocols.map(({ dialect, refused, announced }) => ({
      protocol: dialect,
      refused,
      announced,
    })),
    counts: Object.fromEntries(countsOf(audit)),
    statements: statements.map(statementJson),
    checks: checks.map(checkJson),
  };
}

function statementJson({ statement, verdict, reason, checks }: StatementResult): object {
  const { dialect, id, binds, summary } = statement;
  return { protocol: dialect, id, verdict, reason, binds, summary, checks };
}

function checkJson({ name, dialect, verdict, reason, sentence, statements, finding }: CheckResult): object {
  return {
    name,
    protocol: dialect,
    verdict,
    reason,
    sentence,
    statements,
    finding: finding === undefined ? undefined : findingJson(finding),
  };
}

function findingJson({ expected, seen, transcripts }: Finding): object {
  return { expected, seen, connections: transcripts.map(connectionJson) };
}

function connectionJson(record: TranscriptRecord): object {
  const { label, protocol, steps, leftOutBytes } = evidenceOf(record);
  return { label, protocol, leftOutBytes, steps: steps.map(stepJson) };
}

function stepJson(step: Step): object {
  switch (step.kind) {
    case 'event':
      return { atMs: thousandths(step.atMs), event: step.text };
    case 'left out':
      return { leftOutPackets: step.count };
    case 'packet': {
      const { bytes, state, type, summary, fault, tree } = step.packet;
      return {
        atMs: thousandths(step.atMs),
        from: step.from,
        hex: hexOf(bytes),
        type,
        state,
        summary,
        fault: fault === undefined ? undefined : faultJson(fault),
        fields: leavesOf(tree).map((leaf) => fieldJson(leaf, bytes)),
      };
    }
  }
}

function faultJson({ reasonCode, message, clause, offset }: Fault): object {
  return { reasonCode, message, clause, offset };
}

/** A range of bytes; its bits, where they mean something each, below it. */
function fieldJson(
  { offset, length, name, value, meaning, clause, children }: Annotation,
  bytes: Uint8Array,
): object {
  const bits = children.filter(({ kind }) => kind === 'bits');
  return {
    offset,
    hex: hexOf(bytes.subarray(offset, offset + length)),
    name,
    value: value || undefined,
    meaning: meaning || undefined,
    clause: clause || undefined,
    bits:
      bits.length === 0
        ? undefined
        : bits.map((bit) => ({ name: bit.name, value: bit.value, meaning: bit.meaning || undefined })),
  };
}

function thousandths(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
