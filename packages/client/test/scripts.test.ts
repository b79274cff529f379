// Owns that a client keeps what the standards ask of it: each script is played against the machine, whose bytes come
// whole and one by one, and against a client over sockets.

import { describe, test } from 'vitest';
import { CONNECT } from './scripts/connect.ts';
import { DATA } from './scripts/data.ts';
import { EXCHANGES } from './scripts/exchanges.ts';
import { MachinePlayer } from './scripts/machine-player.ts';
import { MESSAGES } from './scripts/messages.ts';
import { play } from './scripts/player.ts';
import { REQUESTS } from './scripts/requests.ts';
import { SocketPlayer } from './scripts/socket-player.ts';

const ALL = [...DATA, ...CONNECT, ...MESSAGES, ...REQUESTS, ...EXCHANGES];
/** By the whole sentence, which `$says` would cut short. */
const SCRIPTS = ALL.map((script) => [script.says, script] as const);

describe.each([
  ['the machine, whole', () => new MachinePlayer((all) => [all])],
  [
    'the machine, byte by byte',
    () => new MachinePlayer((all) => Array.from(all, (one) => Uint8Array.of(one))),
  ],
  // [5:MQTT-4.2.0-1] [3.1.1:MQTT-7.1.2-1]
  ['a client over TCP', () => new SocketPlayer('tcp')],
  ['a client over WebSocket', () => new SocketPlayer('ws')],
])('%s', (_, player) => {
  test.each(SCRIPTS)('%s', async (_says, script) => {
    await play(script, player());
  });
});
