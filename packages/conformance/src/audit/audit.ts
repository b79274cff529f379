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
import { secretsIn, withoutSecrets } from './secrets.ts';
import { provedIn, type Selected, selected, selectedWatches, wantedStatement } from './select.ts';
import { STOPPED, statementResults } from './verdicts.ts';
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
  /** Of the checks under way. */
  readonly contexts: Set<CheckContext>;
}

/**
 * Audits a broker. Other clients may use it meanwhile. Where the broker is gone before the end, or the signal aborts, what
 * was found until then is given, and `stopped` says why.
 * @param known the checks and watches, for tests of the audit itself
 * @throws Unreachable where there is no broker, or it lets nobody in
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
  const { results, stopped } = await runAll(selected(known.checks, dialects, options.only), running);
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
    stopped,
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
      wanted.map((dialect) => [
        dialect,
        new Watching(selectedWatches(watches, dialect, only), secretsIn(facts)),
      ]),
    ),
    failures: [],
    contexts: new Set(),
  };
}

interface Ran {
  readonly results: CheckResult[];
  readonly stopped: string | undefined;
}

async function runAll(todo: readonly Selected[], running: Running): Promise<Ran> {
  const { signal, progress, parallel = PARALLEL } = running.options;
  const results: CheckResult[] = [];
  const underWay = new Set<string>();
  let next = 0;
  let broken = 0;
  let stopped: string | undefined;
  const tell = (): void =>
    progress?.({ done: results.length, total: todo.length, broken, running: [...underWay] });
  const abandon = (): void => {
    for (const context of running.contexts) context.abandon();
  };
  signal?.addEventListener('abort', abandon);
  const worker = async (until = todo.length): Promise<void> => {
    while (next < until) {
      const one = todo[next++];
      if (one === undefined) return;
      if (signal?.aborted) stopped ??= 'it was asked to stop';
      if (stopped !== undefined) {
        results.push(notDone(one));
        continue;
      }
      const name = `${one.check.name} (${one.dialect.name})`;
      underWay.add(name);
      tell();
      const result = await runOne(one, running, next).catch((error: unknown) => {
        if (!(error instanceof Unreachable)) throw error;
        stopped ??= `${error.message}. Under way then: ${[...underWay].join(', ')}`;
        return notDone(one);
      });
      underWay.delete(name);
      results.push(result);
      if (result.verdict === 'broken') broken += 1;
      tell();
    }
  };
  await worker(todo.filter(({ check }) => check.alone).length);
  await Promise.all(Array.from({ length: Math.min(parallel, todo.length) }, () => worker()));
  signal?.removeEventListener('abort', abandon);
  if (signal?.aborted) stopped ??= 'it was asked to stop';
  return { results, stopped };
}

function notDone({ check, dialect, statements }: Selected): CheckResult {
  const { name, sentence } = check;
  const rest = { finding: undefined, durationMs: 0 };
  return { name, dialect: dialect.name, sentence, statements, verdict: 'skipped', reason: STOPPED, ...rest };
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
  running.contexts.add(context);
  try {
    await check.run(context);
    return result({ verdict: 'kept' });
  } catch (error) {
    // Its connections were cut under it: what it says now is no word on the broker.
    if (options.signal?.aborted) return result({ verdict: 'skipped', reason: STOPPED });
    if (error instanceof Broken)
      return result({ verdict: 'broken', finding: findingOf(error, context, facts) });
    if (error instanceof Unsuitable) return result({ verdict: error.verdict, reason: error.message });
    if (error instanceof Unreachable) throw error;
    const failure = error instanceof Error ? (error.stack ?? error.message) : String(error);
    running.failures.push(`${name} (${dialect.name}): ${failure}`);
    return result({ verdict: 'skipped', reason: 'the check itself failed: a defect of this audit' });
  } finally {
    running.contexts.delete(context);
    await context.leave();
  }
}

function findingOf({ expected, seen }: Broken, { peers }: CheckContext, facts: BrokerFacts): Finding {
  const secrets = secretsIn(facts);
  const transcripts = peers.map(({ transcript }) => withoutSecrets(transcript.copy(), secrets));
  return { expected, seen, transcripts };
}

function optionNames({ facts = {}, limited }: AuditOptions): readonly string[] {
  const given = Object.entries(facts).filter(([, value]) => value !== undefined);
  return [...given.map(([name]) => name), ...(limited === undefined ? [] : ['limited'])];
}
