// `npm run guards`: takes each guard away in a copy, and runs the tests that must turn red. Ends with 1 where one stays green.

import { fromSource, root } from '../from-source.mjs';

await fromSource('/tools/guards/main.ts', ({ main }) => main(process.argv.slice(2), root));
