import { defineConfig } from 'vitest/config';

/** Tests inside Debian's Chromium; `.ci/run` installs it. They run on what is built. */
export default defineConfig({
  test: {
    name: 'browser',
    include: ['test/browser/**/*.test.ts'],
    globalSetup: ['test/browser/support/executable.ts'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
