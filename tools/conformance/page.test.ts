/** Owns that docs/conformance.md is what the clause tags say, and that each statement that binds a client has its test. */

import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readRepository, repositoryOf } from '../tidy/repository.ts';
import { clientProblems, conformancePage } from './page.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const TABLE = 'packages/conformance/data/mqtt-5.0-statements.tsv';

test('docs/conformance.md is up to date', async () => {
  await expect(conformancePage(readRepository(root))).toMatchFileSnapshot('../../docs/conformance.md');
});

test('every statement that binds a client has a test of the client, or a reason why not', () => {
  expect(clientProblems(readRepository(root))).toEqual([]);
});

test('a tag counts for the column of the file it stands in, and for the end that the statement binds', () => {
  const page = conformancePage(
    repositoryOf({
      [TABLE]: 'id\tbinds\nMQTT-1.5.4-1\tboth\tA|B\twire\nMQTT-2.2.1-4\tserver\tC\twire\n',
      'packages/broker/src/hub/a.ts': '// [5:MQTT-1.5.4-1]',
      'packages/broker/test/b.test.ts': '// [5:MQTT-1.5.4-1]',
      'packages/protocol/src/p.ts': '// [5:MQTT-1.5.4-1] [5:MQTT-2.2.1-4]',
      'packages/client/test/scripts/c.ts': "says: '[5:MQTT-1.5.4-1]'",
      'packages/client/test/support.ts': '// [5:MQTT-1.5.4-1]',
    }),
  );
  expect(page).toContain('| MQTT 5.0 | server | 2 | 2 | 1 |  | 0 |');
  expect(page).toContain('| MQTT 5.0 | client | 1 | 1 | 1 | 0 |  |');
  expect(page).toContain(
    '| MQTT-1.5.4-1 | A\\|B | [broker/hub/a](../packages/broker/src/hub/a.ts), [protocol/p](../packages/protocol/src/p.ts) | [broker/b](../packages/broker/test/b.test.ts) |  |',
  );
  expect(page).toContain(
    '| MQTT-1.5.4-1 | A\\|B | [protocol/p](../packages/protocol/src/p.ts) | [client/scripts/c](../packages/client/test/scripts/c.ts) |',
  );
});

test('a client statement without a test is a problem, and so is a reason for one that has a test', () => {
  const problems = clientProblems(
    repositoryOf({
      [TABLE]: 'id\tbinds\nMQTT-1.5.4-1\tclient\tA\twire\nMQTT-2.2.1-4\tserver\tC\twire\n',
      [TABLE.replace('5.0', '3.1.1')]: 'id\tbinds\nMQTT-7.0.0-2\tboth\tB\twire\n',
      'packages/broker/test/b.test.ts': '// [5:MQTT-1.5.4-1]',
      'packages/client/test/c.test.ts': '// [3.1.1:MQTT-7.0.0-2]',
    }),
  );
  expect(problems.slice(0, 2)).toEqual([
    '[5:MQTT-1.5.4-1] binds a client and no test of the client names it',
    '[3.1.1:MQTT-7.0.0-2] has a test: take its row out of excused.ts',
  ]);
  expect(problems).toContain('[3.1.1:MQTT-4.8.0-2] in excused.ts binds no client');
});
