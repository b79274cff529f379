// Environment variables as values of the configuration.

import { MqttError } from '@anax/protocol';
import { keysAt, type Path, shapeAt } from '../document/shape.ts';
import type { Override } from './overrides.ts';
import { configSchema } from './schema.ts';

/** Every single value of the configuration as a variable: `keepAlive.max` is `ANAX_KEEP_ALIVE_MAX`. */
export function environmentVariables(): ReadonlyMap<string, Path> {
  const found = new Map<string, Path>([
    ['ANAX_HOST', ['listeners', 0, 'host']],
    ['ANAX_PORT', ['listeners', 0, 'port']],
  ]);
  const visit = (path: readonly string[]): void => {
    for (const key of keysAt(configSchema, path)) {
      const full = [...path, key];
      const { keys, element } = shapeAt(configSchema, full);
      if (keys !== undefined) visit(full);
      else if (element === undefined) found.set(variableOf(full), full);
    }
  };
  visit([]);
  return found;
}

function variableOf(path: readonly string[]): string {
  return `ANAX_${path.map((key) => key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()).join('_')}`;
}

/** `ANAX_USERS` holds `name:password`, several with commas between them. */
export function environmentOverrides(
  environment: Readonly<Record<string, string | undefined>>,
): readonly Override[] {
  const known = environmentVariables();
  const overrides: Override[] = [];
  for (const [name, value] of Object.entries(environment)) {
    if (!name.startsWith('ANAX_') || value === undefined) continue;
    const source = `environment variable ${name}`;
    const path = known.get(name);
    if (path !== undefined) overrides.push({ path, value, source });
    else if (name === 'ANAX_USERS')
      overrides.push({ path: ['users'], value: value.split(',').map(userOf), source });
    else throw new MqttError('invalid-configuration', `${source}: there is no such setting`);
  }
  return overrides;
}

/** `name:password`; the password may hold colons. */
export function userOf(pair: string): { readonly name: string; readonly password: string } {
  const colon = pair.indexOf(':');
  return colon < 0
    ? { name: pair, password: '' }
    : { name: pair.slice(0, colon), password: pair.slice(colon + 1) };
}
