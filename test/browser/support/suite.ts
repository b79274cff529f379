// A suite written for vitest, run inside Chromium: each of its tests becomes one here, with the same name.

import type { Page } from 'playwright-core';
import { afterAll, describe, test } from 'vitest';
import { bundle } from './bundle.ts';
import { openPage, site } from './chromium.ts';

/** As `vitest-in-page.ts` puts it into the page. */
interface InPage {
  readonly suite: {
    names(): readonly string[];
    run(index: number): Promise<string | undefined>;
    end(): Promise<void>;
  };
}

/**
 * Call it at the top of a test file and wait for it: `await suiteInChromium('a store', new URL('./store.page.ts', import.meta.url))`.
 * @param file a TypeScript module that calls `describe` and `test`; it is bundled for a page, with our packages from
 * their sources, and knows nothing of Node
 */
export async function suiteInChromium(title: string, file: URL): Promise<void> {
  const page = await openPage();
  const url = (await site()).add(file.pathname, await bundle(file));
  await page.evaluate(`import(${JSON.stringify(url)}).then(() => undefined)`);
  const names = await page.evaluate(() => (globalThis as unknown as InPage).suite.names());
  describe(title, () => {
    names.forEach((name, index) => {
      test(name, () => runOne(page, index));
    });
    afterAll(() => page.evaluate(() => (globalThis as unknown as InPage).suite.end()));
  });
}

async function runOne(page: Page, index: number): Promise<void> {
  const failure = await page.evaluate((at) => (globalThis as unknown as InPage).suite.run(at), index);
  if (failure !== undefined) throw new Error(failure);
}
