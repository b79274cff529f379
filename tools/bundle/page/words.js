// Puts an error into words: what is loaded when there is one to tell. `SENTENCES` and `TITLES` stand before it.

export function told(error) {
  if (error.message[0] !== '#') return;
  const message = sentence(error.message);
  error.stack = error.stack?.replace(error.message, () => message);
  error.message = message;
  if (error.meaning) error.meaning = sentence(error.meaning);
}

/** `#17(a|b)`: sentence 17 with its gaps filled; `~135`: the title of a reason code. */
function sentence(text) {
  if (text in TITLES) return TITLES[text];
  const [, number, , given] = /^#(\d+)(\((.*)\))?$/s.exec(text) ?? [];
  if (number === undefined) return text;
  const parts = SENTENCES[number];
  const filled = given === undefined ? [] : gaps(given, parts.length - 1).map(sentence);
  return parts.map((part, index) => before(part, filled[index - 1])).join('');
}

/** What fills the gap before a part, as the sign at its beginning asks: a hexadecimal number, or capitals. */
function before(part, gap = '') {
  if (part[0] === '\u0001') return Number(gap).toString(16).padStart(2, '0') + part.slice(1);
  return part[0] === '\u0002' ? gap.toUpperCase() + part.slice(1) : gap + part;
}

/** Between bars that stand in no parentheses. What comes in quotes may hold anything. */
function gaps(text, count) {
  const found = [''];
  let depth = 0;
  for (const [part] of text.matchAll(/"(?:[^"\\]|\\.)*"|./gs)) {
    if (part === '(') depth += 1;
    if (part === ')') depth -= 1;
    if (part === '|' && depth === 0 && found.length < count) found.push('');
    else found[found.length - 1] += part;
  }
  return found;
}
