// Starts the soak on the sources, as the tests run them; the broker is the one that was built.

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
const { main } = await server.ssrLoadModule('/test/soak/main.ts');
process.exitCode = await main(process.argv.slice(2));
await server.close();
