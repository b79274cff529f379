import { defineConfig } from 'vitest/config';

declare module 'vitest' {
  interface ProvidedContext {
    /** Pages are written instead of compared. */
    readonly update: boolean;
  }
}

/** Tests with programs that nobody here wrote; `.ci/run` installs them. They run on what is built. */
export default defineConfig({
  test: {
    name: 'interop',
    include: ['test/interop/**/*.test.ts'],
    globalSetup: ['test/interop/support/programs.ts'],
    provide: { update: process.argv.includes('--update') },
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
