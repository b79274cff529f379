// Makes of what `tsc` has built what a page loads as it is, without a bundler of its own: the client, and SCRAM. The last step
// of `npm run build`.

import { writeFileSync } from 'node:fs';
import { facts } from './fold.mjs';
import { bundled, minified, pageFiles } from './page.mjs';

const dist = new URL('../../packages/client/dist/', import.meta.url);

for (const [name, code] of await pageFiles()) writeFileSync(new URL(`browser/${name}`, dist), code);
const [scram] = await bundled(new URL('scram/scram.js', dist).pathname, [facts], {});
writeFileSync(new URL('scram/scram.min.js', dist), minified(scram.code));
