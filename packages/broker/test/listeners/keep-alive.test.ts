/** Owns that the system is told to find out peers that are gone without a word. Linux says which sockets it watches. */

import { existsSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { started } from '../shell/created.ts';
import { eventually } from '../shell/sockets.ts';

const TABLE = '/proc/net/tcp';
/** `timer_active`: another timer than that for sending again, which for an idle socket is the one of keep alive. */
const WATCHED = '02';

test.runIf(existsSync(TABLE))('an idle TCP connection is watched (needs /proc/net/tcp)', async () => {
  const broker = await started();
  const port = broker.listeners[0]?.port ?? 0;
  const socket = connect({ host: '127.0.0.1', port });
  await eventually(() => broker.counts.connections === 1);
  const hex = (socket.localPort ?? 0).toString(16).toUpperCase().padStart(4, '0');
  const row = () =>
    readFileSync(TABLE, 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .find(([, , remote]) => remote === `0100007F:${hex}`);
  await eventually(() => row()?.[5]?.split(':')[0] === WATCHED);
  expect(row()?.[5]).toMatch(/^02:/);
  socket.destroy();
});
