/**
 * Owns the few facts about the characters of a topic that every file of this room shares.
 * Never validates: that is names.ts.
 *
 * Positions: a level starts at an index and ends before the next '/' or at the end of the text. The level
 * after one that ends at `end` starts at `end + 1`, so `start > text.length` says that no level is left, and
 * `start === text.length` that one empty level is left. Empty levels count [5:MQTT-4.7.3-4].
 */

export const SLASH = 0x2f;
export const PLUS = 0x2b;
export const HASH = 0x23;
export const DOLLAR = 0x24;

/** Index where the level that starts at `start` ends: the next '/' or the end of the text. */
export function levelEnd(text: string, start: number): number {
  const slash = text.indexOf('/', start);
  return slash < 0 ? text.length : slash;
}

/** Levels of a name or filter, empty ones too. */
export function levelCount(text: string): number {
  let count = 1;
  for (let at = text.indexOf('/'); at >= 0; at = text.indexOf('/', at + 1)) count += 1;
  return count;
}

/** Parents shorter than this are not worth a copy: what a slice may keep alive is then small and bounded. */
const sliceParentCharsMax = 256;

/**
 * The part of `text` from `start` to `end`, for keeping. V8 makes a long slice a view that keeps its whole
 * parent alive, so a short level kept from a long filter would leave 64 KiB behind after an UNSUBSCRIBE:
 * from a long parent the part is therefore copied (concatenation makes a new string, the slice views that).
 */
export function keptSlice(text: string, start: number, end: number): string {
  if (start === 0 && end === text.length) return text;
  const part = text.slice(start, end);
  return text.length <= sliceParentCharsMax ? part : `/${part}`.slice(1);
}
