// Of a file that is whole, with names that nobody outside knows: members that nobody calls are left out, the names of the
// others are shortened, and private names become such names.

import { replaced, walk } from './syntax.mjs';

/** What is read by a name that is put together at run time would be missed: a word in a string keeps its name, as exports do. */
export function wordsInStrings(code) {
  const words = new Set();
  walk(code, (node) => {
    if (node.type === 'ExportSpecifier') words.add(node.exported.name);
    if (node.type === 'Literal' && typeof node.value === 'string' && /^[A-Za-z_$][\w$]*$/.test(node.value))
      words.add(node.value);
  });
  return words;
}

/**
 * @param codes all files that know each other
 * @param known names that others know
 */
export function withoutUnused(codes, known) {
  const used = new Set(known);
  const members = codes.map((code) => {
    for (const word of wordsInStrings(code)) used.add(word);
    const found = [];
    walk(code, (node, around) => {
      const parent = around.at(-1);
      if (node.type === 'PrivateIdentifier' && parent.key !== node) used.add(`#${node.name}`);
      else if (node.type === 'Identifier' && !isDefinition(parent, node)) used.add(node.name);
      if (isMember(node)) found.push(node);
    });
    return found;
  });
  return codes.map((code, index) => {
    const places = members[index]
      .filter(({ key }) => !used.has(key.type === 'PrivateIdentifier' ? `#${key.name}` : key.name))
      .map(({ start, end }) => [start, end, '']);
    return replaced(code, places);
  });
}

function isDefinition(parent, node) {
  return (
    (parent?.type === 'MethodDefinition' || parent?.type === 'PropertyDefinition') && parent.key === node
  );
}

/** Methods, accessors, functions in fields. */
function isMember({ type, computed, key, value }) {
  if (
    computed ||
    (key?.type !== 'Identifier' && key?.type !== 'PrivateIdentifier') ||
    key.name === 'constructor'
  )
    return false;
  return (
    type === 'MethodDefinition' ||
    (type === 'PropertyDefinition' && (value === null || value.type === 'ArrowFunctionExpression'))
  );
}

/**
 * Private names become such names, too, the same ones again in each class: what is alike is written shorter. Not in the classes
 * that an application is given: who copies such an object gets nothing else with it.
 * @param codes all files that know each other
 */
export function shortened(codes, known, given) {
  const kept = new Set(known);
  for (const code of codes) for (const word of wordsInStrings(code)) kept.add(word);
  const count = new Map();
  const classes = new Map();
  const spots = codes.map((code) => {
    const found = [];
    walk(code, (node, around) => {
      const parent = around.at(-1);
      if (node.type === 'PrivateIdentifier') {
        const own = classAround(around);
        if (given.has(own.name)) return;
        const names = classes.get(own.node) ?? new Map();
        classes.set(own.node, names.set(node.name, (names.get(node.name) ?? 0) + 1));
        found.push([node, 'private', own.node]);
      } else if (
        node.type === 'Identifier' &&
        isPropertyName(parent, node) &&
        !kept.has(node.name) &&
        node.name !== 'constructor'
      ) {
        count.set(node.name, (count.get(node.name) ?? 0) + 1);
        found.push([node, parent.shorthand ? 'shorthand' : 'name']);
      }
    });
    return found;
  });
  const short = shortNames(kept);
  const most = Math.max(...[...classes.values()].map(({ size }) => size));
  const own = Array.from({ length: most }, () => short.next().value);
  for (const names of classes.values())
    for (const [index, [name]] of byCount(names).entries()) names.set(name, own[index]);
  const became = new Map(byCount(count).map(([name]) => [name, short.next().value]));
  return codes.map((code, index) => replaced(code, places(spots[index], became, classes)));
}

function byCount(names) {
  return [...names].sort(([, a], [, b]) => b - a);
}

function classAround(around) {
  const at = around.findLastIndex(({ type }) => type === 'ClassDeclaration' || type === 'ClassExpression');
  return { node: around[at], name: around[at].id?.name ?? around[at - 1].id?.name };
}

/** Without fields that begin as undefined, of who has nothing above it that could have them. */
export function withoutEmptyFields(code) {
  const places = [];
  walk(code, ({ type, computed, key, value, start, end }, around) => {
    if (
      type === 'PropertyDefinition' &&
      !computed &&
      key.type === 'Identifier' &&
      value === null &&
      around.at(-2).superClass === null
    )
      places.push([start, end, '']);
  });
  return replaced(code, places);
}

function places(spots, became, classes) {
  const found = new Map();
  for (const [node, how, own] of spots) {
    const to = how === 'private' ? classes.get(own).get(node.name) : became.get(node.name);
    found.set(node.start, [
      node.start,
      how === 'shorthand' ? node.start : node.end,
      how === 'shorthand' ? `${to}:` : to,
    ]);
  }
  return [...found.values()];
}

function isPropertyName(parent, node) {
  switch (parent?.type) {
    case 'MemberExpression':
      return !parent.computed && parent.property === node;
    case 'Property':
    case 'MethodDefinition':
    case 'PropertyDefinition':
      return !parent.computed && parent.key === node;
    default:
      return false;
  }
}

function* shortNames(kept) {
  const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
  for (const prefix of ['', ...letters])
    for (const letter of letters) if (!kept.has(prefix + letter)) yield prefix + letter;
}
