// One Chromium for a test file, started with the first page that is asked for.

import { readdir, readFile } from 'node:fs/promises';
import { type Browser, chromium, type Page } from 'playwright-core';
import { atEnd } from '../../interop/support/at-end.ts';
import { executable } from './executable.ts';
import { type Site, startSite } from './site.ts';

/** A host that only this Chromium knows; it leads to the site, whose pages then have another origin than loopback. */
export const STRANGER = 'app.example';

interface World {
  readonly browser: Browser;
  readonly site: Site;
}

let world: Promise<World> | undefined;

async function start(): Promise<World> {
  const site = await startSite();
  // Root has no sandbox, and what is opened are our own pages.
  const args = [
    '--no-sandbox',
    '--disable-dev-shm-usage',
    '--enable-precise-memory-info',
    '--js-flags=--expose-gc',
    `--host-resolver-rules=MAP ${STRANGER} 127.0.0.1`,
  ];
  const browser = await chromium.launch({ executablePath: executable(), headless: true, args });
  atEnd(() => browser.close());
  return { browser, site };
}

export async function site(): Promise<Site> {
  world ??= start();
  return (await world).site;
}

/** A page of its own, with storage of its own. */
export async function openPage(host = '127.0.0.1'): Promise<Page> {
  world ??= start();
  const { browser, site } = await world;
  const page = await (await browser.newContext()).newPage();
  await page.goto(`http://${host}:${new URL(site.origin).port}/`);
  return page;
}

/** What a test finds in a page of `openClientPage`. */
export interface InPage {
  readonly anax: typeof import('@anax/client/browser');
  readonly document: { title: string };
}

/** A page that has loaded the ready bundle as a script tag does. */
export async function openClientPage(): Promise<Page> {
  const page = await openPage();
  await loadClient(page);
  return page;
}

export async function loadClient(page: Page): Promise<void> {
  const folder = new URL('../../../packages/client/dist/browser/', import.meta.url);
  for (const file of await readdir(folder))
    if (file.endsWith('.min.js'))
      (await site()).add(`/${file}`, await readFile(new URL(file, folder), 'utf8'));
  await page.evaluate(`import('/client.min.js').then((anax) => { globalThis.anax = anax; })`);
}
