// Of files that are whole: parameters that nobody reads, and what is given for them. Functions and methods are looked at that
// are called by their own name and used in no other way.

import { wordsInStrings } from './closed-world.mjs';
import { replaced, walk } from './syntax.mjs';

/**
 * @param codes all files that know each other, with all that they export known
 * @param known names that others know
 */
export function withoutUnusedParameters(codes, known) {
  const uses = new Map();
  const useOf = (name) => uses.get(name) ?? uses.set(name, { defined: [], calls: [], others: 0 }).get(name);
  codes.forEach((code, file) => {
    walk(code, (node, around) => {
      const parent = around.at(-1);
      if (node.type === 'FunctionDeclaration' && node.id !== null)
        useOf(node.id.name).defined.push([file, node]);
      if (node.type === 'MethodDefinition' && !node.computed && node.kind === 'method')
        useOf(keyOf(node.key)).defined.push([file, node.value]);
      if (node.type !== 'Identifier' && node.type !== 'PrivateIdentifier') return;
      if (parent.type === 'FunctionDeclaration' && parent.id === node) return;
      if (parent.type === 'MethodDefinition' && parent.key === node && parent.kind === 'method') return;
      const call = callOf(node, around);
      if (call !== undefined) useOf(keyOf(node)).calls.push([file, call]);
      else useOf(keyOf(node)).others += 1;
    });
  });
  const said = new Set(codes.flatMap((code) => [...wordsInStrings(code)]));
  const places = codes.map(() => []);
  for (const [name, { defined, calls, others }] of uses) {
    if (defined.length !== 1 || others > 0 || known.has(name) || said.has(name)) continue;
    const [[file, own]] = defined;
    const { params } = own;
    // One at a time: two that touch could not both be cut.
    const index = params.findIndex(
      (param, at) =>
        param.type === 'Identifier' &&
        !isRead(codes[file], own, param.name) &&
        calls.every(([, call]) => isHarmless(call.arguments, at)),
    );
    if (index < 0) continue;
    places[file].push(cut(params, index));
    for (const [at, { arguments: given }] of calls)
      if (index < given.length) places[at].push(cut(given, index));
  }
  return codes.map((code, file) => replaced(code, places[file]));
}

function keyOf({ type, name }) {
  return type === 'PrivateIdentifier' ? `#${name}` : name;
}

/** The call whose function this name is: `name()`, `x.name()`. */
function callOf(node, around) {
  const parent = around.at(-1);
  if (parent.type === 'CallExpression' && parent.callee === node) return parent;
  const isMember = parent.type === 'MemberExpression' && parent.property === node && !parent.computed;
  const call = around.at(-2);
  return isMember && call?.type === 'CallExpression' && call.callee === parent ? call : undefined;
}

/** Anywhere but where it is declared: in the body, or in what another parameter is otherwise. */
function isRead(code, { params, body }, name) {
  const text = code.slice(params[0].start, body.end);
  const spots = text.match(
    new RegExp(`(?<![\\w$]|(?<!\\.\\.)\\.)${name.replaceAll('$', '\\$')}(?![\\w$])`, 'g'),
  );
  return spots.length > 1;
}

/** What is given can be left out: a name or a value, and nothing before it could be several. */
function isHarmless(given, index) {
  if (given.slice(0, index + 1).some(({ type }) => type === 'SpreadElement')) return false;
  const type = given[index]?.type;
  return type === undefined || type === 'Identifier' || type === 'Literal' || isPlainField(given[index]);
}

function isPlainField({ type, object, computed }) {
  return (
    type === 'MemberExpression' &&
    !computed &&
    (object.type === 'ThisExpression' || object.type === 'Identifier')
  );
}

function cut(list, index) {
  const [before, own, behind] = [list[index - 1], list[index], list[index + 1]];
  return before === undefined ? [own.start, behind?.start ?? own.end, ''] : [before.end, own.end, ''];
}
