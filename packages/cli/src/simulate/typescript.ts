// TypeScript to JavaScript with what is there: Node itself, or a program that is installed beside the user's file. Downloads
// nothing, has no transformer of its own.

import * as nodeModule from 'node:module';
import { stripVTControlCharacters } from 'node:util';

/** Source text and its path to JavaScript, with its source map in it. @throws Error `path:line:column: what is wrong` */
export type Transformer = (source: string, path: string) => string;

/** `strip` or `transform` where Node reads TypeScript without being asked, from 22.18 and 23.6 on. */
export const nodeKnowsTypeScript = Boolean(
  (process.features as { readonly typescript?: unknown }).typescript,
);

export function isTypeScript(path: string): boolean {
  return /\.[mc]?ts$/.test(path);
}

export class NoTransformer extends Error {}

/** Packages that can do it, in the order in which they are looked for, and how each is asked. */
const PACKAGES: readonly (readonly [name: string, transformer: (found: never) => Transformer | undefined])[] =
  [
    ['typescript', ofTypeScript],
    ['esbuild', ofEsbuild],
    ['oxc-transform', ofOxc],
    // Comes with Vite 8 and Vitest 4.
    ['rolldown/utils', ofOxc],
  ];

/** @throws NoTransformer which says what would help */
export function transformerNear(path: string): Transformer {
  const { stripTypeScriptTypes: strip } = nodeModule as Partial<NodeThatStrips>;
  if (strip !== undefined) return (source, file) => stripped(strip, source, file);
  const require = nodeModule.createRequire(path);
  for (const [name, transformer] of PACKAGES) {
    const found = foundBy(require, name);
    const one = found === undefined ? undefined : transformer(found as never);
    if (one !== undefined) return one;
  }
  throw new NoTransformer(
    `${path} is TypeScript, which Node ${process.versions.node} does not read. Use Node 22.18 or newer; or install ` +
      'typescript 5, esbuild or oxc-transform beside it; or write it as .js or .mjs',
  );
}

interface NodeThatStrips {
  readonly stripTypeScriptTypes: (source: string) => string;
}

/** From 22.13 on. It says the line before the first line of its stack. */
function stripped(strip: NodeThatStrips['stripTypeScriptTypes'], source: string, path: string): string {
  try {
    return strip(source);
  } catch (error) {
    const { message, stack = '' } = error as Error;
    throw new SyntaxError(`${path}:${/:(\d+)\n/.exec(stack)?.[1] ?? 1}: ${message}`);
  }
}

function foundBy(require: NodeJS.Require, name: string): unknown {
  try {
    return require(name);
  } catch {
    return undefined;
  }
}

interface TypeScript {
  readonly transpileModule?: (
    source: string,
    options: object,
  ) => {
    readonly outputText: string;
    readonly diagnostics?: readonly {
      readonly start?: number;
      readonly messageText: string | { readonly messageText: string };
    }[];
  };
}

/** Up to version 6: the API of 7 has no such call. */
function ofTypeScript({ transpileModule }: TypeScript): Transformer | undefined {
  if (transpileModule === undefined) return undefined;
  return (source, path) => {
    // Module and target are numbers here, those of ESNext and ES2022.
    const compilerOptions = { module: 99, target: 9, inlineSourceMap: true, verbatimModuleSyntax: true };
    const told = transpileModule(source, { fileName: path, reportDiagnostics: true, compilerOptions });
    const { outputText, diagnostics = [] } = told;
    const [first] = diagnostics;
    if (first === undefined) return outputText;
    const { messageText } = first;
    throw wrong(
      path,
      source,
      first.start ?? 0,
      typeof messageText === 'string' ? messageText : messageText.messageText,
    );
  };
}

interface Esbuild {
  readonly transformSync?: (source: string, options: object) => { readonly code: string };
}

function ofEsbuild({ transformSync }: Esbuild): Transformer | undefined {
  if (transformSync === undefined) return undefined;
  return (source, path) => {
    const options = {
      loader: 'ts',
      format: 'esm',
      target: 'es2022',
      sourcemap: 'inline',
      sourcefile: path,
      logLevel: 'silent',
    };
    try {
      return transformSync(source, options).code;
    } catch (error) {
      const [first] = (error as { readonly errors?: readonly EsbuildError[] }).errors ?? [];
      if (first === undefined) throw error;
      const { line = 1, column = 0 } = first.location ?? {};
      throw new SyntaxError(`${path}:${line}:${column + 1}: ${first.text}`);
    }
  };
}

interface EsbuildError {
  readonly text: string;
  readonly location?: { readonly line: number; readonly column: number } | null;
}

interface Oxc {
  readonly transformSync?: (
    path: string,
    source: string,
    options: object,
  ) => {
    readonly code: string;
    readonly map?: object;
    readonly errors: readonly {
      readonly message: string;
      readonly labels?: readonly { readonly start: number }[];
    }[];
  };
}

function ofOxc({ transformSync }: Oxc): Transformer | undefined {
  if (transformSync === undefined) return undefined;
  return (source, path) => {
    const { code, map, errors } = transformSync(path, source, {
      lang: 'ts',
      sourceType: 'module',
      sourcemap: true,
    });
    const [first] = errors;
    if (first !== undefined) throw wrong(path, source, first.labels?.[0]?.start, first.message);
    if (map === undefined) return code;
    const encoded = Buffer.from(JSON.stringify(map)).toString('base64');
    return `${code}\n//# sourceMappingURL=data:application/json;base64,${encoded}\n`;
  };
}

/** @param at offset; where there is none the message may have a place in its second line, `[ file:1:2 ]`, in colours. */
function wrong(path: string, source: string, at: number | undefined, message: string): SyntaxError {
  const plain = stripVTControlCharacters(message);
  const [said = ''] = plain.split('\n');
  const place = at === undefined ? (/:(\d+:\d+) \]/.exec(plain)?.[1] ?? '1:1') : placeOf(source, at);
  return new SyntaxError(`${path}:${place}: ${said.replace(/^\[\w+\] /, '')}`);
}

function placeOf(source: string, at: number): string {
  const before = source.slice(0, at).split('\n');
  return `${before.length}:${(before.at(-1) ?? '').length + 1}`;
}
