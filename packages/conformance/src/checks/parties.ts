// Who takes part in most experiments with messages: a publisher, a subscriber, one that comes late, one that comes back.
// Owns no expectation beyond that they are let in and their subscriptions granted.

import type { PropertiesOf, PublishPacket, QoS } from '@anax/protocol';
import { Broken, must } from '../wire/broken.ts';
import { acknowledge, arrive, publishTo, receive, subscribeTo } from '../wire/exchanges.ts';
import type { FilterInput } from '../wire/packets.ts';
import type { Peer } from '../wire/peer.ts';
import type { Context } from './check.ts';

export interface Pair {
  readonly subscriber: Peer;
  readonly publisher: Peer;
  /** What the subscriber has subscribed to. */
  readonly topic: string;
}

export interface KeptPair extends Pair {
  /** The subscriber comes back to its session, over whatever became of its connection. */
  readonly resume: () => Promise<Peer>;
  /** The subscriber comes back and leaves its session behind. */
  readonly restart: () => Promise<Peer>;
}

export interface PairInput {
  readonly qos?: QoS;
  /** Of the subscriber's CONNECT. */
  readonly properties?: PropertiesOf<'connect'>;
  /** Of its subscription. */
  readonly options?: Partial<FilterInput>;
}

export async function pair(context: Context, input: PairInput = {}): Promise<Pair> {
  const { connect } = context;
  const { properties = {} } = input;
  return paired(context, await connect({ label: 'subscriber', properties }), input);
}

/** The same with a subscriber whose session outlives its connection. */
export async function keptPair(context: Context, input: PairInput = {}): Promise<KeptPair> {
  const { connect } = context;
  const { properties = {} } = input;
  const clientId = context.clientId();
  const subscriber = await connect({ label: 'subscriber', keep: true, clientId, properties });
  return {
    ...(await paired(context, subscriber, input)),
    resume: () => connect({ label: 'subscriber, back', keep: true, clientId, properties }),
    restart: () => connect({ label: 'subscriber, anew', cleanStart: true, clientId, properties }),
  };
}

async function paired(
  { connect, topic }: Context,
  subscriber: Peer,
  { qos = 0, options = {} }: PairInput,
): Promise<Pair> {
  const publisher = await connect({ label: 'publisher' });
  const filter = topic();
  await subscribeTo(subscriber, { filter, qos, ...options });
  return { subscriber, publisher, topic: filter };
}

/** A subscriber that comes when the messages have been published. */
export async function late(
  { connect }: Context,
  filter: string,
  options: Partial<FilterInput> = {},
): Promise<Peer> {
  const peer = await connect({ label: 'late subscriber' });
  await subscribeTo(peer, { filter, qos: 2, ...options });
  return peer;
}

/**
 * Waits for a message that comes because it was retained. The same may come once more as it is published, with RETAIN 0:
 * that the publisher has its acknowledgement, or is gone, does not say that the broker is through with it.
 */
export async function receiveRetained(
  peer: Peer,
  topic: string | undefined,
  what: string,
): Promise<PublishPacket> {
  const where = (message: PublishPacket): boolean =>
    message.retain && (topic === undefined || message.topic === topic);
  const message = await peer.expect('publish', { where, what: `${what}, with RETAIN 1,` });
  await acknowledge(peer, message);
  return message;
}

/** An identifier that no check uses for anything else: what it stood for was acknowledged before. */
const BARRIER_ID = 60_000;

/**
 * Publishes a barrier behind all that the publisher has published to the topic, and waits for it. What comes of one
 * publisher to one topic at one QoS comes in order, so what has not come by then does not come. [5:4.6] [3.1.1:4.6]
 * @returns what came besides it and was not taken yet
 */
export async function untilBarrier(
  subscriber: Peer,
  publisher: Peer,
  topic: string,
  qos: QoS = 1,
): Promise<readonly PublishPacket[]> {
  const payload = 'barrier';
  await publishTo(publisher, { topic, payload, qos, packetId: qos === 0 ? 0 : BARRIER_ID });
  await receive(subscriber, { topic, payload });
  return subscriber.takeAll('publish');
}

/** The highest QoS that the broker has, up to the one wanted. */
export function qosUpTo({ announced }: Pick<Context, 'announced'>, wanted: QoS): QoS {
  return announced.maximumQos < wanted ? announced.maximumQos : wanted;
}

/** As many messages are under way to one subscriber, where the broker lets them. */
const UNDER_WAY = 12;

/**
 * Proves that no two messages under way to a subscriber have the same packet identifier. A broker may have as few under
 * way as it likes: where nothing more comes, the oldest is acknowledged.
 */
export async function distinctWhileHeld(context: Context, qos: 1 | 2): Promise<void> {
  const { subscriber, publisher, topic } = await pair(context, { qos });
  const held: PublishPacket[] = [];
  const take = (message: PublishPacket): void => {
    const { packetId } = message;
    const used = held.some((other) => other.packetId === packetId);
    must(!used, 'a packet identifier that is not in use', `${packetId}, which is unacknowledged`);
    held.push(message);
  };
  for (let number = 0; number < UNDER_WAY; number++)
    await publishTo(publisher, { topic, qos, payload: `message ${number}`, packetId: number + 1 });
  for (let number = 0; number < UNDER_WAY; number++) {
    const message = await arrivesSoon(subscriber);
    if (message !== undefined) {
      take(message);
      continue;
    }
    const oldest = held.shift();
    if (oldest !== undefined) await acknowledge(subscriber, oldest);
    take(await arrive(subscriber, { topic }));
  }
  // Half of them acknowledged, others come: their identifiers are neither those that are still held.
  for (const message of held.splice(0, UNDER_WAY / 2)) await acknowledge(subscriber, message);
  for (let number = 0; number < UNDER_WAY / 2; number++) {
    await publishTo(publisher, { topic, qos, payload: `more ${number}`, packetId: number + 1 });
    const message = await arrivesSoon(subscriber);
    if (message === undefined) return;
    take(message);
  }
}

/** A message, if one comes within the short wait for what need not come. */
export async function arrivesSoon(peer: Peer): Promise<PublishPacket | undefined> {
  try {
    return await peer.expect('publish', { ms: peer.waits.quietMs });
  } catch (error) {
    if (error instanceof Broken && !peer.closed && peer.fault === undefined) return undefined;
    throw error;
  }
}
