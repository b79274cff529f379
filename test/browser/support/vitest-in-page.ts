// What a suite written for vitest finds in a page instead of it: `describe`, `test`, hooks and `expect`. Collects; the
// test file outside runs the tests one by one (`suite.ts`). No mocks, no snapshots, no fixtures, no `each`.

import {
  ASYMMETRIC_MATCHERS_OBJECT,
  ChaiStyleAssertions,
  chai,
  customMatchers,
  GLOBAL_EXPECT,
  JestAsymmetricMatchers,
  JestChaiExpect,
  JestExtend,
  setState,
} from '@vitest/expect';

type Call = () => unknown;
type HookName = 'beforeAll' | 'beforeEach' | 'afterEach' | 'afterAll';

interface Group {
  readonly name: string;
  readonly parent: Group | undefined;
  readonly hooks: Readonly<Record<HookName, Call[]>>;
}

interface Test {
  readonly name: string;
  readonly group: Group;
  readonly call: Call;
}

const tests: Test[] = [];
let group = groupOf('', undefined);
/** Groups whose `beforeAll` has run. */
const begun = new Set<Group>();

function groupOf(name: string, parent: Group | undefined): Group {
  return { name, parent, hooks: { beforeAll: [], beforeEach: [], afterEach: [], afterAll: [] } };
}

export function describe(name: string, body: () => void): void {
  const outer = group;
  group = groupOf(outer.name === '' ? name : `${outer.name} > ${name}`, outer);
  body();
  group = outer;
}

export function test(name: string, call: Call): void {
  tests.push({ name: group.name === '' ? name : `${group.name} > ${name}`, group, call });
}

export const it: typeof test = test;
export const beforeAll = (call: Call): void => void group.hooks.beforeAll.push(call);
export const beforeEach = (call: Call): void => void group.hooks.beforeEach.push(call);
export const afterEach = (call: Call): void => void group.hooks.afterEach.push(call);
export const afterAll = (call: Call): void => void group.hooks.afterAll.push(call);

for (const plugin of [JestExtend, JestChaiExpect, ChaiStyleAssertions, JestAsymmetricMatchers])
  chai.use(plugin);
const world = globalThis as unknown as Record<symbol, object>;
export const expect = Object.assign(
  (value: unknown, message?: string): object => chai.expect(value, message),
  chai.expect,
  world[ASYMMETRIC_MATCHERS_OBJECT],
);
setState({ assertionCalls: 0 }, expect as never);
(chai.expect as unknown as { extend(expect: object, matchers: object): void }).extend(expect, customMatchers);
world[GLOBAL_EXPECT] = expect;

/** From the outermost group to this one. */
function line(of: Group): readonly Group[] {
  return of.parent === undefined ? [of] : [...line(of.parent), of];
}

async function run(index: number): Promise<string | undefined> {
  const chosen = tests[index];
  if (chosen === undefined) return `there is no test ${index}`;
  const groups = line(chosen.group);
  try {
    for (const one of groups) {
      if (begun.has(one)) continue;
      begun.add(one);
      for (const call of one.hooks.beforeAll) await call();
    }
    for (const one of groups) for (const call of one.hooks.beforeEach) await call();
    try {
      await chosen.call();
    } finally {
      for (const one of groups.toReversed()) for (const call of one.hooks.afterEach) await call();
    }
    return undefined;
  } catch (error) {
    return error instanceof Error ? `${error.message}\n${error.stack ?? ''}` : String(error);
  }
}

async function end(): Promise<void> {
  for (const one of [...begun].toReversed()) for (const call of one.hooks.afterAll) await call();
}

/** What the test file outside calls. */
Object.assign(globalThis, { suite: { names: () => tests.map(({ name }) => name), run, end } });
