import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (name: string): string =>
  fileURLToPath(new URL(`packages/${name}/src/index.ts`, import.meta.url));

/** Tests below `e2e` run on the sources; what is built is what `e2e` starts. */
const alias = {
  '@anax/protocol': source('protocol'),
  '@anax/client/scram': fileURLToPath(new URL('packages/client/src/scram/scram.ts', import.meta.url)),
  '@anax/client': source('client'),
  '@anax/broker': source('broker'),
  '@anax/conformance': source('conformance'),
};

export default defineConfig({
  test: {
    // Most of a file's time is waiting for programs that it has started; vitest itself would leave one core free.
    maxWorkers: 2,
    projects: [
      {
        resolve: { alias },
        test: {
          name: 'unit',
          include: ['packages/*/test/**/*.test.ts', 'test/crash/*.test.ts', 'test/soak/*.test.ts'],
          testTimeout: 30_000,
        },
      },
      {
        resolve: { alias },
        test: { name: 'sim', include: ['test/sim/**/*.test.ts'], testTimeout: 300_000 },
      },
      {
        resolve: { alias },
        test: { name: 'fuzz', include: ['test/fuzz/*.test.ts'], testTimeout: 900_000 },
      },
      { test: { name: 'tidy', include: ['tools/*/*.test.ts'], testTimeout: 60_000 } },
      { test: { name: 'e2e', include: ['test/e2e/**/*.test.ts'], testTimeout: 30_000, hookTimeout: 30_000 } },
    ],
  },
});
