// Makes the browser's client one file: an ES module that a page loads as it is, without a bundler of its own. Reads what
// `tsc` has built; the last step of `npm run build`.

import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const dist = new URL('../../packages/client/dist/browser/', import.meta.url);
const fileOf = (name) => fileURLToPath(new URL(name, dist));

const build = await rolldown({ input: fileOf('index.js'), platform: 'browser' });
await build.write({
  file: fileOf('client.min.js'),
  format: 'es',
  minify: {
    compress: { target: 'es2022' },
    mangle: { toplevel: true },
    codegen: { removeWhitespace: true },
  },
});
await build.close();
