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

/** What is given for a clause at the end of a call, or among the facts of an error. */
export const clauses = folding('clauses', ({ type, properties }, _, __, code) => {
  if (type === 'ObjectExpression') {
    const kept = properties.filter((one) => one.key?.name !== 'clause' || !isClause(one.value));
    if (kept.length < properties.length)
      return `{ ${kept.map(({ start, end }) => code.slice(start, end)).join(', ')} }`;
  }
  return undefined;
});

function isClause({ type, value }) {
  return type === 'Literal' && CLAUSES.test(value);
}

function folding(name, textOf) {
  return {
    name,
    transform(code, id) {
      const places = [];
      walk(code, (node, around) => {
        const text = textOf(node, around, id, code);
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

function folded({ properties }) {
  const answers = properties.map(({ key, value }) => `${value.name} = ${ANSWERS[key.name]}`);
  return answers.some((text) => text.endsWith('undefined')) ? undefined : answers.join(', ');
}

function isDialect(node) {
  const name = node?.name ?? node?.property?.name ?? node?.callee?.name?.replace('Of', '') ?? '';
  return /dialect$/i.test(name);
}
