// Promises by ticket: each settles once, whenever that is, also while another one begins.

import { MqttError, type ReasonCode } from '@anax/protocol';
import { expect, test } from 'vitest';
import { Tickets } from '../src/shell/tickets.ts';
import type { Outcome } from '../src/sink.ts';

const settled = (reasonCode: ReasonCode): Outcome => ({
  type: 'published',
  result: { reasonCode, properties: {} },
});
const gone = new MqttError('connection-lost', 'gone');

test('one that settles while it begins is not kept', async () => {
  const tickets = new Tickets();
  const sent = tickets.open(undefined, (ticket) => {
    tickets.settle(ticket, settled(0));
    expect(tickets.size).toBe(0);
  });
  expect(tickets.size).toBe(0);
  await expect(sent).resolves.toMatchObject({ reasonCode: 0 });
});

test('one that begins within another takes nothing from it', async () => {
  const tickets = new Tickets();
  let outerTicket = 0;
  let inner: Promise<unknown> | undefined;
  const outer = tickets.open(undefined, (ticket) => {
    outerTicket = ticket;
    inner = tickets.open(undefined, (one) => tickets.settle(one, settled(1)));
    expect(tickets.size).toBe(1);
  });
  await expect(inner).resolves.toMatchObject({ reasonCode: 1 });
  expect(tickets.size).toBe(1);
  tickets.settle(outerTicket, settled(2));
  await expect(outer).resolves.toMatchObject({ reasonCode: 2 });
  expect(tickets.size).toBe(0);
});

test('what a beginning throws rejects, and nothing of it is kept', async () => {
  const tickets = new Tickets();
  const refused = tickets.open(undefined, () => {
    throw gone;
  });
  await expect(refused).rejects.toBe(gone);
  const outer = tickets.open(undefined, () => {
    tickets.open(undefined, () => undefined).catch(() => undefined);
    throw gone;
  });
  await expect(outer).rejects.toBe(gone);
  expect(tickets.size).toBe(1);
});

test('the end is told to all, also to one that begins', async () => {
  const tickets = new Tickets();
  const first = tickets.open(undefined, () => undefined);
  const second = tickets.open(undefined, () => tickets.failAll(gone));
  await expect(first).rejects.toBe(gone);
  await expect(second).rejects.toBe(gone);
  expect(tickets.size).toBe(0);
});

test('a signal that aborts while one begins ends its wait, and is no longer listened to', async () => {
  const tickets = new Tickets();
  const control = new AbortController();
  let givenUp = 0;
  const sent = tickets.open(
    control.signal,
    () => control.abort(),
    () => {
      givenUp += 1;
    },
  );
  await expect(sent).rejects.toMatchObject({ code: 'aborted' });
  expect([givenUp, tickets.size]).toEqual([1, 0]);
});
