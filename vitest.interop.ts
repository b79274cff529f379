import { defineConfig } from 'vitest/config';

/** Tests with programs that nobody here wrote; `.ci/run` installs them. They run on what is built. */
export default defineConfig({
  test: {
    name: 'interop',
    include: ['test/interop/**/*.test.ts'],
    globalSetup: ['test/interop/support/programs.ts'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
