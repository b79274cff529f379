// A TypeScript file and what it imports as one script for a page. Our packages are taken from their sources.

import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const root = new URL('../../../', import.meta.url);
const fileOf = (path: string): string => fileURLToPath(new URL(path, root));

export async function bundle(file: URL): Promise<string> {
  const build = await rolldown({
    input: fileURLToPath(file),
    platform: 'browser',
    resolve: {
      alias: {
        '@anax/client': fileOf('packages/client/src/browser/index.ts'),
        '@anax/protocol': fileOf('packages/protocol/src/index.ts'),
        // Tests that are written for vitest run in the page, too.
        vitest: fileURLToPath(new URL('./vitest-in-page.ts', import.meta.url)),
      },
    },
  });
  const { output } = await build.generate({ format: 'es' });
  await build.close();
  return output[0].code;
}
