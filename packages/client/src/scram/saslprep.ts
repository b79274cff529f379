// SASLprep: user names and passwords in one form, so that the same characters, however typed, are the same bytes.
// [RFC 4013, with the tables of RFC 3454]. Knows no SCRAM.

/** Why a text is no name or password; it says where, and never what. */
export type Unprepared = { readonly problem: string };

/**
 * Two departures, as RFC 3454 stands on Unicode 3.2 of 2002. Normalised and judged unassigned is by the Unicode of this
 * platform, so that letters of younger scripts, and emoji, are taken. In a text from right to left, left-to-right
 * characters (table D.2) are letters, spacing marks and letter numbers; D.2 has symbols and digits of some scripts, too.
 */
export function saslprep(text: string): string | Unprepared {
  const mapped = text.replace(MAPPED_TO_NOTHING, '').replace(NON_ASCII_SPACE, ' '); // [RFC 4013 2.1]
  const prepared = mapped.normalize('NFKC'); // [RFC 4013 2.2]
  for (const [what, characters] of PROHIBITED) {
    const at = prepared.search(characters);
    if (at !== -1) return { problem: `character ${at + 1} is prohibited: ${what}` };
  }
  return bidirectionalProblem(prepared) ?? prepared;
}

/** A character class of code points and ranges of them, as the tables of RFC 3454 write them. */
function setOf(table: string): string {
  return table.replace(/[0-9A-F]+/g, (codePoint) => `\\u{${codePoint}}`).replaceAll(' ', '');
}

function anyOf(table: string): RegExp {
  return new RegExp(`[${setOf(table)}]`, 'u');
}

/** Table B.1. */
const MAPPED_TO_NOTHING = new RegExp(
  `[${setOf('AD 34F 1806 180B-180D 200B-200D 2060 FE00-FE0F FEFF')}]`,
  'gu',
);

/** Table C.1.2, without 200B, which is mapped to nothing. */
const NON_ASCII_SPACE = new RegExp(`[${setOf('A0 1680 2000-200A 202F 205F 3000')}]`, 'gu');

/** RFC 4013 2.3 and 2.5. */
const PROHIBITED: readonly (readonly [what: string, characters: RegExp])[] = [
  ['a control character (C.2.1)', anyOf('0-1F 7F')],
  [
    'a control character (C.2.2)',
    anyOf('80-9F 6DD 70F 180E 200C 200D 2028 2029 2060-2063 206A-206F FEFF FFF9-FFFC 1D173-1D17A'),
  ],
  ['private use (C.3)', /\p{Co}/u],
  ['no character (C.4)', /\p{Noncharacter_Code_Point}/u],
  ['half of a surrogate pair (C.5)', /\p{Cs}/u],
  ['not for plain text (C.6)', anyOf('FFF9-FFFD')],
  ['not for canonical representation (C.7)', anyOf('2FF0-2FFB')],
  ['changes how text is displayed (C.8)', anyOf('340 341 200E 200F 202A-202E 206A-206F')],
  ['a tag (C.9)', anyOf('E0001 E0020-E007F')],
  ['unassigned (A.1)', /\p{Cn}/u],
];

/** Table D.1. */
const RIGHT_TO_LEFT_SET = setOf(
  '5BE 5C0 5C3 5D0-5EA 5F0-5F4 61B 61F 621-63A 640-64A 66D-66F 671-6D5 6DD 6E5 6E6 6FA-6FE 700-70D 710 ' +
    '712-72C 780-7A5 7B1 200F FB1D FB1F-FB28 FB2A-FB36 FB38-FB3C FB3E FB40 FB41 FB43 FB44 FB46-FBB1 ' +
    'FBD3-FD3D FD50-FD8F FD92-FDC7 FDF0-FDFC FE70-FE74 FE76-FEFC',
);
const RIGHT_TO_LEFT = new RegExp(`[${RIGHT_TO_LEFT_SET}]`, 'u');
const LEFT_TO_RIGHT = new RegExp(`(?![${RIGHT_TO_LEFT_SET}])[\\p{L}\\p{Mc}\\p{Nl}]`, 'u');
const RIGHT_TO_LEFT_AT_BOTH_ENDS = new RegExp(`^[${RIGHT_TO_LEFT_SET}](?:.*[${RIGHT_TO_LEFT_SET}])?$`, 'su');

/** [RFC 3454 6] */
function bidirectionalProblem(text: string): Unprepared | undefined {
  if (!RIGHT_TO_LEFT.test(text)) return undefined;
  if (LEFT_TO_RIGHT.test(text)) return { problem: 'it mixes letters from right to left with others' };
  if (!RIGHT_TO_LEFT_AT_BOTH_ENDS.test(text))
    return { problem: 'it has letters from right to left, but does not begin and end with one' };
  return undefined;
}
