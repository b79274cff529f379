// docs/conformance.md: each statement of the standards, by the end that it binds: where the code says that it keeps it,
// and which tests name it. Made from the clause tags; knows no more than they say.

import { posix } from 'node:path';
import type { Repository } from '../tidy/repository.ts';
import { EXCUSED } from './excused.ts';

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
  readonly tag: string;
  readonly id: string;
  readonly binds: string;
  readonly summary: string;
}

/** One column: the files in which a tag counts for it. */
interface Column {
  readonly title: string;
  readonly files: RegExp;
}

interface End {
  readonly name: 'server' | 'client';
  readonly columns: readonly Column[];
}

/** What both ends share, `protocol`, keeps and proves for both; a client has tests of its own all the same. */
const ENDS: readonly End[] = [
  {
    name: 'server',
    columns: [
      { title: 'kept in', files: /^packages\/(?:protocol|broker)\/src\/.*\.ts$/ },
      { title: 'proved by', files: /^packages\/(?:protocol|broker)\/test\/.*\.test\.ts$/ },
      { title: 'from outside', files: /^packages\/conformance\/src\/checks\/.*\.ts$/ },
    ],
  },
  {
    name: 'client',
    columns: [
      { title: 'kept in', files: /^packages\/(?:protocol|client)\/src\/.*\.ts$/ },
      { title: 'proved by', files: /^packages\/client\/test\/(?:.*\.test|scripts\/.*)\.ts$/ },
    ],
  },
];

const TAG = /\[(5|3\.1\.1):(MQTT-[\d.]+-\d+)\]/g;

type FilesByTag = ReadonlyMap<string, ReadonlySet<string>>;

export function conformancePage(repository: Repository): string {
  const files = filesByTag(repository);
  const sections = VERSIONS.flatMap((version) => ENDS.map((end) => section(version, end, repository, files)));
  return [INTRODUCTION, figures(repository, files), ...sections].join('\n');
}

/** What is wrong with the tests of the client: statements without one and without a reason, and reasons for nothing. */
export function clientProblems(repository: Repository): string[] {
  const files = filesByTag(repository);
  const [, proved] = columnsOf('client');
  const problems: string[] = [];
  const statements = VERSIONS.flatMap((version) => statementsOf(version, 'client', repository));
  for (const { tag } of statements) {
    const shown = named(tag, proved, files).length > 0;
    if (!shown && EXCUSED[tag] === undefined)
      problems.push(`${tag} binds a client and no test of the client names it`);
    if (shown && EXCUSED[tag] !== undefined)
      problems.push(`${tag} has a test: take its row out of excused.ts`);
  }
  for (const tag of Object.keys(EXCUSED)) {
    if (!statements.some((one) => one.tag === tag)) problems.push(`${tag} in excused.ts binds no client`);
  }
  return problems;
}

/** The files that name a statement, by its tag. */
function filesByTag({ files }: Repository): FilesByTag {
  const columns = ENDS.flatMap((end) => end.columns);
  const found = new Map<string, Set<string>>();
  for (const [path, text] of files) {
    if (!columns.some((column) => column.files.test(path))) continue;
    for (const [tag] of text.matchAll(TAG)) {
      const paths = found.get(tag) ?? new Set();
      found.set(tag, paths.add(path));
    }
  }
  return found;
}

function statementsOf({ tag, table }: Version, end: End['name'], { files }: Repository): Statement[] {
  const [, ...rows] = (files.get(table) ?? '').trimEnd().split('\n');
  return rows
    .map((row) => {
      const [id = '', binds = '', summary = ''] = row.split('\t');
      return { tag: `[${tag}:${id}]`, id, binds, summary };
    })
    .filter(({ binds }) => binds === 'both' || binds === end);
}

function columnsOf(name: End['name']): readonly [Column, Column, ...Column[]] {
  return ENDS.find((end) => end.name === name)?.columns as readonly [Column, Column, ...Column[]];
}

function named(tag: string, column: Column, files: FilesByTag): string[] {
  return [...(files.get(tag) ?? [])].filter((path) => column.files.test(path)).sort();
}

function figures(repository: Repository, files: FilesByTag): string {
  const rows = VERSIONS.flatMap((version) =>
    ENDS.map(({ name, columns }) => {
      const statements = statementsOf(version, name, repository);
      const counts = columns.map(
        (column) => statements.filter(({ tag }) => named(tag, column, files).length > 0).length,
      );
      const reasons = statements.filter(({ tag }) => name === 'client' && EXCUSED[tag] !== undefined).length;
      const [kept, proved, outside = ''] = counts;
      const without = name === 'client' ? reasons : '';
      return `| ${version.name} | ${name} | ${statements.length} | ${kept} | ${proved} | ${without} | ${outside} |`;
    }),
  );
  return [
    '| standard | end | statements that bind it | kept in code | proved by tests | with a reason why not | looked at from outside |',
    '|---|---|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

function section(
  version: Version,
  { name, columns }: End,
  repository: Repository,
  files: FilesByTag,
): string {
  const statements = statementsOf(version, name, repository);
  const rows = statements.map(({ tag, id, summary }) => {
    const cells = columns.map((column, index) => {
      const links = named(tag, column, files).map(link).join(', ');
      const reason = name === 'client' && index === 1 ? EXCUSED[tag] : undefined;
      return reason ?? links;
    });
    return `| ${id} | ${summary.replaceAll('|', '\\|')} | ${cells.join(' | ')} |`;
  });
  return [
    `## ${version.name}: the ${name}, ${statements.length} statements`,
    '',
    `| statement | in short | ${columns.map(({ title }) => title).join(' | ')} |`,
    `|---|---${'|---'.repeat(columns.length)}|`,
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

Every numbered statement of the two standards (appendix B of each), once for each end that it binds: where our code says that it keeps
it, which tests name it, and for a server which checks of \`anax conform\` look at it from outside. Made from the clause tags in the code
by \`npm run docs:conformance\`; a test fails where this page is not what the tags say. The summaries are paraphrases: the OASIS texts
are the authority.

What both ends share stands in \`protocol\` and is kept for both. Every statement that binds a client has a test of the client, or
[a reason](../tools/conformance/excused.ts) why not: a test fails otherwise. The scripts in \`client/scripts\` are played against the
client's machine, with bytes that come whole and one by one, and against a client over TCP and WebSocket. An empty cell says that
nothing is tagged there.
`;
