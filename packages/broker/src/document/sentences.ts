// What is wrong with a document, in sentences: place, key, what was expected. The schema says what it expects.

import type { z } from 'zod';
import { dotted, keysAt, type Path, shapeAt } from './shape.ts';

/** One sentence or more for an issue; `place` says where a path stands. */
export function sentencesOf(
  issue: z.core.$ZodIssue,
  schema: unknown,
  place: (path: Path) => string,
): readonly string[] {
  const path = issue.path.filter((step) => typeof step !== 'symbol');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const full = [...path, key];
      const known = keysAt(schema, path);
      const expected = known.length === 0 ? 'nothing' : `one of ${known.join(', ')}`;
      return `${place(full)}: there is no key \`${dotted(full)}\`, expected ${expected}`;
    });
  }
  const expected = issue.code === 'invalid_type' ? (formAt(schema, path) ?? issue.message) : issue.message;
  if (path.length === 0) return [`${place(path)}: expected ${expected}`];
  return [`${place(path)}: \`${dotted(path)}\` must be ${expected}`];
}

/** What stands at a path that is no single value. */
function formAt(schema: unknown, path: Path): string | undefined {
  const { keys, element } = shapeAt(schema, path);
  if (keys !== undefined) return `keys with values: ${Object.keys(keys).join(', ')}`;
  return element === undefined ? undefined : 'a list';
}
