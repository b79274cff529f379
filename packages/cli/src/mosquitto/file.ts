// A mosquitto.conf as lines: option, value, and where it stands; what it includes in its place. It never looks at what an
// option means.

import { posix } from 'node:path';

export interface Line {
  /** In lower case there are only those. */
  readonly option: string;
  /** All behind the option. */
  readonly value: string;
  /** `mosquitto.conf:12` */
  readonly place: string;
}

/** What is read with: a text, and the names in a folder. */
export interface Reading {
  readonly read: (path: string) => Promise<string>;
  readonly list: (folder: string) => Promise<readonly string[]>;
}

/** mosquitto reads no deeper either. */
const DEPTH_MAX = 10;

/** @throws Error what cannot be read */
export async function linesOf(path: string, reading: Reading, depth = 0): Promise<readonly Line[]> {
  if (depth > DEPTH_MAX) throw new Error(`${path}: included too deeply`);
  const lines: Line[] = [];
  const text = await reading.read(path);
  for (const [i, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trimStart();
    if (line === '' || line.startsWith('#')) continue;
    const [, option = '', value = ''] = /^(\S+)\s*(.*?)\s*$/.exec(line) ?? [];
    const place = `${path}:${i + 1}`;
    if (option === 'include_dir') lines.push(...(await included(value, reading, depth)));
    lines.push({ option, value, place });
  }
  return lines;
}

/** Files that end in .conf, in the order of their bytes. */
async function included(folder: string, reading: Reading, depth: number): Promise<readonly Line[]> {
  const names = (await reading.list(folder)).filter((name) => name.endsWith('.conf'));
  const lines: Line[] = [];
  for (const name of names.toSorted())
    lines.push(...(await linesOf(posix.join(folder, name), reading, depth + 1)));
  return lines;
}
