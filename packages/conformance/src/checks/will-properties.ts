// What will properties do: Will Delay Interval and User Properties. [5:3.1.3.2]

import { Broken, must, Unsuitable } from '../wire/broken.ts';
import { arrive, subscribeTo } from '../wire/exchanges.ts';
import type { Peer } from '../wire/peer.ts';
import { sleep } from '../wire/waits.ts';
import type { Check, ConnectInput, Context } from './check.ts';

const DELAY_SECONDS = 2;
/** Seconds may be counted by a clock that ticks once in a second. */
const CLOCK_MS = 1000;
/** A delay that is not waited for. */
const LONG_DELAY_SECONDS = 120;

interface Delayed {
  readonly watcher: Peer;
  readonly clientId: string;
  readonly topic: string;
  /** When the connection was cut, in ms. */
  readonly cutAt: number;
}

/** A client with a delayed will is cut. */
async function cutWithDelay(
  { connect, clientId, topic }: Context,
  willDelayInterval: number,
  input: ConnectInput,
): Promise<Delayed> {
  const [id, name] = [clientId(), topic('will')];
  const watcher = await connect({ label: 'subscriber' });
  await subscribeTo(watcher, name);
  const will = { topic: name, payload: 'will', properties: { willDelayInterval } };
  const peer = await connect({ label: 'client with a will', ...input, clientId: id, will });
  const cutAt = performance.now();
  peer.cut();
  return { watcher, clientId: id, topic: name, cutAt };
}

export const WILL_PROPERTIES: readonly Check[] = [
  {
    name: 'will-properties/delay',
    proves: '[5:MQTT-3.1.2-8]',
    sentence: 'the will goes out when Will Delay Interval has passed, and not before',
    seconds: DELAY_SECONDS + 1,
    async run(context) {
      const { watcher, topic, cutAt } = await cutWithDelay(context, DELAY_SECONDS, { keep: true });
      const what = 'the will when its delay is over';
      await arrive(watcher, { topic, what, ms: DELAY_SECONDS * 1000 + context.waits.answerMs });
      const afterMs = Math.round(performance.now() - cutAt);
      if (afterMs < DELAY_SECONDS * 1000 - CLOCK_MS)
        throw new Broken(`the will ${DELAY_SECONDS} s after the connection was cut`, `after ${afterMs} ms`);
    },
  },
  {
    name: 'will-properties/delay-ends-with-session',
    proves: '[5:MQTT-3.1.2-8]',
    sentence:
      'the will of a session that ends with its connection goes out at once, whatever Will Delay Interval',
    async run(context) {
      const { watcher, topic } = await cutWithDelay(context, LONG_DELAY_SECONDS, { keep: false });
      await arrive(watcher, { topic, what: 'the will at the end of the session' });
    },
  },
  {
    name: 'will-properties/delay-ends-with-clean-start',
    proves: '[5:MQTT-3.1.2-8]',
    sentence: 'Clean Start 1 ends the session of a will that is being delayed: it goes out',
    async run(context) {
      const { watcher, topic, clientId } = await cutWithDelay(context, LONG_DELAY_SECONDS, { keep: true });
      await context.connect({ clientId, label: 'anew, with Clean Start 1' });
      await arrive(watcher, { topic, what: 'the will at the end of the session' });
    },
  },
  {
    name: 'will-properties/delay-cancelled',
    proves: '[5:MQTT-3.1.3-9] [5:MQTT-3.1.2-8]',
    sentence:
      'a client that is back with its session before Will Delay Interval is over has cancelled the will',
    seconds: DELAY_SECONDS + 2,
    async run(context) {
      const { watcher, topic, clientId, cutAt } = await cutWithDelay(context, DELAY_SECONDS, { keep: true });
      await context.connect({ keep: true, clientId, label: 'back' });
      if (performance.now() - cutAt > DELAY_SECONDS * 1000 - CLOCK_MS)
        throw new Unsuitable('skipped', 'the client was not back before the delay was over: too slow a way');
      await sleep(DELAY_SECONDS * 1000);
      await watcher.expectNothing('publish', {
        where: (packet) => packet.topic === topic,
        what: 'no will: its client came back in time',
        ms: CLOCK_MS,
      });
    },
  },
  {
    name: 'will-properties/user-properties-in-order',
    proves: '[5:MQTT-3.1.3-10]',
    sentence: 'User Properties of the will come in its PUBLISH, in the same order',
    async run({ connect, topic }) {
      const name = topic('will');
      const watcher = await connect({ label: 'subscriber' });
      await subscribeTo(watcher, name);
      const userProperties = [
        ['conform-b', '1'],
        ['conform-a', '2'],
        ['conform-c', ''],
        ['conform-b', '3'],
        ['conform-a', '2'],
      ] as const;
      const peer = await connect({
        label: 'client with a will',
        will: { topic: name, properties: { userProperties } },
      });
      peer.cut();
      const { properties } = await arrive(watcher, { topic: name });
      const own = (properties.userProperties ?? []).filter(([key]) => key.startsWith('conform-'));
      const [expected, seen] = [JSON.stringify(userProperties), JSON.stringify(own)];
      must(expected === seen, `the User Properties ${expected}`, seen);
    },
  },
];
