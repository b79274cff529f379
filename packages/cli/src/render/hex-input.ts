// Hex as people paste it, to bytes: with or without spaces, `0x`, colons, commas, bars and line ends.
// Says exactly which character is none of that. Guesses nothing else.

export interface HexProblem {
  /** What is wrong and where, in one sentence. */
  readonly message: string;
}

const SEPARATORS = new Set([...' \t\r\n\f\v:,;|\ufeff\u00a0']);
const DIGITS = '0123456789abcdef';

/** The bytes written in `text`, or the place of the first character that cannot be read. */
export function parseHex(text: string): Uint8Array | HexProblem {
  const bytes = new Uint8Array(text.length >> 1);
  let length = 0;
  let i = 0;
  while (i < text.length) {
    const c = text.charAt(i);
    if (SEPARATORS.has(c)) {
      i += 1;
    } else if (c === '0' && /[xX]/.test(text.charAt(i + 1))) {
      i += 2;
    } else {
      const high = digit(c);
      if (high < 0) return notHex(text, i);
      const low = digit(text.charAt(i + 1));
      if (low < 0) {
        const next = text.charAt(i + 1);
        return next === '' || SEPARATORS.has(next) ? halfByte(text, i) : notHex(text, i + 1);
      }
      bytes[length++] = high * 16 + low;
      i += 2;
    }
  }
  return bytes.slice(0, length);
}

/** Whether bytes are hex that somebody typed and not a capture: MQTT always has a byte that no text has. */
export function looksLikeText(bytes: Uint8Array): boolean {
  return bytes.every((byte) => (byte >= 0x20 && byte < 0x7f) || (byte >= 0x09 && byte <= 0x0d));
}

function digit(c: string): number {
  return c === '' ? -1 : DIGITS.indexOf(c.toLowerCase());
}

function notHex(text: string, at: number): HexProblem {
  const c = String.fromCodePoint(text.codePointAt(at) ?? 0);
  return { message: `${JSON.stringify(c)} ${placeOf(text, at)} is not a hex digit` };
}

function halfByte(text: string, at: number): HexProblem {
  return {
    message: `${JSON.stringify(text.charAt(at))} ${placeOf(text, at)} is half a byte: its second digit is missing`,
  };
}

/** `at character 5`, or `in line 2 at character 5` where there are more lines than one. */
function placeOf(text: string, at: number): string {
  const before = text.slice(0, at);
  const line = before.split('\n').length;
  const column = at - (before.lastIndexOf('\n') + 1) + 1;
  return text.trimEnd().includes('\n') ? `in line ${line} at character ${column}` : `at character ${column}`;
}
