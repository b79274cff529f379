// docs/conformance.md: each statement of the standards, where the code says that it keeps it, which tests name it, and
// which checks of the conformance suite look at it from outside. Made from the clause tags; knows no more than they say.

import { posix } from 'node:path';
import type { Repository } from '../tidy/repository.ts';

interface Version {
  /** As tags have it. */
  readonly tag: string;
  readonly name: string;
  readonly table: string;
}

const VERSIONS: readonly Version[] = [
  { tag: '5', name: 'MQTT 5.0', table: 'packages/conformance/data/mqtt-5.0-statements.tsv' },
  { tag: '3.1.1', name: 'MQTT 3.1.1', table: 'packages/conformance/data/mqtt-3.1.1-statements.tsv' },
];

interface Statement {
  readonly id: string;
  readonly binds: string;
  readonly summary: string;
}

/** One column: the files in which a tag counts for it. */
interface Column {
  readonly title: string;
  readonly files: RegExp;
}

const COLUMNS: readonly Column[] = [
  { title: 'server: kept in', files: /^packages\/(?:protocol|broker)\/src\/.*\.ts$/ },
  { title: 'server: proved by', files: /^packages\/(?:protocol|broker)\/test\/.*\.test\.ts$/ },
  { title: 'from outside', files: /^packages\/conformance\/src\/checks\/.*\.ts$/ },
  { title: 'client: kept in', files: /^packages\/client\/src\/.*\.ts$/ },
  { title: 'client: proved by', files: /^packages\/client\/test\/.*\.test\.ts$/ },
];

const TAG = /\[(5|3\.1\.1):(MQTT-[\d.]+-\d+)\]/g;

export function conformancePage(repository: Repository): string {
  const files = filesByTag(repository);
  return [INTRODUCTION, ...VERSIONS.map((version) => section(version, repository, files))].join('\n');
}

/** The files that name a statement, by its tag. */
function filesByTag({ files }: Repository): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  for (const [path, text] of files) {
    if (!COLUMNS.some((column) => column.files.test(path))) continue;
    for (const [tag] of text.matchAll(TAG)) {
      const paths = found.get(tag) ?? new Set();
      found.set(tag, paths.add(path));
    }
  }
  return found;
}

export function statementsOf({ table }: Version, { files }: Repository): Statement[] {
  const [, ...rows] = (files.get(table) ?? '').trimEnd().split('\n');
  return rows.map((row) => {
    const [id = '', binds = '', summary = ''] = row.split('\t');
    return { id, binds, summary };
  });
}

function section(
  version: Version,
  repository: Repository,
  files: ReadonlyMap<string, ReadonlySet<string>>,
): string {
  const statements = statementsOf(version, repository);
  const rows = statements.map((statement) => {
    const named = [...(files.get(`[${version.tag}:${statement.id}]`) ?? [])].sort();
    const cells = COLUMNS.map((column) =>
      named
        .filter((path) => column.files.test(path))
        .map(link)
        .join(', '),
    );
    const summary = statement.summary.replaceAll('|', '\\|');
    return `| ${statement.id} | ${statement.binds} | ${summary} | ${cells.join(' | ')} |`;
  });
  return [
    `## ${version.name}: ${statements.length} statements`,
    '',
    `| statement | binds | in short | ${COLUMNS.map(({ title }) => title).join(' | ')} |`,
    `|---|---|---${'|---'.repeat(COLUMNS.length)}|`,
    ...rows,
    '',
  ].join('\n');
}

/** `broker/hub/fan-out`: package, room and file; `src`, `test` and the endings are the column's. */
function link(path: string): string {
  const name = path
    .replace(/^packages\//, '')
    .replace(/\/(?:src|test)\//, '/')
    .replace(/(?:\.test)?\.ts$/, '');
  return `[${name}](${posix.join('..', path)})`;
}

const INTRODUCTION = `# Conformance, statement by statement

Every numbered statement of the two standards (appendix B of each), whom it binds, where our code says that it keeps it, which tests name
it, and which checks of \`anax conform\` look at it from outside. Made from the clause tags in the code by \`npm run docs:conformance\`; a
test fails where this page is not what the tags say. The summaries are paraphrases: the OASIS texts are the authority.

A statement that binds only the client has nothing to keep in the server, and the other way round. An empty cell elsewhere says that
nothing is tagged there yet.
`;
