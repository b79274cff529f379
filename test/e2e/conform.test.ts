// The audit of our own broker as people would do it: both built, both as processes, everything that needs no option more
// than the broker can be given.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

const anax = fileURLToPath(new URL('../../packages/cli/bin/anax.js', import.meta.url));
/** What issue and documentation promise. A minute is usual on a machine that has other work. */
const AUDIT_MS_MAX = 180_000;
const PROTOCOLS = ['3.1', '3.1.1', '5.0'];

interface Report {
  readonly complete: boolean;
  readonly failures: readonly string[];
  readonly durationMs: number;
  readonly counts: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly checks: readonly { readonly name: string; readonly protocol: string; readonly verdict: string }[];
}

const children: ChildProcess[] = [];
const text = async (stream: AsyncIterable<Buffer>): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
};

/** Where it listens, for each protocol. */
async function startBroker(
  ...args: readonly string[]
): Promise<{ readonly mqtt: string; readonly ws: string }> {
  const all = [anax, 'broker', '--memory', '--port', '0', '--ws', '0', '--log-level', 'silent', ...args];
  const child = spawn(process.execPath, all, { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  let shown = '';
  for await (const chunk of child.stdout) {
    shown += chunk;
    const [mqtt] = /mqtt:\/\/127\.0\.0\.1:\d+/.exec(shown) ?? [];
    const [ws] = /ws:\/\/127\.0\.0\.1:\d+\/mqtt/.exec(shown) ?? [];
    if (mqtt !== undefined && ws !== undefined) return { mqtt, ws };
  }
  throw new Error(`the broker does not say where it listens: ${shown}`);
}

let address = { mqtt: '', ws: '' };
let limited = address;
beforeAll(async () => {
  address = await startBroker('--user', 'ada:right');
  const off = [
    'maximumQos=0',
    'retain=false',
    'wildcardSubscriptions=false',
    'subscriptionIdentifiers=false',
    'sharedSubscriptions=false',
  ];
  const features = off.flatMap((one) => ['--set', `features.${one}`]);
  limited = await startBroker(...features, '--set', 'topicAliasMaximum=0');
});
afterAll(async () => {
  for (const child of children) {
    child.kill('SIGTERM');
    if (child.exitCode === null) await once(child, 'exit');
  }
});

test(
  'our broker breaks nothing, in all three protocols',
  async () => {
    const facts = ['--refused-username', 'ada', '--refused-password', 'wrong'];
    const args = ['conform', address.mqtt, '--ws', address.ws, '--limited', limited.mqtt, ...facts];
    const options = ['--refused-client-id', 'x'.repeat(1025), '--json'];
    const child = spawn(process.execPath, [anax, ...args, ...options], { stdio: ['ignore', 'pipe', 'pipe'] });
    children.push(child);
    const [out, told, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'exit'),
    ]);
    const report = JSON.parse(out) as Report;
    const broken = report.checks.filter(({ verdict }) => verdict === 'broken');
    expect({ broken, failures: report.failures, complete: report.complete, code }).toEqual({
      broken: [],
      failures: [],
      complete: true,
      code: 0,
    });
    expect(Object.keys(report.counts)).toEqual(PROTOCOLS);
    const overWebSocket = report.checks.filter(({ name }) => name.startsWith('websocket/'));
    expect(
      overWebSocket
        .filter(({ verdict }) => verdict === 'kept')
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual(
      ['binary-frames', 'frames-are-no-packets', 'selects-mqtt'].flatMap((name) => [
        `websocket/${name}`,
        `websocket/${name}`,
      ]),
    );
    for (const counts of Object.values(report.counts)) expect(counts['kept']).toBeGreaterThan(20);
    expect(report.durationMs).toBeLessThan(AUDIT_MS_MAX);
    // Progress, and no warning of anybody.
    expect(
      told.split('\n').filter((line) => line !== '' && !/^anax conform: \d+ of \d+ /.test(line)),
    ).toEqual([]);
  },
  AUDIT_MS_MAX + 30_000,
);
