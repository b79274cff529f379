import { defineConfig } from 'vitest/config';

/** Tests inside Debian's Chromium; `.ci/run` installs it. They run on what is built. */
export default defineConfig({
  test: {
    name: 'browser',
    include: ['test/browser/**/*.test.ts'],
    globalSetup: ['test/browser/support/executable.ts'],
    // One Chromium at a time.
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
