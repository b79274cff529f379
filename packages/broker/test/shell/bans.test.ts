/** Owns that limits on addresses and bans hold over sockets, and what operators do with bans. */

import { MQTT_5_0, Reason } from '@anax/protocol';
import { expect, test } from 'vitest';
import type { Note } from '../../src/index.ts';
import { connect } from '../packets.ts';
import { codeOf, joined, started } from './created.ts';
import { Client, eventually, portOf } from './sockets.ts';

const code = async (client: Client) => {
  const [connack] = await client.until(1);
  return connack?.type === 'connack' ? connack.reasonCode : undefined;
};

test('one address has as many connections as it may, and the next is closed at once', async () => {
  const broker = await started({ abuse: { exempt: [], address: { connectionsMax: 2 } } });
  const first = await joined(broker, 'a');
  await joined(broker, 'b');
  const third = new Client(portOf(broker));
  expect(await third.end()).toEqual([]);
  expect(broker.counters.addressesTurnedAway).toBe(1);
  first.socket.destroy();
  await eventually(() => broker.counts.connections === 1);
  await joined(broker, 'c');
});

test('a ban puts out who is there and keeps it out until it is lifted', async () => {
  const notes: Note[] = [];
  const broker = await started({ note: (note) => notes.push(note) });
  const bad = await joined(broker, 'bad');
  const good = await joined(broker, 'good');
  expect(broker.bans.add({ clientId: 'bad' }, { reason: 'tests' })).toBe(1);
  expect(await bad.end()).toMatchObject([{ type: 'disconnect', reasonCode: Reason.administrativeAction }]);
  const again = new Client(portOf(broker)).send(connect(MQTT_5_0, { clientId: 'bad' }));
  expect(await code(again)).toBe(Reason.banned);
  expect(broker.bans.list()).toMatchObject([{ clientId: 'bad', by: 'operator', reason: 'tests' }]);
  expect(broker.bans.remove({ clientId: 'bad' })).toBe(true);
  expect(broker.bans.remove({ clientId: 'bad' })).toBe(false);
  await joined(broker, 'bad');
  expect(good.closed).toBe(false);
  expect(notes.map(({ event }) => event)).toEqual(expect.arrayContaining(['banned', 'ban-lifted']));
  expect(broker.counters).toMatchObject({ bansMade: 1, bannedRefused: 1 });
});

test('a ban that means nobody, or more than fit, is refused', async () => {
  const broker = await started({ abuse: { bansMax: 1 } });
  const { bans } = broker;
  const codes = [
    codeOf(() => bans.add({})),
    codeOf(() => bans.add({ address: 'example.org' })),
    codeOf(() => bans.add({ clientId: 7 as unknown as string })),
    codeOf(() => bans.add({ clientId: 'a' }, { forMs: 0 })),
    codeOf(() => bans.add({ clientId: 'a' }, { forMs: 1000 })),
    codeOf(() => bans.add({ clientId: 'b' })),
    codeOf(() => bans.remove({})),
  ];
  expect(codes).toEqual([
    'invalid-ban',
    'invalid-ban',
    'invalid-ban',
    'invalid-ban',
    'none',
    'bans-full',
    'invalid-ban',
  ]);
});
