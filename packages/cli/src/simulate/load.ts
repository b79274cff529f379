// A scenario from a user's file: imported, looked at, and what is wrong with it said with file and line. Runs nothing of it but
// its import.

import { execFile } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import * as nodeModule from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { UsageError } from '../world/edges.ts';
import type { Scenario } from './scenario.ts';
import { isTypeScript, NoTransformer, nodeKnowsTypeScript, transformerNear } from './typescript.ts';
import { shown, told, whereOf } from './where.ts';

/** Finds frames of the scenario below those of this program. */
const STACK_FRAMES = 50;

const FIELDS = ['name', 'devices', 'connect', 'connected', 'run', 'end'] as const;

/** @throws UsageError which names the file, and the line where there is one */
export async function loadScenario(file: string): Promise<Scenario> {
  const path = resolve(file);
  if (!(await isFile(path))) throw new UsageError(`there is no file ${file}`);
  requireReadable(path);
  Error.stackTraceLimit = STACK_FRAMES;
  process.setSourceMapsEnabled(true);
  await registerHooks();
  let found: { readonly default?: unknown };
  try {
    found = (await import(pathToFileURL(path).href)) as { readonly default?: unknown };
  } catch (error) {
    throw new UsageError(await problemOf(error, path));
  }
  return scenarioOf(found.default, shown(path));
}

/** @throws UsageError */
export function scenarioOf(value: unknown, file: string): Scenario {
  if (typeof value !== 'object' || value === null) {
    throw new UsageError(
      `${file} has no \`export default\` of a scenario: { devices, connect, run(device) { … } }`,
    );
  }
  const given = value as Readonly<Record<string, unknown>>;
  const stray = Object.keys(given).find((name) => !FIELDS.some((field) => field === name));
  if (stray !== undefined)
    throw new UsageError(`${file}: a scenario has no ${stray}; it has ${FIELDS.join(', ')}`);
  if (typeof given['run'] !== 'function')
    throw new UsageError(`${file}: run is no function; it is run(device) { … }`);
  for (const name of ['connect', 'connected', 'end'] as const) {
    const one = given[name];
    if (one !== undefined && typeof one !== 'function')
      throw new UsageError(`${file}: ${name} is no function`);
  }
  const { devices, name } = given;
  if (devices !== undefined && !(typeof devices === 'number' && Number.isInteger(devices) && devices > 0)) {
    throw new UsageError(`${file}: devices is no whole number above 0`);
  }
  if (name !== undefined && typeof name !== 'string') throw new UsageError(`${file}: name is no text`);
  return value as Scenario;
}

/** @throws UsageError where it is TypeScript and nothing here can read it */
function requireReadable(path: string): void {
  if (nodeKnowsTypeScript || !isTypeScript(path)) return;
  try {
    transformerNear(path);
  } catch (error) {
    if (!(error instanceof NoTransformer)) throw error;
    throw new UsageError(error.message.replace(path, shown(path)));
  }
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}

/** Once: Node keeps them. */
let registered: Promise<void> | undefined;

function registerHooks(): Promise<void> {
  registered ??= (async () => {
    const { registerHooks: inThread } = nodeModule as { readonly registerHooks?: (hooks: object) => unknown };
    if (inThread === undefined) nodeModule.register(new URL('./hooks.js', import.meta.url));
    else inThread({ ...(await import('./hooks.ts')) });
  })();
  return registered;
}

async function problemOf(error: unknown, path: string): Promise<string> {
  const said = told(error).replaceAll(path, shown(path));
  if (!(error instanceof Error) || whereOf(error) !== undefined) return said;
  // What a transformer says names the line itself.
  if (error.message.startsWith(`${path}:`)) return error.message.replace(path, shown(path));
  // So does Node where it reads TypeScript: before its first line.
  const [, file, line] = /^(.+):(\d+)\n/.exec(error.stack ?? '') ?? [];
  if (file !== undefined) return `${shown(file)}:${line}: ${said}`;
  if (!(error instanceof SyntaxError) || isTypeScript(path)) return said;
  const found = await lineOfSyntaxError(path);
  return found === undefined
    ? `${shown(path)}, or what it imports: ${said}`
    : `${shown(path)}:${found}: ${said}`;
}

/** V8 does not say where in a module it does not understand it; Node, asked to check a file, does. */
function lineOfSyntaxError(path: string): Promise<string | undefined> {
  return new Promise((found, reject) => {
    const child = execFile(
      process.execPath,
      ['--input-type=module', '--check', '-'],
      { timeout: 10_000 },
      (_, _out, error) => found(/^(?:file:\/\/\S*|\[stdin\]):(\d+)$/m.exec(error)?.[1]),
    );
    child.stdin?.on('error', () => {});
    readFile(path).then((source) => child.stdin?.end(source), reject);
  });
}
