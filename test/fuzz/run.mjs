// Starts the fuzzer on the sources.

import { fromSource } from '../../tools/from-source.mjs';

await fromSource('/test/fuzz/main.ts', ({ main }) =>
  main({ args: process.argv.slice(2), print: console.log, now: Date.now }),
);
