// The file of a configuration: read, and the names of files in it made relative to its folder.

import { dirname, resolve } from 'node:path';
import { MqttError } from '@anax/protocol';
import { shapeOf } from '../document/shape.ts';
import { parseYaml, type Yaml } from '../document/yaml.ts';
import type { Tree } from './overrides.ts';
import { configSchema } from './schema.ts';
import { textOf } from './text.ts';

export interface ConfigFile extends Pick<Yaml, 'name' | 'place'> {
  readonly tree: Tree;
}

/** @throws MqttError `invalid-configuration` */
export function readConfigFile(name: string, mustSay: boolean): ConfigFile {
  const yaml = parseYaml(textOf(name), name);
  if ('problem' in yaml) throw new MqttError('invalid-configuration', yaml.problem);
  if (mustSay && yaml.value === undefined) {
    throw new MqttError(
      'invalid-configuration',
      `${name}: says nothing: it is empty, or all of it is comment`,
    );
  }
  const { value: tree = {}, place } = yaml;
  if (typeof tree !== 'object' || tree === null || Array.isArray(tree)) {
    throw new MqttError(
      'invalid-configuration',
      `${name}:1: expected keys and values at the top, as in \`log:\``,
    );
  }
  return { name, tree: resolved(tree, configSchema, dirname(resolve(name))) as Tree, place };
}

/** The same values; where the schema takes the name of a file, it is relative to the folder. */
function resolved(value: unknown, schema: unknown, folder: string): unknown {
  const { keys, element, isPath } = shapeOf(schema);
  if (typeof value === 'string') return isPath && value !== '' ? resolve(folder, value) : value;
  if (Array.isArray(value)) {
    return element === undefined ? value : value.map((one) => resolved(one, element, folder));
  }
  if (typeof value !== 'object' || value === null || keys === undefined) return value;
  // Pairs, as a key `__proto__` is a key like others here.
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      const known = Object.hasOwn(keys, key) ? keys[key] : undefined;
      return [key, known === undefined ? inner : resolved(inner, known, folder)];
    }),
  );
}
