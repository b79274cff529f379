/** Owns that docs/conformance.md is what the clause tags say: `npm run docs:conformance` writes it. */

import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readRepository, repositoryOf } from '../tidy/repository.ts';
import { conformancePage } from './page.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

test('docs/conformance.md is up to date', async () => {
  await expect(conformancePage(readRepository(root))).toMatchFileSnapshot('../../docs/conformance.md');
});

test('a tag counts for the column of the file it stands in', () => {
  const page = conformancePage(
    repositoryOf({
      'packages/conformance/data/mqtt-5.0-statements.tsv': 'id\tbinds\nMQTT-1.5.4-1\tboth\tA|B\twire\n',
      'packages/broker/src/hub/a.ts': '// [5:MQTT-1.5.4-1]',
      'packages/broker/test/b.test.ts': '// [5:MQTT-1.5.4-1]',
      'packages/client/test/c.test.ts': '// [3.1.1:MQTT-1.5.3-1]',
    }),
  );
  expect(page).toContain(
    '| MQTT-1.5.4-1 | both | A\\|B | [broker/hub/a](../packages/broker/src/hub/a.ts) | [broker/b](../packages/broker/test/b.test.ts) |  |  |  |',
  );
});
