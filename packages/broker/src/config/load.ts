// Where the configuration comes from: defaults, a YAML file, the environment, flags; what comes later wins.
// Whatever is wrong stops the start with file, line, key and what was expected.

import { MqttError } from '@anax/protocol';
import { sentencesOf } from '../document/sentences.ts';
import type { Path } from '../document/shape.ts';
import { environmentOverrides } from './environment.ts';
import { type ConfigFile, readConfigFile } from './file.ts';
import { namedFiles } from './files.ts';
import { addListeners, type Override, put, putDefault, type Tree } from './overrides.ts';
import { configSchema, settingsOf } from './schema.ts';
import type { Settings } from './settings.ts';

export interface Sources {
  /** Whether a file that says nothing is refused: a reload takes it for one that is being written. */
  readonly mustSay?: boolean;
  /** What holds where no source says otherwise, in place of the schema's own. */
  readonly defaults?: readonly Override[];
  readonly file?: string | undefined;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly overrides?: readonly Override[];
  /** Listeners beside those that the others name; on the host of the first where they name none. */
  readonly moreListeners?: readonly Omit<Override, 'path'>[];
}

/** @throws MqttError `invalid-configuration`, one line for each thing that is wrong. */
export function loadSettings(sources: Sources): Settings {
  const file =
    sources.file === undefined ? undefined : readConfigFile(sources.file, sources.mustSay ?? false);
  const tree: Tree = file === undefined ? {} : file.tree;
  for (const { path, value } of sources.defaults ?? []) putDefault(tree, path, value);
  const overrides = [...environmentOverrides(sources.environment ?? {}), ...(sources.overrides ?? [])];
  for (const { path, value } of overrides) put(tree, path, value);
  overrides.push(...addListeners(tree, sources.moreListeners ?? []));
  const result = configSchema.safeParse(tree);
  const at = (path: Path) => place(path, file, overrides);
  if (result.success) return settingsOf(result.data, tree, namedFiles(result.data, at));
  const lines = result.error.issues.flatMap((issue) => sentencesOf(issue, configSchema, at));
  throw new MqttError('invalid-configuration', lines.join('\n'));
}

/** `anax.yaml:12`, or the flag or variable that the value came from. */
function place(path: Path, file: ConfigFile | undefined, overrides: readonly Override[]): string {
  const override = overrides.findLast(
    ({ path: own }) => own.every((step, i) => path[i] === step) && own.length > 0,
  );
  if (override !== undefined) return override.source;
  return file === undefined ? 'configuration' : file.place(path);
}
