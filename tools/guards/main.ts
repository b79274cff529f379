// Runs the table: a copy of what is committed, one guard less at a time, its tests. Owns the copy.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Guard, withoutGuard } from './guard.ts';
import { GUARDS } from './guards.ts';

const HELP = `npm run guards -- [--only TEXT]

Takes away one guard after the other, in a copy of the last commit, and runs the tests that must turn red without it.

  --only TEXT   only guards against a class with this in its name
`;
const TEST_TIMEOUT_MS = 300_000;

/** @returns the exit code: 1 where a guard can go and all tests stay green */
export function main(args: readonly string[], root: string): number {
  const { values } = parseArgs({
    args: [...args],
    options: { only: { type: 'string', default: '' }, help: { type: 'boolean', default: false } },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const copy = mkdtempSync(join(tmpdir(), 'anax-guards-'));
  try {
    git(root, 'worktree', 'add', '--quiet', '--detach', '--force', copy, 'HEAD');
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
    const chosen = GUARDS.filter(({ against }) => against.includes(values.only));
    const green = chosen.filter((guard) => !turnsRed(copy, guard));
    process.stdout.write(
      `${chosen.length - green.length} of ${chosen.length} guards are missed when they are gone\n`,
    );
    return green.length === 0 && chosen.length > 0 ? 0 : 1;
  } finally {
    git(root, 'worktree', 'remove', '--force', copy);
    rmSync(copy, { recursive: true, force: true });
  }
}

function turnsRed(copy: string, guard: Guard): boolean {
  const file = join(copy, guard.file);
  const text = readFileSync(file, 'utf8');
  const changed = withoutGuard(text, guard);
  if (changed === undefined) throw new Error(`${guard.file} does not have this guard once: ${guard.guard}`);
  writeFileSync(file, changed);
  const { status } = spawnSync(
    process.execPath,
    ['node_modules/vitest/vitest.mjs', 'run', '--project', 'unit', '--bail', '1', ...guard.tests],
    { cwd: copy, timeout: TEST_TIMEOUT_MS, stdio: 'ignore' },
  );
  writeFileSync(file, text);
  const red = status !== 0;
  process.stdout.write(`${red ? 'red  ' : 'GREEN'} ${guard.against}: ${guard.file}\n`);
  return red;
}

function git(root: string, ...args: readonly string[]): void {
  const { status, stderr } = spawnSync('git', args, { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(`git ${args.join(' ')}: ${stderr}`);
}
