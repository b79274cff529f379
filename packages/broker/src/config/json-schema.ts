// The configuration as JSON Schema, for editors: what may be written, not what comes out of it.

import { z } from 'zod';
import type { Kind } from './schema/values.ts';
import { configSchema } from './schema.ts';
import { writtenDefault } from './written.ts';

type Json = Record<string, unknown>;

const DURATION = '^\\d+(\\.\\d+)?\\s*(ms|s|m|h|d)?$';
const SIZE = '^\\d+(\\.\\d+)?\\s*([kKmMgG]i?)?[bB]?$';

/** JSON Schema 2020-12. */
export function configJsonSchema(): Json {
  const schema = z.toJSONSchema(configSchema, {
    io: 'input',
    override: ({ zodSchema, jsonSchema }) => {
      const value = writtenDefault(zodSchema);
      if (value !== undefined) jsonSchema.default = value as NonNullable<typeof jsonSchema.default>;
    },
  });
  return { title: 'Configuration of anax broker', ...(forEditors(schema) as Json) };
}

/** Our own marks become what editors know. */
function forEditors(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(forEditors);
  if (typeof node !== 'object' || node === null) return node;
  const { kind, isPath: _, isMade: __, default: value, ...rest } = node as Json & { readonly kind?: Kind };
  const plain = kind === undefined ? rest : { ...without(rest), ...formOf(kind) };
  const entries = Object.entries(plain).map(([key, inner]) => [key, forEditors(inner)] as const);
  // A default is a value, whatever keys it has.
  return { ...Object.fromEntries(entries), ...(value === undefined ? {} : { default: value }) };
}

/** Numbers may be given as text in the environment; a file has numbers. */
function without({ type: _, anyOf: __, ...rest }: Json): Json {
  return rest;
}

function formOf(kind: Kind): Json {
  switch (kind.is) {
    case 'whole':
      return { type: 'integer', minimum: kind.least, maximum: kind.most };
    case 'flag':
      return { type: 'boolean' };
    case 'duration':
      return { anyOf: [{ type: 'string', pattern: DURATION }, fromZero()] };
    case 'seconds':
      return { anyOf: [{ type: 'string', pattern: `${DURATION}|^never$` }, fromZero()] };
    case 'size':
      return { anyOf: [{ type: 'string', pattern: SIZE }, fromZero()] };
  }
}

const fromZero = (): Json => ({ type: 'number', minimum: 0 });
