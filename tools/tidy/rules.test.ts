// Every rule is shown a planted violation and must see it, and only it; then the same without the violation.

import { expect, test } from 'vitest';
import { clausesExist } from './clauses.ts';
import { linksResolve, lockNamesNoHost, noDeadFiles, noPlaces, publishableManifests } from './files.ts';
import {
  everyTestRuns,
  filesSayWhatTheyOwn,
  noDefaultExports,
  noLeftovers,
  plainTypeScript,
} from './language.ts';
import { medianLines, shortFiles, shortFunctions } from './lengths.ts';
import { noVersionCompared, portableRooms, pureRooms } from './pure.ts';
import { type Repository, type Rule, repositoryOf } from './repository.ts';
import { packagesInOrder, roomsInOrder } from './rooms.ts';
import { RULES } from './rules.ts';

/** A rule, what is planted, the text that is wrong, the line where it must be seen, the text that is right. */
interface Case {
  readonly rule: Rule;
  readonly path: string;
  readonly wrong: string;
  readonly line?: number;
  /** Undefined: the file is not there. */
  readonly right: string | undefined;
  /** Files that stand beside it both times. */
  readonly beside?: Readonly<Record<string, string>>;
}

const HUB = 'packages/broker/src/hub/hub.ts';
const CODEC = 'packages/protocol/src/codec/a.ts';
const STATEMENTS = {
  'packages/conformance/data/mqtt-5.0-statements.tsv': 'id\tsummary\nMQTT-3.1.2-8\tWill\n',
};
const NO_STATEMENT = 'MQTT-9.9.9-9';
const BROKER_MANIFEST = {
  'packages/broker/package.json': '{ "dependencies": { "@anax/protocol": "1.0.0" } }',
};
const PUBLISHABLE = {
  name: '@anax/x',
  version: '1.0.0',
  description: 'x',
  license: 'Apache-2.0',
  type: 'module',
  engines: {},
  exports: {},
  files: [],
};
const long = (lines: number): string => `// Owns the number of its lines.\n${'x();\n'.repeat(lines - 1)}`;
const body = (lines: number): string => `function f() {\n${'x();\n'.repeat(lines - 2)}}\n`;

