// Owns the way into Chromium for suites that are written for vitest.

import { suiteInChromium } from './support/suite.ts';

await suiteInChromium('a suite in Chromium', new URL('./support/suite.page.ts', import.meta.url));
