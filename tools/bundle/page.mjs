// Makes the client for pages: one file with what MQTT 5.0 over WebSocket takes, and beside it what is loaded when it is first
// used: requests and responses, the words of errors, and the whole client for options that ask for more. Reads what `tsc` has
// built.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { reasonTitle } from '@anax/protocol';
import { rolldown } from 'rolldown';
import { minifySync } from 'rolldown/experimental';
import { shortened, withoutEmptyFields, withoutUnused } from './closed-world.mjs';
import { chosen, clauses, dialect, facts } from './fold.mjs';
import { PROPERTIES_AS_TEXT } from './properties.mjs';
import { publicNames } from './public-names.mjs';
import { withoutUnusedParameters } from './unused-parameters.mjs';
import { Words } from './words.mjs';

const packages = new URL('../../packages/', import.meta.url);
const pathOf = (name, from = packages) => fileURLToPath(new URL(name, from));
const ENTRANCE = pathOf('client/dist/browser/index.js');

/** In a place that `tsc` has built a file for, or has not, another one stands. Its imports are those of the place. */
function inPlace(files) {
  const places = new Map(
    Object.entries(files).map(([place, file]) => [pathOf(place), pathOf(file, import.meta.url)]),
  );
  return {
    name: 'in-place',
    resolveId(id, from) {
      const path = from === undefined ? id : pathOf(id, new URL(`file://${from}`));
      return places.has(path) ? path : null;
    },
    load(id) {
      const file = places.get(id);
      return file === undefined ? null : readFileSync(file, 'utf8');
    },
  };
}

/** Files that lie beside the one that is made. */
const besides = {
  name: 'besides',
  resolveId: (id) => (id.endsWith('.min.js') ? { id, external: true } : null),
};

const ONE_DIALECT = {
  'protocol/dist/codec/framer.js': 'page/framer.js',
  'protocol/dist/codec/intern.js': 'page/intern.js',
  'protocol/dist/codec/properties.js': 'page/properties.js',
  'protocol/dist/codec/utf8.js': 'page/utf8.js',
  'protocol/dist/page.js': 'page/protocol.js',
  'protocol/dist/spec/dialects.js': 'page/dialects.js',
  'protocol/dist/spec/fault.js': 'page/fault.js',
  'protocol/dist/spec/reason-titles.js': 'page/reason-titles.js',
  'protocol/dist/topic/names.js': 'page/names.js',
  'client/dist/auth/turns.js': 'page/turns.js',
  'client/dist/browser/index.js': 'page/index.js',
  'client/dist/features.js': 'page/features.js',
  'client/dist/shell/asking.js': 'page/asking.js',
  'client/dist/shell/attempts.js': 'page/attempts.js',
  'client/dist/shell/held.js': 'page/held.js',
  'client/dist/shell/more.js': 'page/more.js',
};

const properties = {
  name: 'properties',
  load: (id) => (id === pathOf('protocol/dist/spec/properties.js') ? PROPERTIES_AS_TEXT : null),
};

/** The classes that an application is given. */
const GIVEN = new Set(['Message', 'Client', 'Subscription']);

/** @returns what the files hold, by name */
export async function pageFiles() {
  const words = new Words();
  const output = await bundled(
    ENTRANCE,
    [inPlace(ONE_DIALECT), properties, clauses, words.plugin, facts, chosen, dialect],
    { entryFileNames: 'client.min.js', chunkFileNames: 'client.[name].min.js' },
  );
  const { codes, sentences } = words.numbered(output.map(({ code }) => code));
  const files = new Map(closed(codes).map((code, index) => [output[index].fileName, code]));
  files.set('client.words.min.js', minified(wordsFile(sentences)));
  return files.set('client.whole.min.js', await whole());
}

/** What page files make of the protocol, for a test that compares. */
export async function pageProtocol() {
  const plugins = [inPlace(ONE_DIALECT), properties, clauses, new Words().plugin, facts, chosen, dialect];
  const [{ code }] = await bundled(pathOf('protocol/dist/page.js'), plugins, {});
  return minified(code);
}

/** Everything, but for the errors, which are those of the file that loads it. */
async function whole() {
  const errors = {
    'protocol/dist/spec/fault.js': 'page/shared-errors.js',
    'client/dist/typed-errors.js': 'page/shared-errors.js',
  };
  const [{ code }] = await bundled(ENTRANCE, [inPlace(errors), facts], {});
  return minified(code);
}

export async function bundled(input, plugins, names) {
  const build = await rolldown({
    input,
    platform: 'browser',
    plugins: [besides, ...plugins],
    // What stands in a place exports no more than is used.
    shimMissingExports: true,
    preserveEntrySignatures: 'allow-extension',
    logLevel: 'silent',
    treeshake: { propertyReadSideEffects: false },
  });
  const { output } = await build.generate({ format: 'es', ...names });
  await build.close();
  return output;
}

function wordsFile(sentences) {
  const codes = Array.from({ length: 256 }, (_, code) => [`~${code}`, reasonTitle(code)]);
  const titles = Object.fromEntries(codes.filter(([, title]) => !title.startsWith('Unknown')));
  const tables = { SENTENCES: sentences, TITLES: titles };
  const constants = Object.entries(tables).map(
    ([name, table]) => `const ${name} = ${JSON.stringify(table)};\n`,
  );
  return constants.join('') + readFileSync(pathOf('page/words.js', import.meta.url), 'utf8');
}

function closed(bundles) {
  const folders = [pathOf('client/dist/'), pathOf('protocol/dist/')];
  const known = publicNames(
    pathOf('client/dist/browser/index.d.ts'),
    folders,
    pathOf('client/dist/browser/platform.d.ts'),
  );
  // Of the file with the words.
  known.add('told');
  let codes = bundles;
  for (let before = ''; before !== String(codes); ) {
    before = String(codes);
    codes = withoutUnused(withoutUnusedParameters(codes.map(compressed), known), known);
  }
  return shortened(codes, known, GIVEN).map(withoutEmptyFields).map(minified);
}

const COMPRESS = { target: 'es2022', maxIterations: 10, treeshake: { propertyReadSideEffects: false } };

function compressed(code) {
  const options = { module: true, compress: COMPRESS, mangle: false, codegen: { removeWhitespace: false } };
  return minifySync('client.js', code, options).code;
}

export function minified(code) {
  const options = {
    module: true,
    compress: COMPRESS,
    mangle: { toplevel: true },
    codegen: { removeWhitespace: true },
  };
  return minifySync('client.js', code, options).code;
}
