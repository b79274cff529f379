// Defaults as they are written in a file: the schema holds what comes out of a value, 10000 for `10s`.

import { SESSION_EXPIRY_NEVER_SECONDS } from '@anax/protocol';
import type { Kind } from './schema/values.ts';
import { durationText, sizeText } from './units.ts';

interface AnySchema {
  readonly def: { readonly type: string; readonly defaultValue?: unknown };
  readonly in?: unknown;
  readonly unwrap?: () => unknown;
  readonly meta?: () => { readonly kind?: Kind } | undefined;
}

/** What a value is to people who write it; undefined where the schema alone says it. */
export function kindOf(schema: unknown): Kind | undefined {
  let at = schema as AnySchema | undefined;
  while (at !== undefined) {
    const kind = at.meta?.()?.kind;
    if (kind !== undefined) return kind;
    at = (at.unwrap?.() ?? at.in) as AnySchema | undefined;
  }
  return undefined;
}

/** The default of a key, as the schema takes it; undefined where there is none. */
export function writtenDefault(schema: unknown): unknown {
  const { def } = schema as AnySchema;
  // What stands before the schema is written as it is; what stands behind it has been through it.
  if (def.type === 'prefault') return def.defaultValue;
  return def.type === 'default' ? written(def.defaultValue, kindOf(schema)) : undefined;
}

function written(value: unknown, kind: Kind | undefined): unknown {
  if (typeof value !== 'number') return value;
  switch (kind?.is) {
    case 'duration':
      return text(value, durationText);
    case 'seconds':
      return value === SESSION_EXPIRY_NEVER_SECONDS ? 'never' : text(value * 1000, durationText);
    case 'size':
      return text(value, sizeText);
    default:
      return value;
  }
}

/** Digits alone are a number. */
function text(value: number, of: (value: number) => string): string | number {
  const words = of(value);
  return /^\d+$/.test(words) ? Number(words) : words;
}
