// What may stand in any file of the repository: links that lead somewhere, no place that only one machine has, package
// manifests that can be published, and no source that nobody uses.

import { posix } from 'node:path';
import { isShipped, isTest, type Repository, type Rule } from './repository.ts';

/** Folders of somebody's machine. A topic such as `home/kitchen` has no slash before it, or it is written otherwise. */
const MACHINE_PATH = /(?<![\w.~$})*-])\/(?:work|root|tmp|home|Users)\/[\w.-]/;
const REGISTRY_HOST =
  /\b(?:registry\.[a-z]|(?:npmjs|yarnpkg|npmmirror)\.(?:org|com)|pypi\.org|(?:deb|security)\.debian\.org|proxy\.golang\.org)/;

export const noPlaces: Rule = {
  name: 'no file names a path of one machine or the host of a package registry',
  check: ({ files }) => {
    const problems: string[] = [];
    for (const [path, text] of files) {
      for (const [index, line] of text.split('\n').entries()) {
        const found = MACHINE_PATH.exec(line)?.[0] ?? REGISTRY_HOST.exec(line)?.[0];
        if (found !== undefined) problems.push(`${path}:${index + 1} names a place: ${found}`);
      }
    }
    return problems;
  },
};

export const lockNamesNoHost: Rule = {
  name: 'package-lock.json says what, not from where',
  check: ({ files }) => {
    const text = files.get('package-lock.json');
    if (text === undefined) return ['package-lock.json:1 is missing'];
    const lines = [...text.split('\n').entries()];
    return lines
      .filter(([, line]) => /"resolved": "[a-z+]+:/.test(line))
      .map(([index, line]) => `package-lock.json:${index + 1} ${line.trim()}`);
  },
};

/** What a published package must say about itself. */
const MANIFEST_FIELDS = ['version', 'description', 'license', 'type', 'engines', 'exports', 'files'] as const;

interface Manifest {
  readonly private?: boolean;
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

export const publishableManifests: Rule = {
  name: 'a publishable package says what it exports and ships, at the one version',
  check: ({ files }) => {
    const version = (JSON.parse(files.get('package.json') ?? '{}') as Manifest).version;
    const problems: string[] = [];
    for (const [path, text] of files) {
      if (!/^packages\/[^/]+\/package\.json$/.test(path)) continue;
      const manifest = JSON.parse(text) as Manifest;
      if (manifest.private === true) continue;
      for (const field of MANIFEST_FIELDS)
        if (manifest[field] === undefined) problems.push(`${path}:1 has no ${field}`);
      if (manifest.version !== version)
        problems.push(`${path}:1 is at ${manifest.version}, the workspace at ${version}`);
      for (const [name, wanted] of Object.entries(manifest.dependencies ?? {})) {
        if (name.startsWith('@anax/') && wanted !== version)
          problems.push(`${path}:1 wants ${name} at ${wanted}`);
      }
    }
    return problems;
  },
};

/** Where use begins: doors of packages, the command, tests, what is run by name. */
const ENTRIES =
  /^packages\/[^/]+\/src\/(?:(?:(?:browser|indexeddb|lmdb|outbox)\/)?index|main|scram\/scram)\.ts$|^packages\/cli\/src\/scenario\.ts$|^bench\/src\/(?:client\/(?:main|run)|[^/]+)\.ts$|^test\/crash\/src\/main\.ts$|^vitest\.\w+\.ts$/;

export const noDeadFiles: Rule = {
  name: 'every source is used: shipped ones by a package, the rest by a test or a tool',
  check: ({ sources }) => {
    const shipped = reachable(sources, (path) => ENTRIES.test(path));
    const all = reachable(sources, (path) => ENTRIES.test(path) || isTest(path));
    return sources
      .filter(({ path }) => !(isShipped(path) ? shipped : all).has(path))
      .map(({ path }) => `${path}:1 is imported by nobody`);
  },
};

function reachable(sources: Repository['sources'], isEntry: (path: string) => boolean): ReadonlySet<string> {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const seen = new Set(sources.map(({ path }) => path).filter(isEntry));
  // A Set is walked in the order of insertion, with what is added on the way.
  for (const path of seen) {
    for (const { specifier } of byPath.get(path)?.imports ?? []) {
      if (!specifier.startsWith('.')) continue;
      const target = posix.join(posix.dirname(path), specifier.replace(/\.js$/, '.ts'));
      if (byPath.has(target)) seen.add(target);
    }
  }
  return seen;
}

const LINK = /\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g;

export const linksResolve: Rule = {
  name: 'a relative link in a document leads to a file, and its anchor to a heading',
  check: ({ files }) => {
    const problems: string[] = [];
    for (const [path, text] of files) {
      if (!path.endsWith('.md')) continue;
      for (const [index, line] of withoutCode(text).split('\n').entries()) {
        for (const [, link = ''] of line.matchAll(LINK)) {
          if (!/^[a-z][a-z+.-]*:/i.test(link) && !leadsSomewhere(path, link, files)) {
            problems.push(`${path}:${index + 1} leads nowhere: ${link}`);
          }
        }
      }
    }
    return problems;
  },
};

/** The same lines, without what stands in backticks or between fences. */
function withoutCode(text: string): string {
  let fenced = false;
  const lines = text.split('\n').map((line) => {
    if (/^\s*```/.test(line)) {
      fenced = !fenced;
      return '';
    }
    return fenced ? '' : line.replace(/`[^`]*`/g, '');
  });
  return lines.join('\n');
}

function leadsSomewhere(from: string, link: string, files: Repository['files']): boolean {
  const [file = '', anchor] = link.split('#');
  const target = file === '' ? from : posix.join(posix.dirname(from), decodeURI(file)).replace(/\/$/, '');
  const text = files.get(target);
  if (text === undefined) return anchor === undefined && isFolder(target, files);
  return anchor === undefined || anchorsOf(text).has(decodeURIComponent(anchor).toLowerCase());
}

function isFolder(target: string, files: Repository['files']): boolean {
  return target === '.' || [...files.keys()].some((path) => path.startsWith(`${target}/`));
}

/** Headings as web pages of repositories name them. */
function anchorsOf(text: string): ReadonlySet<string> {
  const headings = text.split('\n').filter((line) => /^#{1,6} /.test(line));
  return new Set(
    headings.map((line) =>
      line
        .replace(/^#+ /, '')
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replace(/ /g, '-'),
    ),
  );
}
