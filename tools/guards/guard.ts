// What a guard is, and what is left of a file without it. Pure.

export interface Guard {
  /** The class in the table of docs/security.md that it is for, as it stands in the first column. */
  readonly against: string;
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly guard: string;
  /** What stands there when nobody has thought of it. */
  readonly without: string;
  /** Test files of the project `unit`, of which at least one has to turn red. */
  readonly tests: readonly string[];
}

type Add = (
  against: string,
  file: string,
  guard: string,
  without: string,
  ...tests: readonly string[]
) => Guard;

/** For tables: files in the sources and the tests of a package, by their short names. */
export function guardsOf(folder: string): { readonly guard: Add; readonly test: (name: string) => string } {
  return {
    guard: (against, file, guard, without, ...tests) => {
      return { against, file: `${folder}/src/${file}`, guard, without, tests };
    },
    test: (name) => `${folder}/test/${name}.test.ts`,
  };
}

/** Undefined where the guard does not stand there exactly once. */
export function withoutGuard(text: string, { guard, without }: Guard): string | undefined {
  const at = text.indexOf(guard);
  if (at < 0 || text.indexOf(guard, at + 1) >= 0) return undefined;
  return text.slice(0, at) + without + text.slice(at + guard.length);
}

/** The classes of docs/security.md: the first column of its table. */
export function classesOf(document: string): readonly string[] {
  const lines = document.split('\n');
  const head = lines.findIndex((line) => line.startsWith('| class |'));
  const rows = lines.slice(head + 2);
  const end = rows.findIndex((line) => !line.startsWith('|'));
  return rows.slice(0, end < 0 ? rows.length : end).map((row) => (row.split('|')[1] ?? '').trim());
}
