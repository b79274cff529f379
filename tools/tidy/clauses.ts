// Clause tags: `[5:` or `[3.1.1:`, then a statement that exists or the number of a section.

import type { Rule } from './repository.ts';

const TAG = /\[([\d.]+):([^\]\s]*)\]/g;
/** A statement without the version it belongs to. */
const BARE = /\[(MQTT-[\d.]+-\d+)\]/g;
/** By number, or an appendix by its letter. */
const SECTION = /^(?:\d+|[A-C])(?:\.\d+)*$/;

/** 3.1 was published without numbered statements. */
const LISTS: Readonly<Record<string, string | undefined>> = {
  '5': 'packages/conformance/data/mqtt-5.0-statements.tsv',
  '3.1.1': 'packages/conformance/data/mqtt-3.1.1-statements.tsv',
  '3.1': undefined,
};

export const clausesExist: Rule = {
  name: 'a clause tag names a statement that exists, or a section',
  check: ({ files }) => {
    const known = new Map(
      Object.entries(LISTS).map(([version, path]) => [version, idsIn(files.get(path ?? ''))]),
    );
    const problems: string[] = [];
    for (const [path, text] of files) {
      if (!/\.(?:ts|md)$/.test(path)) continue;
      for (const [index, line] of text.split('\n').entries()) {
        for (const problem of problemsIn(line, known)) problems.push(`${path}:${index + 1} ${problem}`);
      }
    }
    return problems;
  },
};

function problemsIn(line: string, known: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const problems: string[] = [];
  for (const [tag, version = '', id = ''] of line.matchAll(TAG)) {
    // In a template or a title's `%s` the identifier is data, checked where it stands; `...` speaks of tags and is none.
    if (/[$%]/.test(id) || /^(?:\.\.\.|…)$/.test(id)) continue;
    const ids = known.get(version);
    if (ids === undefined)
      problems.push(`${tag} names a version that is none of ${[...known.keys()].join(', ')}`);
    else if (!SECTION.test(id) && !ids.has(id)) problems.push(`${tag} is no statement of MQTT ${version}`);
  }
  for (const [tag] of line.matchAll(BARE)) problems.push(`${tag} does not say which version it belongs to`);
  return problems;
}

function idsIn(list: string | undefined): ReadonlySet<string> {
  return new Set(
    (list ?? '')
      .split('\n')
      .slice(1)
      .map((line) => line.split('\t')[0] ?? ''),
  );
}
