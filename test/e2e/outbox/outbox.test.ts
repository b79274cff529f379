// A process with an outbox on the disk that is killed again and again, at random and at named places, while its link is cut
// and its broker is killed, too: everything that it has stored arrives, at QoS 2 once, in order.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Client, connect } from '@anax/client';
import { lmdbOutbox } from '@anax/client/lmdb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { anaxBroker } from '../../crash/src/brokers.ts';
import { chance } from '../../crash/src/chance.ts';
import { BrokerProcess, freePort } from '../../crash/src/process.ts';
import { Child } from '../../interop/support/children.ts';
import { CuttingLink } from './cutting-link.ts';

const CHILD = fileURLToPath(new URL('./child.mjs', import.meta.url));

/** Undefined: at random. */
const PLACES: readonly (string | undefined)[] = [
  'published, and nothing is stored',
  'a group is stored, and nothing has left',
  undefined,
  'PUBLISH has left',
  'PUBACK has come',
  'PUBREC has come',
  undefined,
  'PUBREL is stored, and has not left',
  'PUBREL has left',
  'PUBCOMP has come',
  undefined,
];
const MESSAGES_OF_A_ROUND = 400;
const ROUND_MS_MAX = 2500;

let folder = '';
let broker: BrokerProcess;
let link: CuttingLink;
let subscriber: Client;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'anax-outbox-'));
});
afterAll(async () => {
  await subscriber.close();
  link.close();
  await broker.kill();
  rmSync(folder, { recursive: true, force: true });
});

/** What arrived, in order, by QoS. */
async function listen(port: number): Promise<Map<string, number[]>> {
  const arrived = new Map<string, number[]>([
    ['outbox/1', []],
    ['outbox/2', []],
    ['outbox/end', []],
  ]);
  subscriber = await connect(`mqtt://127.0.0.1:${port}`, {
    clientId: 'subscriber',
    properties: { sessionExpiryInterval: 3600 },
    reconnect: { initially: true, delayBaseMs: 20, delayMaxMs: 100 },
  });
  const onMessage = (message: { readonly topic: string; text(): string }): void => {
    arrived.get(message.topic)?.push(Number(message.text()));
  };
  await subscriber.subscribe('outbox/+', { qos: 2, onMessage }).granted;
  return arrived;
}

async function within(ms: number, what: Promise<unknown>): Promise<void> {
  const late = new AbortController();
  await Promise.race([what.catch(() => {}), wait(ms, undefined, { signal: late.signal })]);
  late.abort();
}

const ascending = (numbers: readonly number[]): number[] => numbers.toSorted((a, b) => a - b);

test('is killed and goes on: nothing that it stored is lost, QoS 2 arrives once, order is kept', {
  timeout: 120_000,
}, async () => {
  const seed = Date.now() % 1_000_000;
  const draw = chance(seed, 'rounds');
  const port = await freePort();
  broker = new BrokerProcess(anaxBroker(port, join(folder, 'broker')), folder);
  broker.start();
  const arrived = await listen(port);
  link = new CuttingLink(port, chance(seed, 'link'));
  const url = `mqtt://127.0.0.1:${await link.listen()}`;
  const directory = join(folder, 'device');
  const start = (facts: object): Child =>
    new Child(process.execPath, [CHILD, JSON.stringify({ url, directory, from: 0, count: 0, ...facts })]);
  const stored = new Map<string, Set<number>>([
    ['1', new Set()],
    ['2', new Set()],
  ]);

  for (const [round, place] of PLACES.entries()) {
    const from = round * MESSAGES_OF_A_ROUND;
    const child = start({ from, count: MESSAGES_OF_A_ROUND, place, times: draw.between(1, 60) });
    // Where a place is not reached the round ends all the same.
    await within(ROUND_MS_MAX, place === undefined ? child.line(/^stored/) : child.ended);
    if (place === undefined) await wait(draw.between(0, 400));
    if (draw.happens(0.4)) {
      await broker.kill();
      broker.start();
    }
    const { stdout, stderr } = await child.end();
    expect(stderr, `seed ${seed}, round ${round}`).toBe('');
    for (const [, qos = '', number] of stdout.matchAll(/^stored (\d) (\d+)$/gm))
      stored.get(qos)?.add(Number(number));
    expect(stdout.match(/^failed .*$/m), `seed ${seed}, round ${round}`).toBeNull();
  }

  const last = start({});
  expect(await last.line(/^settled/)).toMatch(/^settled \d+$/);
  expect((await last.ended).code).toBe(0);
  const end = await connect(`mqtt://127.0.0.1:${port}`);
  await end.publish('outbox/end', '1', { qos: 2 });
  await end.close();
  await expect.poll(() => arrived.get('outbox/end'), { timeout: 20_000 }).toEqual([1]);

  const [once = [], exactly = []] = [arrived.get('outbox/1'), arrived.get('outbox/2')];
  const why = `seed ${seed}`;
  expect(
    [...(stored.get('1') ?? [])].filter((number) => !once.includes(number)),
    why,
  ).toEqual([]);
  expect(
    [...(stored.get('2') ?? [])].filter((number) => !exactly.includes(number)),
    why,
  ).toEqual([]);
  expect(exactly, why).toEqual(ascending([...new Set(exactly)]));
  const first = [...new Set(once)];
  expect(first, why).toEqual(ascending(first));
  expect(first.length, why).toBeGreaterThan(0);
});

test('one process has it at a time, and tells the other who has it', { timeout: 60_000 }, async () => {
  const directory = join(folder, 'shared');
  const url = 'mqtt://127.0.0.1:9';
  const child = new Child(process.execPath, [CHILD, JSON.stringify({ url, directory, from: 0, count: 0 })]);
  const store = lmdbOutbox(directory);
  const tried = (): Promise<string> =>
    connect(url, { clientId: 'device', outbox: { store }, reconnect: false }).then(
      () => 'connected',
      ({ code, message }) => `${code} ${message}`,
    );
  // Until the child is there this one may have it, and find no server.
  await expect
    .poll(tried, { timeout: 30_000, interval: 200 })
    .toMatch(/^store-in-use .* in use by process \d+$/);
  await child.end();
  expect(await tried()).toMatch(/^unreachable/);
});
