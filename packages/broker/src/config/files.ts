// The files that a configuration names: which there are, and what is in them, as a digest.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dotted, type Path, shapeOf } from '../document/shape.ts';
import type { NamedFile } from './origin.ts';
import { type Config, configSchema } from './schema.ts';

export function namedFiles(config: Config, place: (path: Path) => string): readonly NamedFile[] {
  const found: NamedFile[] = [];
  const visit = (value: unknown, schema: unknown, path: Path): void => {
    const { keys, element, isPath, isMade } = shapeOf(schema);
    if (typeof value === 'string' && isPath && !isMade) {
      found.push({ key: dotted(path), place: place(path), name: value, digest: digestOf(value) });
    } else if (Array.isArray(value) && element !== undefined) {
      for (const [i, one] of value.entries()) visit(one, element, [...path, i]);
    } else if (typeof value === 'object' && value !== null && keys !== undefined) {
      for (const [key, one] of Object.entries(value)) {
        if (Object.hasOwn(keys, key)) visit(one, keys[key], [...path, key]);
      }
    }
  };
  visit(config, configSchema, []);
  return found;
}

function digestOf(name: string): string | undefined {
  try {
    return createHash('sha256').update(readFileSync(name)).digest('base64');
  } catch {
    return undefined;
  }
}
