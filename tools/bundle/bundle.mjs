// Makes the browser's client one file, and SCRAM another: ES modules that a page loads as they are, without a bundler of
// its own. Reads what `tsc` has built; the last step of `npm run build`.

import { fileURLToPath } from 'node:url';
import { Reason } from '@anax/protocol';
import { rolldown } from 'rolldown';
import { parseAst } from 'rolldown/parseAst';

const dist = new URL('../../packages/client/dist/browser/', import.meta.url);
const fileOf = (name) => fileURLToPath(new URL(name, dist));

/** What is worth its bytes in a source and not in a page: names of reason codes, and the clauses that a fault breaks. */
const folded = {
  name: 'fold',
  transform(code) {
    const places = [];
    walk(parseAst(code), (node) => {
      const text = foldedText(node);
      if (text !== undefined) places.push([node.start, node.end, text]);
    });
    places.sort(([a], [b]) => a - b);
    let out = '';
    let at = 0;
    for (const [start, end, text] of places) {
      out += code.slice(at, start) + text;
      at = end;
    }
    return { code: out + code.slice(at) };
  },
};

const CLAUSES = /^\[(?:5|3\.1\.1):[^\]]+\](?: \[(?:5|3\.1\.1):[^\]]+\])*$/;

function foldedText(node) {
  if (node.type === 'Literal' && CLAUSES.test(node.value)) return "''";
  const isReason = node.type === 'MemberExpression' && !node.computed && node.object.name === 'Reason';
  return isReason ? String(Reason[node.property.name]) : undefined;
}

function walk(node, visit) {
  if (node === null || typeof node !== 'object') return;
  if (typeof node.type === 'string') visit(node);
  for (const child of Object.values(node)) walk(child, visit);
}

async function bundle(from, to) {
  const build = await rolldown({ input: fileOf(from), platform: 'browser', plugins: [folded] });
  await build.write({
    file: fileOf(to),
    format: 'es',
    comments: false,
    minify: {
      compress: { target: 'es2022' },
      mangle: { toplevel: true },
      codegen: { removeWhitespace: true },
    },
  });
  await build.close();
}

await bundle('index.js', 'client.min.js');
await bundle('../scram/scram.js', '../scram/scram.min.js');
