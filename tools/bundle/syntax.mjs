// Code as a tree, and changes to it as places in its text. Knows nothing of what is changed.

import { parseAst } from 'rolldown/parseAst';

/** Calls for every node, with the nodes around it, the nearest last. */
export function walk(code, visit) {
  const around = [];
  const go = (node) => {
    if (node === null || typeof node !== 'object') return;
    const isNode = typeof node.type === 'string';
    if (isNode) {
      visit(node, around);
      around.push(node);
    }
    for (const child of Object.values(node)) go(child);
    if (isNode) around.pop();
  };
  go(parseAst(code));
}

/** @param places `[start, end, text]`; one inside another is left out */
export function replaced(code, places) {
  places.sort(([a, b], [c, d]) => a - c || d - b);
  let out = '';
  let at = 0;
  for (const [start, end, text] of places) {
    if (start < at) continue;
    out += code.slice(at, start) + text;
    at = end;
  }
  return out + code.slice(at);
}
