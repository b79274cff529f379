// docs/from-mqttjs.md has every name that the declarations of npm `mqtt` have, and its example runs.

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createBroker } from '@anax/broker';
import { describe, expect, it } from 'vitest';

const root = new URL('../../', import.meta.url);
const page = readFileSync(new URL('docs/from-mqttjs.md', root), 'utf8');
const declarations = readFileSync(new URL('node_modules/mqtt/build/lib/client.d.ts', root), 'utf8');

/** The names in the first cells of all tables, without arguments. */
const named = new Set(
  [...page.matchAll(/^\| ([^|]+) \|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`([\w]+)(?:\([^`]*\))?`/g)].map(([, name = '']) => name),
  ),
);

/** What stands between the braces of a declaration, without what is private there. */
function membersOf(head: string): readonly string[] {
  const [, rest] = declarations.split(head);
  const [body = ''] = (rest ?? '').split('\n}');
  const names = [...body.matchAll(/^ {4}(?:static |get )?(\w+)[?(:<]/gm)].map(([, name = '']) => name);
  return [...new Set(names)].filter((name) => !name.startsWith('_') && name !== 'constructor');
}

describe.each([
  ['interface ISecureClientOptions ', 8],
  ['interface IClientOptions ', 45],
  ['interface IClientPublishOptions ', 5],
  ['interface IClientReconnectOptions ', 2],
  ['interface IClientSubscribeProperties ', 1],
  ['interface IClientSubscribeOptions ', 4],
  ['interface ISubscriptionRequest ', 1],
  ['interface IClientUnsubscribeProperties ', 1],
  ['interface MqttClientEventCallbacks ', 11],
  ['class MqttClient ', 30],
])('%s', (head, least) => {
  const members = membersOf(head);

  it('is read', () => {
    expect(members.length).toBeGreaterThanOrEqual(least);
  });

  it.each(members)('has %s in the page', (name) => {
    expect(named).toContain(name);
  });
});

it('says nothing of what `mqtt` does not have', () => {
  const own = ['connectAsync', 'mqtt'];
  const unknown = [...named].filter(
    (name) => !own.includes(name) && !new RegExp(`\\b${name}\\b`).test(declarations),
  );
  expect(unknown).toEqual([]);
});

it('shows a client that gets what it published', async () => {
  const broker = createBroker({ listeners: [{ port: 0 }] });
  await broker.start();
  const [, code = ''] = /^```ts\n(.*?)\n```$/ms.exec(page) ?? [];
  const at = code.replace(':1883', `:${broker.listeners[0]?.port}`);
  const args = ['--input-type=module', '--eval', at];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: fileURLToPath(root) });
  expect(stdout).toBe('porch/light on\n');
  await broker.close();
});
