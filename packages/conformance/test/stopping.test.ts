/** Owns how an audit ends before its time, and what it then says. */

import { getEventListeners } from 'node:events';
import type { Duplex } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { audit, type Check, dialTcp, Unreachable } from '../src/index.ts';
import { type UnderAudit, underAudit } from './support/broker.ts';

let under: UnderAudit;
beforeAll(async () => {
  under = await underAudit();
});
afterAll(() => under.close());

function check(name: string, run: Check['run']): Check {
  return { name, proves: '[5:MQTT-3.12.4-1]', sentence: name, run };
}

const good = check('test/good', async ({ connect }) => (await connect()).fence());
const late = { ...good, name: 'test/late' };
const SKIPPED = { verdict: 'skipped', reason: 'the audit was stopped before this was done' };

test('an audit that is asked to stop ends at once, says so, and calls nothing kept or broken that it did not see', async () => {
  const stop = new AbortController();
  const waits = check('test/waits', async ({ connect }) => {
    const peer = await connect();
    setImmediate(() => stop.abort());
    await peer.expect('publish', { ms: 60_000 });
  });
  const options = {
    dial: dialTcp('127.0.0.1', under.port),
    address: 'x',
    dialects: ['5.0'],
    parallel: 1,
    signal: stop.signal,
  } as const;
  const found = await audit(options, { checks: [good, waits, late], watches: [] });
  expect(found.stopped).toBe('it was asked to stop');
  expect(found.checks).toMatchObject([{ verdict: 'kept' }, SKIPPED, SKIPPED]);
  expect(found.statements.find(({ statement }) => statement.id === 'MQTT-3.12.4-1')).toMatchObject(SKIPPED);
});

test('however many checks are under way, one listener waits for the signal: Node warns of more than ten', async () => {
  const { signal } = new AbortController();
  const listening: number[] = [];
  const looks = (i: number): Check =>
    check(`test/looks-${i}`, async ({ connect }) => {
      await connect();
      listening.push(getEventListeners(signal, 'abort').length);
    });
  const checks = Array.from({ length: 20 }, (_, i) => looks(i));
  const dial = dialTcp('127.0.0.1', under.port);
  await audit({ dial, address: 'x', dialects: ['5.0'], signal }, { checks, watches: [] });
  expect(listening).toEqual(checks.map(() => 1));
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

test('an audit whose broker goes away gives what it found and says what was under way', async () => {
  let opened = 0;
  const dial = async (): Promise<Duplex> => {
    opened += 1;
    if (opened > 2) throw new Unreachable('x cannot be reached: ECONNREFUSED');
    return dialTcp('127.0.0.1', under.port)();
  };
  const options = { dial, address: 'x', parallel: 1, dialects: ['5.0'] } as const;
  const found = await audit(options, { checks: [good, late], watches: [] });
  expect(found.stopped).toBe('x cannot be reached: ECONNREFUSED. Under way then: test/late (5.0)');
  expect(found.checks).toMatchObject([{ verdict: 'kept' }, SKIPPED]);
});

test('an audit that reaches no broker fails', async () => {
  const dial = (): Promise<Duplex> => Promise.reject(new Unreachable('nobody is there'));
  await expect(audit({ dial, address: 'x' })).rejects.toThrow('nobody is there');
});

test('an audit tells how far it is and what is under way', async () => {
  const seen: string[] = [];
  await audit(
    {
      dial: dialTcp('127.0.0.1', under.port),
      address: 'x',
      dialects: ['5.0'],
      progress: ({ done, total, broken, running }) =>
        seen.push(`${done}/${total} ${broken} ${running.join()}`),
    },
    { checks: [good], watches: [] },
  );
  expect(seen).toEqual(['0/1 0 test/good (5.0)', '1/1 0 ']);
});
