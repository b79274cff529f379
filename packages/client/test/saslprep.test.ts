// SASLprep: the examples of RFC 4013, and a character of each table of RFC 3454.

import { describe, expect, test } from 'vitest';
import { saslprep } from '../src/scram/saslprep.ts';

test.each([
  ['I\u00ADX', 'IX', 'SOFT HYPHEN mapped to nothing'],
  ['user', 'user', 'no transformation'],
  ['USER', 'USER', 'case preserved'],
  ['\u00AA', 'a', 'output is NFKC, input in ISO 8859-1'],
  ['\u2168', 'IX', 'output is NFKC'],
  ['a\u00A0b\u3000c', 'a b c', 'spaces are spaces'],
  ['a\u200Bb', 'ab', 'one of no width is nothing'],
  ['\u0627\uFB50\u0031\u0627', '\u0627\u0671\u0031\u0627', 'right to left with a digit inside'],
  ['\u05D0', '\u05D0', 'one letter from right to left'],
  ['\u{1F600}', '\u{1F600}', 'younger than the tables'],
  ['', '', 'nothing'],
])('%j becomes %j: %s', (given, prepared) => {
  expect(saslprep(given)).toBe(prepared);
});

describe('is prohibited:', () => {
  test.each([
    ['\u0007', 'C.2.1'],
    ['\u007F', 'C.2.1'],
    ['\u0085', 'C.2.2'],
    ['\u{1D173}', 'C.2.2'],
    ['\uE000', 'C.3'],
    ['\u{1FFFE}', 'C.4'],
    ['\uD800', 'C.5'],
    ['\uFFFD', 'C.6'],
    ['\u2FF0', 'C.7'],
    ['\u202E', 'C.8'],
    ['\u{E0041}', 'C.9'],
    ['\u0378', 'A.1'],
  ])('%j by table %s', (character, table) => {
    expect(saslprep(`ab${character}`)).toEqual({
      problem: expect.stringMatching(new RegExp(`^character 3 .*\\(${table}\\)`)),
    });
  });

  test.each([
    ['\u0627\u0031', 'begin and end'],
    ['\u0031\u0627', 'begin and end'],
    ['\u0627a\u0627', 'mixes'],
  ])('%j as %s', (given, why) => {
    expect(saslprep(given)).toEqual({ problem: expect.stringContaining(why) });
  });
});
