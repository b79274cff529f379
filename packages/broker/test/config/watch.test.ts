/** Owns when a change of files is told: replaced, written, gone, linked anew; once, and when it stands still. */

import { mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { FileWatch } from '../../src/config/watch.ts';
import { eventually } from '../shell/sockets.ts';

function place(): string {
  const folder = mkdtempSync(join(tmpdir(), 'anax-watch-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** How often a change was told. */
async function watching(...names: readonly string[]) {
  const seen = { count: 0 };
  const watch = new FileWatch(() => {
    seen.count += 1;
  }, 10);
  onTestFinished(() => watch.close());
  await watch.watch(names);
  return seen;
}

describe('a change is told', () => {
  test('of a file that is written', async () => {
    const file = join(place(), 'a');
    writeFileSync(file, 'one');
    const seen = await watching(file);
    writeFileSync(file, 'three');
    await eventually(() => seen.count === 1);
  });

  test('of one that another takes the place of', async () => {
    const folder = place();
    const file = join(folder, 'a');
    writeFileSync(file, 'one');
    const seen = await watching(file);
    writeFileSync(join(folder, 'b'), 'two');
    renameSync(join(folder, 'b'), file);
    await eventually(() => seen.count === 1);
  });

  test('of one that goes and comes back, and of the second in a list', async () => {
    const file = join(place(), 'a');
    const seen = await watching('/nowhere', file);
    writeFileSync(file, 'one');
    await eventually(() => seen.count === 1);
    unlinkSync(file);
    await eventually(() => seen.count === 2);
  });

  test('of a link that leads elsewhere, as in a mounted secret', async () => {
    const folder = place();
    for (const name of ['one', 'two']) writeFileSync(join(folder, name), 'same');
    const link = join(folder, 'link');
    symlinkSync('one', link);
    const seen = await watching(link);
    symlinkSync('two', join(folder, 'next'));
    renameSync(join(folder, 'next'), link);
    await eventually(() => seen.count === 1);
  });

  test('once it stands still, however often it is written meanwhile', async () => {
    const file = join(place(), 'a');
    writeFileSync(file, '');
    const seen = await watching(file);
    let text = '';
    const writing = setInterval(() => {
      text += 'x';
      writeFileSync(file, text);
    }, 1);
    await new Promise((resolve) => setTimeout(resolve, 200));
    clearInterval(writing);
    const meanwhile = seen.count;
    await eventually(() => seen.count === meanwhile + 1);
    expect(meanwhile).toBeLessThan(20);
  });
});

test('another list is watched instead', async () => {
  const folder = place();
  const [a, b] = [join(folder, 'a'), join(folder, 'b')];
  let count = 0;
  const watch = new FileWatch(() => {
    count += 1;
  }, 10);
  onTestFinished(() => watch.close());
  await watch.watch([a]);
  await watch.watch([b]);
  writeFileSync(a, 'x');
  writeFileSync(b, 'x');
  await eventually(() => count === 1);
});
