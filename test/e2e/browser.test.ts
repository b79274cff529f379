// What was built for browsers, elsewhere: `@anax/protocol` in a world that has the language and nothing else (no Buffer, no
// process, not even TextDecoder), and the client where there is a global WebSocket and no page.

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createBroker } from '@anax/broker';
import { expect, test } from 'vitest';

const fileOf = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** Each captured packet, one by one: decoded, encoded again, explained. Runs inside the empty world. */
const INSIDE = `rows.map(([name, protocolName, sender, hex]) => {
  const bytes = Uint8Array.from(hex.split(' '), (byte) => Number.parseInt(byte, 16));
  const dialect = protocol.dialectFromText(protocolName);
  const decoder = new protocol.Decoder(bytes[0] === 0x10 ? { sender } : { sender, dialect });
  decoder.push(bytes);
  const again = protocol.encodePacket(decoder.next(), dialect);
  return [name, again.length > 0, protocol.explain(bytes, { dialect, sender }).state];
})`;

const OUTSIDE = `
import { readFileSync } from 'node:fs';
import { createContext, runInContext, SourceTextModule } from 'node:vm';
const [entry, table] = process.argv.slice(1);
const context = createContext({});
const modules = new Map();
const load = (url) => {
  if (!modules.has(url)) {
    modules.set(url, new SourceTextModule(readFileSync(new URL(url), 'utf8'), { context, identifier: url }));
  }
  return modules.get(url);
};
const main = load(entry);
await main.link((specifier, from) => load(new URL(specifier, from.identifier).href));
await main.evaluate();
context.protocol = main.namespace;
context.rows = readFileSync(table, 'utf8').trim().split('\\n').slice(1).map((line) => line.split('\\t'));
const globals = runInContext('[typeof Buffer, typeof process, typeof TextDecoder]', context);
process.stdout.write(JSON.stringify({ globals, results: runInContext(${JSON.stringify(INSIDE)}, context) }));
`;

test('the protocol needs nothing but the language: every vector is read, written and explained', async () => {
  const table = fileOf('packages/protocol/test/data/vectors.tsv');
  const entry = new URL('../../packages/protocol/dist/index.js', import.meta.url).href;
  const flags = ['--experimental-vm-modules', '--no-warnings', '--input-type=module'];
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, '-e', OUTSIDE, entry, table]);
  const { globals, results } = JSON.parse(stdout) as Readonly<Record<'globals' | 'results', unknown[]>>;
  expect(globals).toEqual(['undefined', 'undefined', 'undefined']);
  const names = readFileSync(table, 'utf8').trim().split('\n').slice(1);
  expect(results).toEqual(names.map((line) => [line.split('\t')[0], true, 'good']));
});

const CLIENT = `
import { connect } from '@anax/client/browser';
const [url] = process.argv.slice(1);
const client = await connect(url);
const messages = client.subscribe('a', { qos: 2 });
await messages.granted;
await client.publish('a', 'x', { qos: 2 });
for await (const message of messages) {
  const { code } = await client.close();
  const error = await connect('ws://127.0.0.1:1', { reconnect: false, connectTimeoutMs: 20_000 }).catch((error) => error);
  process.stdout.write([message.text(), code, error.code, typeof document].join(' '));
}
`;

test('the client for browsers needs a global WebSocket and no page, and leaves nothing running', async () => {
  const broker = createBroker({ listeners: [{ protocol: 'ws', port: 0 }] });
  await broker.start();
  try {
    // Node has it by itself from 22 on.
    const flags = ['--experimental-websocket', '--no-warnings', '--input-type=module'];
    const url = `ws://127.0.0.1:${broker.listeners[0]?.port}`;
    const { stdout } = await promisify(execFile)(process.execPath, [...flags, '-e', CLIENT, url]);
    expect(stdout).toBe('x disconnected unreachable undefined');
  } finally {
    await broker.close();
  }
});