const CASES: Readonly<Record<string, Case>> = {
  'the broker uses the client': {
    rule: packagesInOrder,
    path: HUB,
    wrong: "\nimport { a } from '@anax/client';",
    line: 2,
    right: "import { a } from '@anax/protocol';",
    beside: BROKER_MANIFEST,
  },
  'a package is reached by a path': {
    rule: packagesInOrder,
    path: HUB,
    wrong: "import { a } from '../../../protocol/src/index.ts';",
    right: "import { a } from '../limits.ts';",
  },
  'a package is reached inside': {
    rule: packagesInOrder,
    path: HUB,
    wrong: "export { a } from '@anax/protocol/dist/codec/a.js';",
    right: "export { a } from '@anax/protocol';",
    beside: BROKER_MANIFEST,
  },
  'a dependency is not declared': {
    rule: packagesInOrder,
    path: HUB,
    wrong: "const a = await import('left-pad');",
    right: "const a = await import('node:fs');",
    beside: BROKER_MANIFEST,
  },
  'a room uses one below it, for a type': {
    rule: roomsInOrder,
    path: CODEC,
    wrong: "import type { Outbox } from '../session/outbox.ts';",
    right: "import type { TopicName } from '../topic/index.ts';",
  },
  'a machine uses its shell': {
    rule: roomsInOrder,
    path: 'packages/client/src/machine.ts',
    wrong: "import { connect } from './node/connect.ts';",
    right: "import type { Sink } from './sink.ts';",
    beside: { 'packages/client/src/node/connect.ts': "import { machine } from '../machine.ts';" },
  },
  'the hub knows connections': {
    rule: roomsInOrder,
    path: HUB,
    wrong: "import { Connection } from '../connection/connection.ts';",
    right: "import { Link } from './link.ts';",
    beside: {
      'packages/broker/src/connection/connection.ts': "import { Hub } from '../hub/hub.ts';",
      'packages/broker/src/serve.ts': "import { Connection } from './connection/connection.ts';",
      'packages/broker/src/index.ts': "export * from './serve.ts';",
    },
  },
  'a room stands nowhere in the table': {
    rule: roomsInOrder,
    path: 'packages/protocol/src/attic/a.ts',
    wrong: 'export const a = 1;',
    right: undefined,
  },
  'a pure room imports from Node': {
    rule: pureRooms,
    path: HUB,
    wrong: "import { readFileSync } from 'node:fs';",
    right: "import type { Dialect } from '@anax/protocol';",
  },
  'a pure room asks the clock': {
    rule: pureRooms,
    path: HUB,
    wrong: 'export const f = () => Date.now();',
    right: 'export const f = (now: number) => now;',
  },
  'a pure room sets a timer': {
    rule: pureRooms,
    path: HUB,
    wrong: 'setImmediate(flush);',
    right: 'sink.setImmediate(flush);',
  },
  'a pure room rolls dice': {
    rule: pureRooms,
    path: HUB,
    wrong: 'const a = Math.random();',
    right: 'const a = this.#random();',
  },
  'a pure room names a Buffer in a type': {
    rule: pureRooms,
    path: CODEC,
    wrong: 'export type A = { bytes: Buffer };',
    right: 'export type A = { Buffer: Uint8Array };',
  },
  'a pure room knows the process, in short': {
    rule: pureRooms,
    path: CODEC,
    wrong: 'export const a = { process };',
    right: 'export const a = { process: 1 };',
  },
  'a pure room waits': {
    rule: pureRooms,
    path: HUB,
    wrong: '\n\nexport async function f() {}',
    line: 3,
    right: '// An async function would await here.\nexport function f() {}',
  },
  'a shell for every platform imports from Node': {
    rule: portableRooms,
    path: 'packages/client/src/shell/a.ts',
    wrong: "import { connect } from 'node:net';",
    right: 'export const a = setTimeout(f, 1);',
    beside: { 'packages/client/src/node/a.ts': "import { connect } from 'node:net';" },
  },
  'a shell for every platform takes a Buffer': {
    rule: portableRooms,
    path: 'packages/client/src/shell/a.ts',
    wrong: 'const a = Buffer.alloc(1);',
    right: 'const a = new Uint8Array(1);',
  },
  'a level is compared': {
    rule: noVersionCompared,
    path: HUB,
    wrong: 'if (dialect.protocolLevel >= 5) send();',
    right: 'if (dialect.serverDisconnect) send();',
  },
  'a dialect is compared': {
    rule: noVersionCompared,
    path: 'packages/protocol/src/explain/a.ts',
    wrong: 'export const f = (d: Dialect) => d === MQTT_5_0;',
    right: 'export const f = (d: Dialect = MQTT_5_0) => d.properties;',
  },
  'a name of a version is compared': {
    rule: noVersionCompared,
    path: HUB,
    wrong: "const a = dialect.name !== '3.1.1';",
    right: "const a = ['3.1.1', dialect.name];",
  },
  'a version decides in a switch': {
    rule: noVersionCompared,
    path: HUB,
    wrong: "switch (dialect.name) {\n  case '5.0':\n}",
    line: 2,
    right: "switch (packet.type) {\n  case 'connect':\n}",
  },
  'a file is long': {
    rule: shortFiles,
    path: 'bench/src/a.ts',
    wrong: long(401),
    line: 401,
    right: long(400),
  },
  'a function is long': { rule: shortFunctions, path: CODEC, wrong: body(71), right: body(70) },
  'something is any': {
    rule: plainTypeScript,
    path: 'bench/src/a.ts',
    wrong: 'let a: any;',
    right: "let a: unknown = 'any';",
  },
  'an enum stands': {
    rule: plainTypeScript,
    path: CODEC,
    wrong: 'enum A { B }',
    right: 'const A = { B: 0 } as const;',
  },
  'a default export stands': {
    rule: noDefaultExports,
    path: CODEC,
    wrong: 'export default 1;',
    right: 'export const a = 1;',
    beside: { 'vitest.config.ts': 'export default {};' },
  },
  'something is exported as default': {
    rule: noDefaultExports,
    path: CODEC,
    wrong: 'const a = 1;\nexport { a as default };',
    line: 2,
    right: 'const a = 1;\nexport { a };',
  },
  'something is left for later in a comment': {
    rule: noLeftovers,
    path: CODEC,
    wrong: 'x();\n// TODO: later',
    line: 2,
    right: "const word = 'TODO';",
  },
  'something is left for later in a document': {
    rule: noLeftovers,
    path: 'A.md',
    wrong: 'text\n\nFIXME',
    line: 3,
    right: 'The word `FIXME` is refused.',
  },
  'a test is focused': {
    rule: everyTestRuns,
    path: 'a.test.ts',
    wrong: "describe.only('a', f);",
    right: "describe('a', f); items.only('a');",
  },
  'a test is skipped silently': {
    rule: everyTestRuns,
    path: 'a.test.ts',
    wrong: "test.skip('a', f);",
    right: "test.skip('a (needs a Unix socket)', f);",
  },
  'a test is skipped silently on a condition': {
    rule: everyTestRuns,
    path: 'a.test.ts',
    wrong: 'it.skipIf(slow)(`a b`, f);',
    right: 'it.skipIf(slow)(`a b, skipped without a second core`, f);',
  },
  'a file does not say what it owns': {
    rule: filesSayWhatTheyOwn,
    path: CODEC,
    wrong: "import { a } from './b.ts';\n// Owns the reading of bytes.",
    right: '// Owns the reading of bytes.\n',
  },
  'a tag names no statement': {
    rule: clausesExist,
    path: CODEC,
    wrong: `// [5:${NO_STATEMENT}]`,
    right: '// [5:MQTT-3.1.2-8] [5:3.1.2.11.8] [3.1:3.1], tags look like [5:...]',
    beside: STATEMENTS,
  },
  'a tag names no version': {
    rule: clausesExist,
    path: CODEC,
    wrong: `// [${NO_STATEMENT}]`,
    right: '// MQTT, list[0]',
    beside: STATEMENTS,
  },
  'a tag names a version that does not exist': {
    rule: clausesExist,
    path: 'A.md',
    wrong: `kept [4${':'}3.1]`,
    right: 'kept [5:3.1]',
    beside: STATEMENTS,
  },
  'a package does not say what it ships': {
    rule: publishableManifests,
    path: 'packages/x/package.json',
    wrong: JSON.stringify({ ...PUBLISHABLE, files: undefined }),
    right: JSON.stringify(PUBLISHABLE),
    beside: { 'package.json': '{ "version": "1.0.0" }', 'packages/y/package.json': '{ "private": true }' },
  },
  'a package wants another version of its sister': {
    rule: publishableManifests,
    path: 'packages/x/package.json',
    wrong: JSON.stringify({ ...PUBLISHABLE, dependencies: { '@anax/y': '0.9.0' } }),
    right: JSON.stringify({ ...PUBLISHABLE, dependencies: { '@anax/y': '1.0.0', zod: '^4.0.0' } }),
    beside: { 'package.json': '{ "version": "1.0.0" }' },
  },
  'the lock file names a host': {
    rule: lockNamesNoHost,
    path: 'package-lock.json',
    wrong: '{\n  "resolved": "https://example.org/a.tgz"\n}',
    line: 2,
    right: '{\n  "resolved": "packages/broker"\n}',
  },
  'a file names a folder of one machine': {
    rule: noPlaces,
    path: 'A.md',
    wrong: `see ${['', 'root', 'notes'].join('/')}`,
    right: 'the topic home/kitchen/work and https://example.org/home/a',
  },
  'a file names a registry': {
    rule: noPlaces,
    path: '.ci/run',
    wrong: `curl https://${['registry', 'npmjs', 'org'].join('.')}/a`,
    right: 'npm ci',
  },
  'a shipped file is used by its test only': {
    rule: noDeadFiles,
    path: CODEC,
    wrong: '',
    right: "import type { B } from '../b.ts';",
    beside: {
      'packages/protocol/src/index.ts': "export * from './codec/index.ts';",
      'packages/protocol/src/codec/index.ts': "export * from './a.ts';",
      'packages/protocol/src/b.ts': 'export interface B {}',
      'packages/protocol/test/b.test.ts': "import '../src/b.ts';",
    },
  },
  'a helper of tests is used by no test': {
    rule: noDeadFiles,
    path: 'packages/protocol/test/a.test.ts',
    wrong: "const name = './helper.ts';",
    right: "import './helper.ts';",
    beside: { 'packages/protocol/test/helper.ts': '' },
  },
  'a link leads to no file': {
    rule: linksResolve,
    path: 'docs/A.md',
    wrong: 'see [b](C.md)',
    right: 'see [b](../B.md), [docs](../docs/), [web](https://example.org), `[x](y.md)`',
    beside: { 'B.md': '' },
  },
  'a link leads to no heading': {
    rule: linksResolve,
    path: 'A.md',
    wrong: '# One\n\n[b](B.md#the-second-part)',
    line: 3,
    right: '# One\n\n[b](B.md#the-first-part) [here](#one)',
    beside: { 'B.md': '## The first part!\n' },
  },
};

