// The audit: learns what the broker speaks, runs the checks side by side, watches all traffic, and sums up.
// Owns the order of things and their end; judges nothing itself.

import { DIALECTS, type Dialect } from '@anax/protocol';
import { CHECKS, WATCHES } from '../checks/all.ts';
import type { Announced, BrokerFacts, Check, Watch } from '../checks/check.ts';
import { lacking } from '../checks/needs.ts';
import { Broken, Unreachable, Unsuitable } from '../wire/broken.ts';
import { DEFAULT_WAITS, type Waits } from '../wire/waits.ts';
import { CheckContext } from './context.ts';
import type { Audit, AuditOptions, CheckResult, Finding } from './model.ts';
import { type Probed, probe } from './probe.ts';
import { provedIn, type Selected, selected, selectedWatches, wantedStatement } from './select.ts';
import { statementResults } from './verdicts.ts';
import { Watching } from './watching.ts';

const PARALLEL = 16;

interface Running {
  readonly options: AuditOptions;
  readonly facts: BrokerFacts;
  readonly waits: Waits;
  readonly unique: string;
  readonly probed: readonly Probed[];
  readonly limited: ReadonlyMap<Dialect, Announced>;
  readonly watching: ReadonlyMap<Dialect, Watching>;
  readonly failures: string[];
}

/**
 * Audits a broker. Other clients may use it meanwhile.
 * @param known the checks and watches, for tests of the audit itself
 * @throws Unreachable where there is no broker, it lets nobody in, or it is gone before the end
 */
export async function audit(
  options: AuditOptions,
  known: { readonly checks: readonly Check[]; readonly watches: readonly Watch[] } = {
    checks: CHECKS,
    watches: WATCHES,
  },
): Promise<Audit> {
  const startedAt = new Date();
  const begun = performance.now();
  const running = await prepare(options, known.watches);
  const dialects = running.probed.filter(({ refused }) => refused === undefined).map(({ spoken }) => spoken);
  const results = await runAll(selected(known.checks, dialects, options.only), running);
  for (const dialect of dialects) {
    const found = running.watching.get(dialect)?.results(dialect.name, (watch) => provedIn(watch, dialect));
    results.push(...(found ?? []));
  }
  const order = new Map([...known.checks, ...known.watches].map(({ name }, index) => [name, index]));
  results.sort((a, b) => (order.get(a.name) ?? 0) - (order.get(b.name) ?? 0));
  return {
    address: options.address,
    startedAt,
    durationMs: performance.now() - begun,
    protocols: running.probed.map(({ dialect, refused, announced }) => ({ dialect, refused, announced })),
    options: optionNames(options),
    checks: results,
    statements: statementResults(
      dialects.map(({ name }) => name),
      results,
      wantedStatement(options.only),
    ),
    failures: running.failures,
  };
}

async function prepare(options: AuditOptions, watches: readonly Watch[]): Promise<Running> {
  const { dial, limited, only, facts = {} } = options;
  const waits = { ...DEFAULT_WAITS, ...options.waits };
  const unique = Math.floor(Math.random() * 36 ** 5).toString(36);
  const wanted = DIALECTS.filter(({ name }) => options.dialects?.includes(name) ?? true);
  const probed = await probe(dial, facts, waits, `p${unique}`, wanted);
  if (probed.every(({ refused }) => refused !== undefined)) {
    const why = probed.map(({ dialect, refused }) => `MQTT ${dialect}: ${refused}`).join('; ');
    throw new Unreachable(`the broker speaks none of the versions asked for. ${why}`);
  }
  const limitedProbed =
    limited === undefined ? [] : await probe(limited.dial, facts, waits, `q${unique}`, wanted);
  return {
    options,
    facts,
    waits,
    unique,
    probed,
    limited: new Map(
      limitedProbed.flatMap(({ spoken, announced }) => (announced ? [[spoken, announced]] : [])),
    ),
    watching: new Map(
      wanted.map((dialect) => [dialect, new Watching(selectedWatches(watches, dialect, only))]),
    ),
    failures: [],
  };
}

async function runAll(todo: readonly Selected[], running: Running): Promise<CheckResult[]> {
  const { signal, progress, parallel = PARALLEL } = running.options;
  const results: CheckResult[] = [];
  let next = 0;
  let broken = 0;
  let stopped: unknown;
  const worker = async (): Promise<void> => {
    for (let one = todo[next++]; one !== undefined; one = todo[next++]) {
      if (stopped !== undefined) return;
      try {
        signal?.throwIfAborted();
        const result = await runOne(one, running, next);
        results.push(result);
        if (result.verdict === 'broken') broken += 1;
        progress?.({
          done: results.length,
          total: todo.length,
          broken,
          last: `${one.check.name} (${one.dialect.name})`,
        });
      } catch (error) {
        stopped ??= error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(parallel, todo.length) }, worker));
  if (stopped !== undefined) throw stopped;
  return results;
}

async function runOne(
  { check, dialect, statements }: Selected,
  running: Running,
  number: number,
): Promise<CheckResult> {
  const { options, facts, waits, unique, probed, limited } = running;
  const begun = performance.now();
  const { name, sentence, needs = [] } = check;
  const result = (rest: Pick<CheckResult, 'verdict'> & Partial<CheckResult>): CheckResult => ({
    name,
    dialect: dialect.name,
    sentence,
    statements,
    reason: undefined,
    finding: undefined,
    durationMs: performance.now() - begun,
    ...rest,
  });
  const announced = probed.find(({ spoken }) => spoken === dialect)?.announced;
  if (announced === undefined) throw new Error(`MQTT ${dialect.name} was not probed`);
  const limitedAnnounced = limited.get(dialect);
  const lack = lacking(needs, { announced, facts, limited: limitedAnnounced });
  if (lack !== undefined) return result(lack);
  const context = new CheckContext({
    dial: options.dial,
    limited:
      options.limited && limitedAnnounced
        ? { dial: options.limited.dial, announced: limitedAnnounced }
        : undefined,
    dialect,
    announced,
    facts,
    waits,
    unique: `${unique}${number.toString(36)}`,
    onSeen: (packet, bytes, peer) => running.watching.get(dialect)?.seen(packet, bytes, peer),
  });
  try {
    await check.run(context);
    return result({ verdict: 'kept' });
  } catch (error) {
    if (error instanceof Broken) return result({ verdict: 'broken', finding: findingOf(error, context) });
    if (error instanceof Unsuitable) return result({ verdict: error.verdict, reason: error.message });
    if (error instanceof Unreachable) throw error;
    const failure = error instanceof Error ? (error.stack ?? error.message) : String(error);
    running.failures.push(`${name} (${dialect.name}): ${failure}`);
    return result({ verdict: 'skipped', reason: 'the check itself failed: a defect of this audit' });
  } finally {
    await context.leave();
  }
}

function findingOf({ expected, seen }: Broken, { peers }: CheckContext): Finding {
  return { expected, seen, transcripts: peers.map(({ transcript }) => transcript.copy()) };
}

function optionNames({ facts = {}, limited }: AuditOptions): readonly string[] {
  const given = Object.entries(facts).filter(([, value]) => value !== undefined);
  return [...given.map(([name]) => name), ...(limited === undefined ? [] : ['limited'])];
}
