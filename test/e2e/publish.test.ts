// What `npm publish` would ship, looked at by the two programs that know how packages go wrong. Publishes nothing.

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));
const attw = join(root, 'node_modules/@arethetypeswrong/cli/dist/index.js');

interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'anax-publish-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function pack(name: string): Promise<Packed> {
  const args = ['pack', `./packages/${name}`, '--json', '--ignore-scripts', '--pack-destination', folder];
  const { stdout } = await run('npm', args, { cwd: root });
  const [packed] = JSON.parse(stdout) as readonly Packed[];
  if (packed === undefined) throw new Error(`npm packed nothing for ${name}`);
  return packed;
}

describe.each(['protocol', 'client', 'broker', 'conformance', 'cli'])('publish - packages/%s', (name) => {
  let packed: Packed = { filename: '', files: [] };
  beforeAll(async () => {
    packed = await pack(name);
  });

  test('ships what was built, its sources for the source maps and the licence, and nothing else', () => {
    const paths = packed.files.map(({ path }) => path);
    expect(paths).toContain('LICENSE');
    expect(paths.filter((path) => /^dist\/.*\.js$/.test(path))).not.toEqual([]);
    expect(paths.filter((path) => /^dist\/.*\.d\.ts$/.test(path))).not.toEqual([]);
    const other =
      /^(?:dist\/.*\.(?:js|d\.ts)(?:\.map)?|src\/.*\.ts|bin\/.*\.js|data\/.*\.tsv|LICENSE|README.*\.md|package\.json)$/;
    expect(paths.filter((path) => !other.test(path))).toEqual([]);
  });

  test('ships nothing built from a source that is gone', () => {
    const paths = new Set(packed.files.map(({ path }) => path));
    // What is bundled has no source of its own.
    const built = [...paths].filter((path) => /^dist\/.*(?<!\.min)\.js$/.test(path));
    const source = (path: string): string => path.replace(/^dist/, 'src').replace(/\.js$/, '.ts');
    expect(built.filter((path) => !paths.has(source(path)))).toEqual([]);
  });

  test('publint finds nothing', async () => {
    const bytes = await readFile(join(folder, packed.filename));
    const tarball = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
    const { messages, pkg } = await publint({ pack: { tarball }, strict: true });
    expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([]);
  });

  test('attw finds no wrong types for ESM', async () => {
    const args = [
      attw,
      join(folder, packed.filename),
      '--profile',
      'esm-only',
      '--format',
      'ascii',
      '--no-color',
    ];
    // A non-zero exit rejects, and what attw printed is in the error.
    const { stdout } = await run(process.execPath, args, { cwd: folder });
    expect(stdout).toContain('node16 (from ESM): 🟢');
  });
});