/** The path where a problem must be seen, for the two rules that see it in the file beside. */
const SEEN_ELSEWHERE: Readonly<Record<string, string>> = {
  'a shipped file is used by its test only': 'packages/protocol/src/b.ts',
  'a helper of tests is used by no test': 'packages/protocol/test/helper.ts',
};

const repositoryWith = ({ path, beside }: Case, text: string | undefined): Repository =>
  repositoryOf(text === undefined ? { ...beside } : { ...beside, [path]: text });

test.each(Object.entries(CASES))('tidy sees it when %s', (name, planted) => {
  const path = SEEN_ELSEWHERE[name] ?? planted.path;
  const seen = planted.rule.check(repositoryWith(planted, planted.wrong));
  expect(seen).toEqual([expect.stringMatching(`^${path}:${planted.line ?? 1} `)]);
});

test.each(Object.entries(CASES))('tidy is content unless %s', (_name, planted) => {
  expect(planted.rule.check(repositoryWith(planted, planted.right))).toEqual([]);
});

test('every rule has a case', () => {
  const shown = new Set(Object.values(CASES).map(({ rule }) => rule));
  expect(RULES.filter((rule) => !shown.has(rule)).map(({ name }) => name)).toEqual([]);
});

test('the median counts sources and leaves tests out', () => {
  const files = {
    'packages/a/src/a.ts': 'x',
    'packages/a/src/b.ts': 'x\ny\n',
    'packages/a/src/c.ts': 'x\ny\nz\n',
  };
  expect(medianLines(repositoryOf({ ...files, 'packages/a/test/a.test.ts': 'x\n'.repeat(9) }))).toBe(2);
});
