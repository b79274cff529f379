// What is worth its bytes in a source and not in a page, taken out of each module: names of reason codes, clauses of faults.
// In a file that speaks 5.0 only, also what the dialect is asked, and the sentences.

import { Reason } from '@anax/protocol';
import { replaced, walk } from './syntax.mjs';

const CLAUSES = /^\[(?:5|3\.1\.1):[^\]]+\](?: \[(?:5|3\.1\.1):[^\]]+\])*$/;

/** Names of reason codes become their numbers, clauses nothing. */
export const facts = folding('facts', (node) => {
  if (node.type === 'Literal' && CLAUSES.test(node.value)) return "''";
  const isReason = node.type === 'MemberExpression' && !node.computed && node.object.name === 'Reason';
  return isReason ? String(Reason[node.property.name]) : undefined;
});

/** Clauses as the last of what is given to a call, and among the facts of an error. */
export const clauses = {
  name: 'clauses',
  transform(code) {
    const places = [];
    walk(code, (node) => {
      if (node.type === 'ObjectExpression') places.push(...withoutClause(node));
      if (node.type === 'CallExpression' || node.type === 'NewExpression') places.push(...withoutLast(node));
    });
    return { code: replaced(code, places), map: null };
  },
};

function withoutClause({ properties, start, end }) {
  const at = properties.findIndex(({ key }) => key?.name === 'clause');
  if (at < 0) return [];
  if (properties.length === 1) return [[start, end, '{}']];
  const [before, own, behind] = [properties[at - 1], properties[at], properties[at + 1]];
  return [[before?.end ?? own.start, before === undefined ? (behind?.start ?? own.end) : own.end, '']];
}

function withoutLast({ arguments: given }) {
  const before = given.at(-2);
  return given.length > 1 && isClause(given.at(-1)) ? [[before.end, given.at(-1).end, '']] : [];
}

function isClause({ type, value }) {
  return type === 'Literal' && CLAUSES.test(value);
}

function folding(name, textOf) {
  return {
    name,
    transform(code) {
      const places = [];
      walk(code, (node, around) => {
        const text = textOf(node, around);
        if (text !== undefined) places.push([node.start, node.end, text]);
      });
      return { code: replaced(code, places), map: null };
    },
  };
}

/** What MQTT 5.0 answers. */
const ANSWERS = {
  properties: 'true',
  reasonCodes: 'true',
  serverDisconnect: 'true',
  enhancedAuthentication: 'true',
  subscriptionOptions: 'true',
  sharedSubscriptions: 'true',
  passwordWithoutUserName: 'true',
  sessionPresent: 'true',
  minimalRemainingLength: 'true',
  emptyClientId: "'always'",
  dupOnRequests: 'false',
  flaggedCredentialsMayBeMissing: 'false',
  protocolName: "'MQTT'",
  protocolLevel: '5',
};

/** `dialect.properties`, and `const { properties } = dialect`, of whatever is called a dialect. */
export const dialect = folding('dialect', (node) => {
  if (node.type === 'MemberExpression' && !node.computed && isDialect(node.object))
    return ANSWERS[node.property.name];
  if (node.type === 'VariableDeclarator' && node.id.type === 'ObjectPattern' && isDialect(node.init))
    return folded(node.id);
  return undefined;
});

/** There is one, from the first byte on: nobody reads CONNECT. */
export const chosen = folding('chosen', ({ type, operator, left, right, object, property }, around) => {
  if (type === 'BinaryExpression' && isDialect(left) && right.name === 'undefined')
    return { '===': 'false', '!==': 'true' }[operator];
  if (type !== 'MemberExpression' || property.name !== 'connectRead') return undefined;
  const { type: use, left: target } = around.at(-1);
  return use === 'AssignmentExpression' && target.object === object ? undefined : 'true';
});

function folded({ properties }) {
  const answers = properties.map(({ key, value }) => `${value.name} = ${ANSWERS[key.name]}`);
  return answers.some((text) => text.endsWith('undefined')) ? undefined : answers.join(', ');
}

function isDialect(node) {
  const name = node?.name ?? node?.property?.name ?? node?.callee?.name?.replace('Of', '') ?? '';
  return /dialect$/i.test(name);
}
