// The beginning of a payload on one line, for tables and remarks: never longer than was asked for, and safe to print.

import { columnsOf, hexOf, printable, utf8Text } from '../render/index.ts';
import { FormatFault } from './fault.ts';
import { type Shown, type ShownFormat, shownPayload } from './shown.ts';

/** A payload of which only the beginning may be there. */
export interface Excerpt extends Shown {
  /** Of the whole. */
  readonly bytes: number;
}

/** What does not fit into the format is shown as text or in hex; `?` before it says so. */
export function excerptOf(message: Excerpt, format: ShownFormat, columnsMax: number): string {
  const { payload, bytes } = message;
  const whole = payload.length === bytes;
  if (whole && format !== 'raw') {
    try {
      const shown = shownPayload(message, format, true);
      return shortened(printable(typeof shown === 'string' ? shown : textOrHex(shown)), columnsMax);
    } catch (error) {
      if (!(error instanceof FormatFault)) throw error;
      return shortened(`? ${printable(textOrHex(payload))}`, columnsMax);
    }
  }
  if (whole) return shortened(printable(textOrHex(payload)), columnsMax);
  return shortened(`${printable(beginningOf(payload))} … ${bytes} bytes`, columnsMax);
}

function textOrHex(payload: Uint8Array): string {
  return utf8Text(payload) ?? hexOf(payload);
}

/** The character that the cut went through, of four bytes at most, is left out. */
function beginningOf(payload: Uint8Array): string {
  for (let cut = 0; cut <= Math.min(3, payload.length); cut++) {
    const text = utf8Text(payload.subarray(0, payload.length - cut));
    if (text !== undefined) return text;
  }
  return hexOf(payload);
}

/** With `…` for what does not fit into so many columns of a terminal. */
export function shortened(text: string, columnsMax: number): string {
  if (columnsMax <= 0) return '';
  // Nearly always: a character has a column at most per UTF-16 unit.
  if (text.length <= columnsMax && columnsOf(text) <= columnsMax) return text;
  let columns = 0;
  let shown = '';
  for (const character of text) {
    columns += columnsOf(character);
    if (columns > columnsMax - 1) break;
    shown += character;
  }
  return `${shown}…`;
}
