// `npm run guards`: takes each guard away in a copy, and runs the tests that must turn red. Ends with 1 where one stays green.

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
});
const { main } = await server.ssrLoadModule('/tools/guards/main.ts');
process.exitCode = main(process.argv.slice(2), root);
await server.close();
