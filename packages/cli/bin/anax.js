#!/usr/bin/env node
// The command `anax`; what it does is in src/main.ts.
import { existsSync } from 'node:fs';

const main = new URL('../dist/main.js', import.meta.url);
if (existsSync(main)) {
  await import(main.href);
} else {
  process.stderr.write('anax is not built yet: run `npm run build` in the root of the repository first.\n');
  process.exitCode = 2;
}
