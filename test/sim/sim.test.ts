import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { main } from './main.ts';
import { Violation } from './model/violation.ts';
import { shownFailure } from './report.ts';
import { SABOTEURS } from './saboteurs.ts';
import { everyPoint, SCENARIOS, traceOf } from './scenarios.ts';
import { simulate } from './simulate.ts';
import { STORE_SABOTEURS } from './store-saboteurs.ts';

/** The same in every run, so that a failure here is one of the change at hand; `npm run sim` takes a new one each time. */
const SEED = 3_110_000;
const STEPS = 100_000;

describe('client and broker, over links that split, delay and cut', () => {
  test(`do what the standard promises for ${STEPS} steps`, () => {
    const { failure, stats } = simulate({ seed: SEED, steps: STEPS });
    expect(failure === undefined ? '' : shownFailure(failure)).toBe('');
    expect(stats.steps).toBeGreaterThanOrEqual(STEPS);
    // Nothing that is to be tried has become rare.
    expect(stats.cuts).toBeGreaterThan(STEPS / 50);
    expect(stats.deliveries).toBeGreaterThan(STEPS / 3);
    expect(stats.crashes).toBeGreaterThan(STEPS / 50);
  });

  test('keep it when the broker dies after any single thing that it does', () => {
    const { broken, points } = everyPoint();
    const told = broken && [JSON.stringify(broken.point), broken.error.stack, ...traceOf(broken.point)];
    expect(told?.join('\n')).toBeUndefined();
    // Nobody has made a script shorter than what it is about.
    expect(points).toBeGreaterThan(150 * SCENARIOS.length);
  });
});

describe('the model', () => {
  test.each(SABOTEURS)('notices $name', ({ rules, sabotage }) => {
    const { failure } = simulate({ seed: SEED, steps: 50_000, sabotage, shrinks: false });
    const rule = failure?.error instanceof Violation ? failure.error.rule : failure?.error.stack;
    expect(rules).toContain(rule);
  });

  test.each(STORE_SABOTEURS)('notices $name', ({ rules, sabotage }) => {
    const ruleOf = (error: Error | undefined) => (error instanceof Violation ? error.rule : error?.stack);
    const { failure } = simulate({ seed: SEED, steps: 50_000, sabotage, crashes: true, shrinks: false });
    expect(rules).toContain(ruleOf(failure?.error));
    expect(rules).toContain(ruleOf(everyPoint(sabotage).broken?.error));
  });

  test('shows where the broker died, and what was sent up to there', () => {
    const { sabotage } = STORE_SABOTEURS[0] as (typeof STORE_SABOTEURS)[number];
    const { broken } = everyPoint(sabotage);
    const trace = broken && traceOf(broken.point, sabotage).join('\n');
    expect(trace).toMatch(/the broker is gone .*\n.*the broker is there again/);
  });

  const [{ sabotage }] = SABOTEURS as readonly [(typeof SABOTEURS)[number]];

  test('says the same of the same seed, and shortens the run', () => {
    const seed = simulate({ seed: SEED, steps: 50_000, sabotage, shrinks: false }).failure?.seed ?? 0;
    const [one, other] = [1, 2].map(() => simulate({ seed, steps: 1, sabotage }).failure);
    expect(one?.error.message).toMatch(/^at-least-once: c\d never got message \d+/);
    expect(other?.error.message).toBe(one?.error.message);
    expect(other?.trace).toEqual(one?.trace);
    expect(one?.steps.length).toBeLessThan(15);
  });
});

describe('npm run sim', () => {
  async function run(args: readonly string[], sabotage = {}): Promise<{ code: number; text: string }> {
    const lines: string[] = [];
    const code = await main({ args, print: (line) => lines.push(line), now: () => 7, sabotage });
    return { code, text: lines.join('\n') };
  }

  test('runs as many steps as it is told, from the seed it is told', async () => {
    const { code, text } = await run(['--steps', '300', '--seed', '5']);
    expect(text).toMatch(/^seed 5, 300 steps\n\d+ runs from seed 5: \d+ steps, \d+ packets/);
    expect(code).toBe(0);
  });

  test('is what package.json starts, on the sources', () => {
    const script = fileURLToPath(new URL('run.mjs', import.meta.url));
    const text = execFileSync(process.execPath, [script, '--steps', '1', '--seed', '5'], {
      encoding: 'utf8',
    });
    expect(text).toMatch(/^seed 5, 1 steps\n1 runs from seed 5: \d+ steps/);
    const { scripts } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    expect(scripts.sim).toBe('node test/sim/run.mjs');
  });

  test('lets every broker die, where it is asked to', async () => {
    const crashes = async (args: readonly string[]) =>
      Number(/(\d+) deaths of the broker/.exec((await run(args)).text)?.[1]);
    const args = ['--steps', '3000', '--seed', '5'];
    expect(await crashes([...args, '--crashes'])).toBeGreaterThan(1.5 * (await crashes(args)));
  });

  test('takes a seed of its own and says it', async () => {
    expect((await run(['--steps', '1'])).text).toMatch(/^seed 7, 1 steps/);
  });

  test('says which seed failed, how to see it again, and what happened, with exit code 1', async () => {
    const { code, text } = await run(['--steps', '50000', '--seed', String(SEED)], SABOTEURS[0]?.sabotage);
    const [, seed] = /seed (\d+) fails: at-least-once/.exec(text) ?? [];
    expect(text).toContain(`npm run sim -- --seed ${seed} --steps 1`);
    expect(text).toMatch(/c\d publishes .*\n/);
    expect(text).toMatch(/-> c\d publish /);
    expect(code).toBe(1);
  });

  test.each([
    '--steps 0',
    '--steps x',
    '--seed 1.5',
    '--seed 99999999999',
    '--what',
    '--link --reconnects 0',
    '--reconnects 5',
  ])('refuses %s with exit code 2', async (args) => {
    const { code, text } = await run(args.split(' '));
    expect(text).toContain('usage: npm run sim');
    expect(code).toBe(2);
  });
});
