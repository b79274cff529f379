/** Owns the proof of every check: our broker keeps what it asks, and a broker with one thing broken is found out. */

import { DIALECTS, type Dialect } from '@anax/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { provedIn } from '../src/audit/select.ts';
import { audit, CHECKS, type Check, type CheckResult, dialTcp, WATCHES } from '../src/index.ts';
import { SABOTEURS, WATCH_SABOTEURS } from './saboteurs/all.ts';
import type { WebSocketSaboteur } from './saboteurs/saboteurs.ts';
import { type UnderAudit, underAudit } from './support/broker.ts';
import { dialThrough, type Saboteur } from './support/saboteur.ts';
import { always } from './support/tricks.ts';

/** Short: what a saboteur takes away never comes, and that is the rule here. */
const SABOTAGED_WAITS = { answerMs: 300, quietMs: 120 };
const PARALLEL = 48;

const cases = CHECKS.flatMap((check) => dialectsOf(check).map((dialect) => ({ check, dialect })));
const watchCases = WATCHES.flatMap((watch) => dialectsOf(watch).map((dialect) => ({ watch, dialect })));

function dialectsOf(check: Pick<Check, 'proves'>): readonly Dialect[] {
  return DIALECTS.filter((dialect) => provedIn(check, dialect).length > 0);
}

let under: UnderAudit;
beforeAll(async () => {
  under = await underAudit();
});
afterAll(() => under.close());

test('every check and every watch has a saboteur, and none is left over', () => {
  expect(Object.keys(SABOTEURS).sort()).toEqual(CHECKS.map(({ name }) => name).sort());
  expect(Object.keys(WATCH_SABOTEURS).sort()).toEqual(WATCHES.map(({ name }) => name).sort());
});

test('names are unique', () => {
  const names = [...CHECKS, ...WATCHES].map(({ name }) => name);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});

describe('our broker', () => {
  let results: ReadonlyMap<string, CheckResult> = new Map();
  let failures: readonly string[] = [];
  beforeAll(async () => {
    const found = await audit({
      dial: dialTcp('127.0.0.1', under.port),
      address: 'loopback',
      facts: under.facts,
      limited: { dial: dialThrough(under.limited, undefined), address: 'limited' },
      parallel: PARALLEL,
    });
    results = new Map(found.checks.map((one) => [`${one.name} ${one.dialect}`, one]));
    ({ failures } = found);
  }, 120_000);

  test('is judged by checks that do not fail of themselves', () => {
    expect(failures).toEqual([]);
  });

  const named = [
    ...cases.map(({ check, dialect }) => `${check.name} ${dialect.name}`),
    ...watchCases.map(({ watch, dialect }) => `${watch.name} ${dialect.name}`),
  ];
  test.each(named)('keeps %s', (name) => {
    const { verdict, reason, finding } = results.get(name) ?? {};
    const seen = finding === undefined ? {} : { expected: finding.expected, seen: finding.seen };
    expect({ verdict, reason, ...seen }).toEqual({ verdict: 'kept', reason: undefined });
  });
});

// Otherwise a check could be broken by what stands between, and its saboteur would prove nothing.
test('our broker keeps everything through a saboteur that breaks nothing', async () => {
  const found = await audit({
    dial: dialThrough(under.broker, always({})),
    address: 'untouched',
    facts: under.facts,
    limited: { dial: dialThrough(under.limited, always({})), address: 'limited' },
    parallel: PARALLEL,
  });
  const others = found.checks.filter(({ verdict }) => verdict !== 'kept');
  expect(
    others.map(({ name, dialect, verdict, finding }) => ({ name, dialect, verdict, seen: finding?.seen })),
  ).toEqual([]);
}, 120_000);

describe('a broker with one thing broken', () => {
  const verdicts = new Map<string, CheckResult | undefined>();

  async function sabotaged(
    checks: readonly Check[],
    watches: typeof WATCHES,
    dialect: Dialect,
    chosen: Saboteur | WebSocketSaboteur | undefined,
  ): Promise<readonly CheckResult[]> {
    const saboteur = typeof chosen === 'function' ? chosen : undefined;
    const webSocket = typeof chosen === 'object' ? under.webSocket.url(chosen.webSocket) : undefined;
    const found = await audit(
      {
        dial: dialThrough(under.broker, saboteur),
        address: 'sabotaged',
        facts: webSocket === undefined ? under.facts : { ...under.facts, webSocket },
        limited: { dial: dialThrough(under.limited, saboteur), address: 'limited' },
        dialects: [dialect.name],
        waits: SABOTAGED_WAITS,
      },
      { checks, watches },
    );
    return found.checks;
  }

  beforeAll(async () => {
    const work: (() => Promise<void>)[] = [];
    for (const { check, dialect } of cases) {
      work.push(async () => {
        const [result] = await sabotaged([check], [], dialect, SABOTEURS[check.name]);
        verdicts.set(`${check.name} ${dialect.name}`, result);
      });
    }
    for (const { watch, dialect } of watchCases) {
      work.push(async () => {
        const { saboteur, during = [] } = WATCH_SABOTEURS[watch.name] ?? {};
        const checks = CHECKS.filter(({ name }) => during.includes(name));
        const results = await sabotaged(checks, [watch], dialect, saboteur);
        verdicts.set(
          `${watch.name} ${dialect.name}`,
          results.find(({ name }) => name === watch.name),
        );
      });
    }
    let next = 0;
    const worker = async (): Promise<void> => {
      for (let one = work[next++]; one !== undefined; one = work[next++]) await one();
    };
    await Promise.all(Array.from({ length: PARALLEL }, worker));
  }, 240_000);

  const named = [
    ...cases.map(({ check, dialect }) => `${check.name} ${dialect.name}`),
    ...watchCases.map(({ watch, dialect }) => `${watch.name} ${dialect.name}`),
  ];
  test.each(named)('breaks %s', (name) => {
    const { verdict, reason } = verdicts.get(name) ?? {};
    expect({ verdict, reason }).toEqual({ verdict: 'broken', reason: undefined });
  });
});
