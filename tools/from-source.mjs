// Loads a module of this repository as the tests do, on the sources: nothing needs to be built.

import { fileURLToPath } from 'node:url';
import { createServer } from 'vite';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** Calls `use` with what the module exports; what it gives is the exit code. @param path from the root: `/test/fuzz/main.ts` */
export async function fromSource(path, use) {
  const server = await createServer({
    root,
    configFile: false,
    appType: 'custom',
    logLevel: 'error',
    server: { middlewareMode: true, hmr: false, ws: false, watch: null },
    optimizeDeps: { noDiscovery: true },
    resolve: { alias: [{ find: /^@anax\/(\w+)$/, replacement: `${root}packages/$1/src/index.ts` }] },
  });
  process.exitCode = await use(await server.ssrLoadModule(path));
  await server.close();
}
