// Where in the files of a user an error comes from. Reads no file.

import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where this package and those that it uses are; what they throw is told with the user's line that called them. */
const OWN = fileURLToPath(new URL('../../../', import.meta.url));

const FRAME = /(?:\(|at |async )((?:file:\/\/|\/|[A-Za-z]:\\)[^\s()]*?):(\d+):(\d+)\)?$/;

/** `fleet.ts:12:7`, from the innermost frame that is the user's; undefined where there is none. */
export function whereOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  for (const line of (error.stack ?? '').split('\n')) {
    const [, place, row, column] = FRAME.exec(line.trimEnd()) ?? [];
    if (place === undefined) continue;
    const path = place.startsWith('file:') ? fileURLToPath(place) : place;
    if (isUsers(path)) return `${shown(path)}:${row}:${column}`;
  }
  return undefined;
}

function isUsers(path: string): boolean {
  return !path.startsWith(OWN) && !/[\\/]node_modules[\\/]/.test(path);
}

/** From the current folder, where that is shorter. */
export function shown(path: string): string {
  const from = relative('', path);
  return from.startsWith('..') || from === '' ? path : from;
}

/** `fleet.ts:12:7: TypeError: …`, on one line. */
export function told(error: unknown): string {
  const said = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const where = whereOf(error);
  return where === undefined ? said : `${where}: ${said}`;
}
