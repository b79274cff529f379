import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { classesOf, withoutGuard } from './guard.ts';
import { GUARDS } from './guards.ts';
import { main } from './main.ts';

const root = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');

describe('the table of guards', () => {
  it.each(GUARDS.map((guard) => [`${guard.against}: ${guard.guard}`, guard] as const))(
    'knows %s',
    (_, guard) => {
      expect(withoutGuard(read(guard.file), guard)).toBeTypeOf('string');
      for (const test of guard.tests) expect(existsSync(new URL(test, root)), test).toBe(true);
    },
  );

  it('has every class of docs/security.md, and no other', () => {
    const classes = classesOf(read('docs/security.md'));
    expect(classes.length).toBeGreaterThan(20);
    expect([...new Set(GUARDS.map(({ against }) => against))].sort()).toEqual([...classes].sort());
  });
});

describe('a guard', () => {
  const guard = { against: 'x', file: 'f', guard: 'if (a) return;', without: '', tests: [] };
  it('is taken away where it stands once', () => {
    expect(withoutGuard('1; if (a) return; 2', guard)).toBe('1;  2');
    expect(withoutGuard('1; 2', guard)).toBeUndefined();
    expect(withoutGuard('if (a) return; if (a) return;', guard)).toBeUndefined();
  });

  it('has its class from the first column', () => {
    expect(classesOf('text\n| class | x |\n|---|---|\n| a | b |\n| c | d |\n\n| e | f |')).toEqual([
      'a',
      'c',
    ]);
  });
});

it('npm run guards says how it is called', () => {
  expect(main(['--help'], '.')).toBe(0);
});
