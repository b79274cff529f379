// Text from a peer made safe for a terminal, and how wide it is there. Owns no layout.

/** What a terminal might obey, or the eye would not see: controls, escapes, line ends, invisible and reordering marks. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu;

/** Nearly all there is: neither unsafe nor wide. */
const ASCII = /^[ -~]*$/;

/** `text` on one line with every character that is not safe to print written as `\u{...}`. */
export function printable(text: string): string {
  if (ASCII.test(text)) return text;
  return text.replace(UNSAFE, (c) => `\\u{${(c.codePointAt(0) ?? 0).toString(16)}}`);
}

/** JSON on one line with the same characters written as JSON escapes. */
export function printableJson(value: unknown): string {
  return printableJsonText(JSON.stringify(value));
}

/** The same for what is JSON already: such characters are in its strings only. */
export function printableJsonText(json: string): string {
  if (ASCII.test(json)) return json;
  return json.replace(UNSAFE, (c) => {
    let escaped = '';
    for (let i = 0; i < c.length; i++) escaped += `\\u${c.charCodeAt(i).toString(16).padStart(4, '0')}`;
    return escaped;
  });
}

const COMBINING = /\p{M}/u;
/** Half-width forms of scripts that are wide otherwise. */
const HALF_WIDTH = /[\uff61-\uffdc]/;
/** East Asian wide and full-width characters, and emoji shown as pictures. */
const WIDE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}\p{Script=Yi}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6\p{Emoji_Presentation}]/u;

/** The columns `text` takes in a terminal, closely enough to line up what stands behind it. */
export function columnsOf(text: string): number {
  if (ASCII.test(text)) return text.length;
  let columns = 0;
  for (const c of text) columns += c < '\u0300' ? 1 : columnsOfCharacter(c);
  return columns;
}

function columnsOfCharacter(c: string): 0 | 1 | 2 {
  if (COMBINING.test(c)) return 0;
  return WIDE.test(c) && !HALF_WIDTH.test(c) ? 2 : 1;
}

/** `text` with spaces behind it up to `columns`; one that is wider stays as it is. */
export function padded(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - columnsOf(text)));
}
