// Starts the soak on the sources; the broker is the one that was built.

import { fromSource } from '../../tools/from-source.mjs';

await fromSource('/test/soak/main.ts', ({ main }) => main(process.argv.slice(2)));
