// What an audit is asked and what it gives: plain values, ready for a report. Owns shapes only.

import type { DialectName } from '@anax/protocol';
import type { Announced, BrokerFacts } from '../checks/check.ts';
import type { Statement } from '../statements/tables.ts';
import type { Dial } from '../wire/dial.ts';
import type { TranscriptRecord } from '../wire/transcript.ts';
import type { Waits } from '../wire/waits.ts';

export type Verdict = 'kept' | 'broken' | 'not applicable' | 'not observable' | 'skipped';

export interface AuditOptions {
  readonly dial: Dial;
  /** As a report shows it. */
  readonly address: string;
  /** A second listener of the same broker, with features off. */
  readonly limited?: { readonly dial: Dial; readonly address: string } | undefined;
  /** All that the broker speaks, if left out. */
  readonly dialects?: readonly DialectName[] | undefined;
  /** Statements (`MQTT-3.3.*`) or checks (`connect/*`); all if left out. */
  readonly only?: readonly string[] | undefined;
  readonly facts?: BrokerFacts | undefined;
  readonly waits?: Partial<Waits> | undefined;
  /** Checks that run at once. */
  readonly parallel?: number | undefined;
  /** Ends it before its time: what was not done by then is reported as skipped. */
  readonly signal?: AbortSignal | undefined;
  readonly progress?: ((progress: Progress) => void) | undefined;
}

export interface Progress {
  readonly done: number;
  readonly total: number;
  readonly broken: number;
  /** What is under way, the longest first: `connect/twice (5.0)`. */
  readonly running: readonly string[];
}

export interface CheckResult {
  readonly name: string;
  readonly dialect: DialectName;
  readonly sentence: string;
  /** The statements, of this dialect, that it proves. */
  readonly statements: readonly string[];
  readonly verdict: Exclude<Verdict, 'not observable'>;
  /** Why it was skipped or does not apply. */
  readonly reason: string | undefined;
  readonly finding: Finding | undefined;
  readonly durationMs: number;
}

/** What was wrong, and the connections on which it was seen. */
export interface Finding {
  readonly expected: string;
  readonly seen: string;
  readonly transcripts: readonly TranscriptRecord[];
}

export interface StatementResult {
  readonly statement: Statement;
  readonly verdict: Verdict;
  /** Why, where it is not kept or broken. */
  readonly reason: string | undefined;
  /** Names of the checks that stand behind the verdict. */
  readonly checks: readonly string[];
}

export interface ProtocolFacts {
  readonly dialect: DialectName;
  /** Undefined where it is spoken. */
  readonly refused: string | undefined;
  readonly announced: Announced | undefined;
}

export interface Audit {
  readonly address: string;
  readonly startedAt: Date;
  readonly durationMs: number;
  /** Why it ended before all checks were done; undefined where they were. */
  readonly stopped: string | undefined;
  readonly protocols: readonly ProtocolFacts[];
  /** Names of the options given, without their values: those may be secrets. */
  readonly options: readonly string[];
  readonly checks: readonly CheckResult[];
  readonly statements: readonly StatementResult[];
  /** Checks that failed of themselves: defects of this audit, and no verdict on the broker. */
  readonly failures: readonly string[];
}
