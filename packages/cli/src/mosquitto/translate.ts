// Lines of a mosquitto.conf to a configuration of ours, and what is to be said about them. Pure.

import { Draft, type Remark } from './draft.ts';
import type { Line } from './file.ts';
import { optionOf } from './options.ts';
import { type Configuration, configurationOf } from './result.ts';
import { flag, Misread } from './values.ts';

export interface Translation {
  readonly configuration: Configuration;
  readonly remarks: readonly Remark[];
}

/** @param file the name of a file, as it is found from everywhere */
export function translate(lines: readonly Line[], file: (value: string) => string): Translation {
  const draft = new Draft(file);
  // It says how the lines before it are read, too.
  draft.perListener = lines.some(({ option, value }) => option === 'per_listener_settings' && isTrue(value));
  for (const line of lines) take(draft, line);
  const configuration = configurationOf(draft);
  const order = new Map(lines.map((line, i) => [line, i]));
  const remarks = draft.remarks.toSorted((a, b) => (order.get(a.line) ?? 0) - (order.get(b.line) ?? 0));
  return { configuration, remarks };
}

function isTrue(value: string): boolean {
  try {
    return flag(value);
  } catch {
    return false;
  }
}

function take(draft: Draft, line: Line): void {
  const option = optionOf(line.option);
  const leaveOut = (text: string): void => void draft.remarks.push({ line, kind: 'left-out', text });
  if (option === undefined) return leaveOut('mosquitto.conf has no such option that is known here');
  if ('needless' in option) return;
  if ('leftOut' in option) return leaveOut(option.leftOut);
  try {
    const differs = option.take(draft, line.value, line);
    if (differs !== undefined) draft.remarks.push({ line, kind: 'differs', text: differs });
  } catch (error) {
    if (!(error instanceof Misread)) throw error;
    leaveOut(error.message);
  }
}
