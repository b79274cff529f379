// How Node finds and reads the modules of a user's scenario: `anax/scenario` is found wherever the file is, and TypeScript is made
// JavaScript. Given to Node, which calls it; owns no way to transform (`typescript.ts`).

import { readFileSync } from 'node:fs';
import type { LoadHook, ResolveHook } from 'node:module';
import { fileURLToPath } from 'node:url';
import { isTypeScript, nodeKnowsTypeScript, transformerNear } from './typescript.ts';

const SCENARIO = new URL('./scenario.js', import.meta.url).href;

/** Beside a program that is installed for all there is no `node_modules` with it. */
export const resolve: ResolveHook = (specifier, context, next) =>
  specifier === 'anax/scenario' ? { url: SCENARIO, shortCircuit: true } : next(specifier, context);

export const load: LoadHook = (url, context, next) => {
  if (nodeKnowsTypeScript || !url.startsWith('file:') || !isTypeScript(new URL(url).pathname)) {
    return next(url, context);
  }
  const path = fileURLToPath(url);
  const source = transformerNear(path)(readFileSync(path, 'utf8'), path);
  return { format: 'module', source, shortCircuit: true };
};
