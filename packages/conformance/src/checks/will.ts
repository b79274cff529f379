// Wills: when they go out, as what, and when they do not. [5:3.1.2.5] [5:3.1.3.2] [3.1.1:3.1.2.5] [3.1:3.1]

import type { Packet, PublishPacket, QoS } from '@anax/protocol';
import { must, Unsuitable } from '../wire/broken.ts';
import { fromHex, sameBytes } from '../wire/bytes.ts';
import { arrive, before, closes, receive, subscribeTo } from '../wire/exchanges.ts';
import type { Peer } from '../wire/peer.ts';
import type { Check, ConnectInput, Context, WillInput } from './check.ts';
import { receiveRetained } from './parties.ts';

interface Scene {
  readonly watcher: Peer;
  /** The topic of the will. */
  readonly topic: string;
  /** A topic that the watcher hears, too. */
  readonly barrier: string;
}

/** Somebody who sees the will if it goes out. */
async function scene(context: Context): Promise<Scene> {
  const [topic, barrier] = [context.topic('will'), context.topic('barrier')];
  const watcher = await context.connect({ label: 'subscriber' });
  await subscribeTo(watcher, [topic, barrier]);
  return { watcher, topic, barrier };
}

/** Its next connection tells that the broker has seen the end of the one before: a will would have gone out. */
async function noWill(
  { connect }: Context,
  { watcher, barrier }: Scene,
  input: ConnectInput,
  what: string,
): Promise<void> {
  const next = await connect({ ...input, label: 'next connection' });
  const came = await before(next, watcher, { topic: barrier });
  must(came.length === 0, what, `a PUBLISH to ${came[0]?.topic}`);
  await watcher.expectNothing('publish', { what });
}

function mortal(context: Context, { topic }: Scene, input: ConnectInput = {}): Promise<Peer> {
  return context.connect({ label: 'client with a will', ...input, will: { topic, payload: 'will' } });
}

/** The will goes out when a connection ends in this way. */
function goesOut(end: (peer: Peer, context: Context, clientId: string) => Promise<void> | void) {
  return async (context: Context): Promise<void> => {
    const seen = await scene(context);
    const clientId = context.clientId();
    const peer = await mortal(context, seen, { keep: true, clientId });
    await end(peer, context, clientId);
    await arrive(seen.watcher, { topic: seen.topic, payload: 'will' });
  };
}

/** A PUBLISH with both QoS bits set. */
const QOS_3 = fromHex('36 07 00 03 61 2f 62 00 01');

async function putOutBy(peer: Peer, wrong: Packet | Uint8Array): Promise<void> {
  peer.send(wrong);
  if (await closes(peer)) return;
  throw new Unsuitable('skipped', 'the broker does not close where it should, so there is no end to look at');
}

const BINARY = Uint8Array.from({ length: 256 }, (_, index) => index);

