// Sentences out of a file, and into a table beside it: what is left in their place is a number, and what they say of the
// case at hand. `page/words.js` puts them together again.

import { replaced, walk } from './syntax.mjs';

/** Reads a field: what it is called is for sentences only, and not worth a number at each call. */
const NAMES_FIELD = /^(?:uint8|uint16|uint32|variable|text|freshText|topicName|binary|field)$/;
/** Tables in words that are no sentences: hexadecimal codes. */
const NO_WORDS = /^(?:[\da-f -]*|\[.*\]|payloadFormat.*|connect .*|bit .*)$/;
const MARK = /#\[(\d+)\]/g;

export class Words {
  #sentences = [];

  /** For a build: takes them out of each module. */
  plugin = {
    name: 'words',
    transform: (code, id) => {
      if (id.includes('/explain/') || id.endsWith('/spec/properties.js')) return null;
      const places = [];
      walk(code, (node, around) => {
        if (
          !isSentence(node) ||
          around.at(-1).type.startsWith('Import') ||
          around.at(-1).type === 'TaggedTemplateExpression'
        )
          return;
        const call = around.at(-1);
        const isFieldName =
          call.type === 'CallExpression' &&
          NAMES_FIELD.test(call.callee.property?.name) &&
          call.arguments.length === 1;
        places.push([node.start, node.end, isFieldName ? '' : this.#short(node, code)]);
      });
      return { code: replaced(code, places), map: null };
    },
  };

  #short(node, code) {
    if (node.type === 'Literal') return `'${this.#mark(node.value)}'`;
    const gaps = node.expressions.map(({ start, end }) => plain(code.slice(start, end)));
    const parts = node.quasis.map(({ value }, index) => (gaps[index - 1]?.how ?? '') + value.cooked);
    const said = gaps.map(({ text }) => `\${${text}}`);
    return `\`${this.#mark(parts)}${said.length === 0 ? '' : `(${said.join('|')})`}\``;
  }

  #mark(sentence) {
    const text = JSON.stringify([sentence].flat());
    const known = this.#sentences.indexOf(text);
    return `#[${known < 0 ? this.#sentences.push(text) - 1 : known}]`;
  }

  /** Numbers in the order in which they stand in the files. @returns the files, and their sentences by number */
  numbered(codes) {
    const order = [];
    const numbered = codes.map((code) =>
      code.replace(MARK, (_, index) => {
        const known = order.indexOf(index);
        return `#${known < 0 ? order.push(index) - 1 : known}`;
      }),
    );
    return { codes: numbered, sentences: order.map((index) => JSON.parse(this.#sentences[Number(index)])) };
  }
}

/** What the file with the words can do itself: titles of reason codes, hexadecimal numbers, capitals. */
function plain(expression) {
  const hex = /^([\w.]+)\.toString\(16\)(?:\.padStart\(2, '0'\))?$/.exec(expression);
  if (hex !== null) return { text: hex[1], how: '\u0001' };
  const capitals = /^([\w.]+)\.toUpperCase\(\)$/.exec(expression);
  if (capitals !== null) return { text: capitals[1], how: '\u0002' };
  const text = /^String\((\w+)\)$/.exec(expression)?.[1] ?? expression;
  return { text: text.replace(/reasonTitle\((\w+)[^)]*\)/g, "'~' + $1"), how: '' };
}

function isSentence({ type, value, quasis }) {
  if (type === 'Literal') return typeof value === 'string' && value.includes(' ') && !NO_WORDS.test(value);
  return type === 'TemplateLiteral' && quasis.some(({ value }) => / [a-zA-Z]|[a-z] /.test(value.raw));
}
