import { defineConfig } from 'vitest/config';

/** Tests with programs that nobody here wrote; `.ci/run` installs them. They run on what is built. */
export default defineConfig({
  test: {
    name: 'interop',
    include: ['test/interop/**/*.test.ts'],
    globalSetup: ['test/interop/support/programs.ts'],
    // Pages are written instead of compared.
    env: process.argv.includes('--update') ? { WRITE_PAGES: 'yes' } : {},
    // Most of a file's time is waiting for programs that it has started.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
