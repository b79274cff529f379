// Keep Alive: who is silent for too long is put out. [5:3.1.2.10] [3.1.1:3.1.2.10] [3.1:3.1]

import { KEEP_ALIVE_GRACE_FACTOR, Reason } from '@anax/protocol';
import { Unsuitable } from '../wire/broken.ts';
import { arrive, subscribeTo } from '../wire/exchanges.ts';
import type { Peer } from '../wire/peer.ts';
import type { Check } from './check.ts';

/** The shortest that there is, in seconds. */
const SHORT_KEEP_ALIVE = 1;
/** Longer ones of the server are not waited for, in seconds. */
const SERVER_KEEP_ALIVE_MAX = 10;
/** Far from over within `SILENT_MS`. */
const LONG_KEEP_ALIVE = 60;
const SILENT_MS = 3000;

/** How long a broker may take over the 1.5 times Keep Alive: some look only every few seconds. */
function slackMs({ waits }: Peer): number {
  return 2 * waits.answerMs;
}

async function putOut(peer: Peer, keepAlive: number): Promise<void> {
  await peer.expectClosed(
    [Reason.keepAliveTimeout],
    `the broker closes when nothing came for 1.5 times Keep Alive ${keepAlive}`,
    keepAlive * 1000 * KEEP_ALIVE_GRACE_FACTOR + slackMs(peer),
  );
}

export const KEEP_ALIVE: readonly Check[] = [
  {
    name: 'keep-alive/silent-client',
    proves: '[5:MQTT-3.1.2-22] [3.1.1:MQTT-3.1.2-24] [3.1:3.1]',
    sentence:
      'a client silent for 1.5 times Keep Alive is put out as if the network had failed: its will goes out',
    seconds: 2,
    async run({ connect, topic }) {
      const will = topic('will');
      const watcher = await connect({ label: 'subscriber' });
      await subscribeTo(watcher, will);
      const peer = await connect({ keepAlive: SHORT_KEEP_ALIVE, will: { topic: will, payload: 'silent' } });
      const keepAlive = peer.connack.properties.serverKeepAlive ?? SHORT_KEEP_ALIVE;
      if (keepAlive === 0) throw new Unsuitable('not applicable', 'CONNACK says Server Keep Alive 0');
      if (keepAlive > SERVER_KEEP_ALIVE_MAX)
        throw new Unsuitable('skipped', `Server Keep Alive is ${keepAlive} s, more than is waited for`);
      await putOut(peer, keepAlive);
      await arrive(watcher, { topic: will });
    },
  },
  {
    name: 'keep-alive/as-asked',
    proves: '[5:MQTT-3.2.2-22]',
    sentence:
      'without Server Keep Alive the Keep Alive of CONNECT holds: a short one is soon over, a long one is not',
    seconds: 3,
    async run({ connect }) {
      const short = await connect({ keepAlive: SHORT_KEEP_ALIVE, label: 'with Keep Alive 1' });
      const long = await connect({ keepAlive: LONG_KEEP_ALIVE, label: 'with Keep Alive 60' });
      if ([short, long].some(({ connack }) => connack.properties.serverKeepAlive !== undefined))
        throw new Unsuitable('not applicable', 'CONNACK says Server Keep Alive');
      await Promise.all([
        putOut(short, SHORT_KEEP_ALIVE),
        long.expectNothing(undefined, { ms: SILENT_MS, what: 'nothing within Keep Alive' }),
      ]);
    },
  },
];