export const WILL: readonly Check[] = [
  {
    name: 'will/when-cut',
    proves: '[5:MQTT-3.1.2-7] [5:MQTT-3.1.2-8] [3.1.1:MQTT-3.1.2-8] [3.1:3.1]',
    sentence: 'the will goes out when the connection is cut',
    run: goesOut((peer) => peer.cut()),
  },
  {
    name: 'will/when-closed-without-disconnect',
    proves: '[5:MQTT-3.1.2-8] [3.1.1:MQTT-3.1.2-8] [3.1:3.1]',
    sentence: 'the will goes out when the client closes without DISCONNECT',
    run: goesOut((peer) => peer.end()),
  },
  {
    name: 'will/when-malformed',
    proves: '[5:MQTT-3.1.2-8] [3.1.1:MQTT-3.1.2-8]',
    sentence: 'the will goes out when the broker closes because of a malformed packet',
    run: goesOut((peer) => putOutBy(peer, QOS_3)),
  },
  {
    name: 'will/when-connected-twice',
    proves: '[5:MQTT-3.1.2-8] [3.1.1:MQTT-3.1.2-8]',
    sentence: 'the will goes out when the broker closes because of a second CONNECT',
    run: goesOut((peer, { connectPacket }, clientId) =>
      putOutBy(peer, connectPacket({ keep: true, clientId })),
    ),
  },
  {
    name: 'will/when-taken-over',
    proves: '[5:MQTT-3.1.2-8] [3.1.1:MQTT-3.1.2-8]',
    sentence: 'the will goes out when another connection takes the session over, Will Delay Interval being 0',
    run: goesOut(async (_, { connect }, clientId) => {
      await connect({ keep: true, clientId, label: 'took over' });
    }),
  },
  {
    name: 'will/of-a-session-resumed',
    proves: '[5:MQTT-3.1.2-7] [5:MQTT-3.1.2-8] [3.1.1:MQTT-3.1.2-8] [3.1:3.1]',
    sentence: 'the will of a connection that goes on with a session goes out like any other',
    async run(context) {
      const seen = await scene(context);
      const clientId = context.clientId();
      const first = await context.connect({ keep: true, clientId, label: 'without a will' });
      await first.disconnect();
      const second = await mortal(context, seen, { keep: true, clientId });
      second.cut();
      await arrive(seen.watcher, { topic: seen.topic, payload: 'will' });
    },
  },
  {
    name: 'will/as-given',
    proves: '[5:MQTT-3.1.2-7] [3.1.1:MQTT-3.1.2-8] [3.1:3.1]',
    sentence: 'the will goes out with the topic, payload, QoS and properties that CONNECT gave',
    run: asGiven,
  },
  {
    name: 'will/every-qos',
    proves: '[5:MQTT-3.1.2-12] [3.1.1:MQTT-3.1.2-14] [3.1:3.1]',
    sentence: 'CONNECT is accepted with every Will QoS that the broker has',
    async run({ attempt, topic, announced }) {
      for (let qos: QoS = 0; qos <= announced.maximumQos; qos++) {
        const { peer, connack } = await attempt({ will: { topic: topic('will'), qos: qos as QoS } });
        const { reasonCode } = connack;
        must(reasonCode === 0, `CONNACK 0x00 with Will QoS ${qos}`, `0x${reasonCode.toString(16)}`);
        await peer.disconnect();
      }
    },
  },
  {
    name: 'will/not-after-disconnect',
    proves: '[5:MQTT-3.1.2-8] [5:MQTT-3.1.2-10] [3.1.1:MQTT-3.1.2-10] [3.1:3.1]',
    sentence: 'the will does not go out after DISCONNECT',
    async run(context) {
      const seen = await scene(context);
      const clientId = context.clientId();
      const peer = await mortal(context, seen, { clientId });
      await peer.disconnect();
      await noWill(context, seen, { clientId }, 'no will after DISCONNECT');
    },
  },
  {
    name: 'will/once',
    proves: '[5:MQTT-3.1.2-10] [3.1.1:MQTT-3.1.2-10] [3.1:3.1]',
    sentence: 'a will that has gone out does not go out again, also not at the next end of a connection',
    async run(context) {
      const seen = await scene(context);
      const clientId = context.clientId();
      const first = await mortal(context, seen, { keep: true, clientId });
      first.cut();
      await arrive(seen.watcher, { topic: seen.topic });
      const second = await context.connect({ keep: true, clientId, label: 'back, without a will' });
      second.cut();
      await noWill(context, seen, { keep: true, clientId }, 'the will once');
    },
  },
  {
    name: 'will/none-without-flag',
    proves: '[5:MQTT-3.1.2-10] [3.1.1:MQTT-3.1.2-12] [3.1:3.1]',
    sentence:
      'a connection with Will Flag 0 that is cut has no will, whatever an earlier one of its client had',
    async run(context) {
      const seen = await scene(context);
      const clientId = context.clientId();
      const first = await mortal(context, seen, { keep: true, clientId });
      await first.disconnect();
      const second = await context.connect({ keep: true, clientId, label: 'without a will' });
      second.cut();
      await noWill(context, seen, { keep: true, clientId }, 'no will');
    },
  },
  {
    name: 'will/not-retained',
    proves: '[5:MQTT-3.1.2-14] [3.1.1:MQTT-3.1.2-16] [3.1:3.1]',
    sentence: 'a will with Will Retain 0 does not become a retained message',
    async run(context) {
      const late = await afterWill(context, false);
      await late.fence();
      await late.expectNothing('publish', { what: 'no retained message' });
    },
  },
  {
    name: 'will/retained',
    proves: '[5:MQTT-3.1.2-15] [3.1.1:MQTT-3.1.2-17] [3.1:3.1]',
    sentence: 'a will with Will Retain 1 becomes the retained message of its topic',
    needs: ['retain'],
    async run(context) {
      const late = await afterWill(context, true);
      await receiveRetained(late, undefined, 'the will as a retained message');
    },
  },
];

/** A subscriber who came when the will had gone out. */
async function afterWill(context: Context, retain: boolean): Promise<Peer> {
  const { watcher, topic } = await scene(context);
  const peer = await context.connect({
    label: 'client with a will',
    will: { topic, payload: 'will', retain },
  });
  peer.cut();
  await arrive(watcher, { topic });
  const late = await context.connect({ label: 'late subscriber' });
  await subscribeTo(late, topic);
  return late;
}

async function asGiven(context: Context): Promise<void> {
  const { connect, dialect, announced, topic } = context;
  const properties: WillInput['properties'] = dialect.properties
    ? { contentType: 'text/x', responseTopic: topic('answers'), correlationData: Uint8Array.of(1, 0, 255) }
    : {};
  for (let qos: QoS = 0; qos <= announced.maximumQos; qos++) {
    const name = topic('will');
    const watcher = await connect({ label: `subscriber to the will of QoS ${qos}` });
    const { reasonCodes } = await subscribeTo(watcher, { filter: name, qos: 2 });
    const will = { topic: name, payload: BINARY, qos: qos as QoS, properties };
    const peer = await connect({ label: `client with a will of QoS ${qos}`, will });
    peer.cut();
    const message = await receive(watcher, { topic: name });
    must(sameBytes(message.payload, BINARY), 'the payload of the will', `${message.payload}`);
    const expected = Math.min(qos, reasonCodes[0] ?? 0);
    must(message.qos === expected, `the will at QoS ${expected}`, `QoS ${message.qos}`);
    mustHave(message, properties);
  }
}

function mustHave({ properties }: PublishPacket, will: NonNullable<WillInput['properties']>): void {
  const { contentType, responseTopic, correlationData } = properties;
  const seen = JSON.stringify({ contentType, responseTopic, correlationData: [...(correlationData ?? [])] });
  const given = JSON.stringify({
    contentType: will.contentType,
    responseTopic: will.responseTopic,
    correlationData: [...(will.correlationData ?? [])],
  });
  must(seen === given, `a will with ${given}`, seen);
}
