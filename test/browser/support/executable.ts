// Where Chromium is. Without it the run fails here, with a sentence.

import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'] as const;

export function executable(): string {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/bin'];
  const files = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  const found = files.find((file) => existsSync(file));
  if (found !== undefined) return found;
  throw new Error('These tests need Chromium, which is not here. On Debian: apt-get install chromium');
}

/** Run by vitest before any test. */
export function setup(): void {
  executable();
}
