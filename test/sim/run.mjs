// Starts the simulation on the sources, as the tests run them: nothing needs to be built.

import { fileURLToPath } from 'node:url';
import { createServer } from 'vite';

const root = fileURLToPath(new URL('../..', import.meta.url));
const server = await createServer({
  root,
  configFile: false,
  appType: 'custom',
  logLevel: 'error',
  server: { middlewareMode: true, hmr: false, ws: false, watch: null },
  optimizeDeps: { noDiscovery: true },
  resolve: { alias: [{ find: /^@anax\/(\w+)$/, replacement: `${root}packages/$1/src/index.ts` }] },
});
const { main } = await server.ssrLoadModule('/test/sim/main.ts');
process.exitCode = await main({ args: process.argv.slice(2), print: console.log, now: Date.now });
await server.close();
