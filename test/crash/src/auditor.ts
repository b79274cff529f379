// Somebody new who asks what is retained, while nobody publishes. Owns one short connection; writes down what it finds,
// judges nothing.

import {
  NO_PROPERTIES,
  type Packet,
  publishAck,
  publishPacket,
  type TopicFilter,
  type TopicName,
} from '@anax/protocol';
import type { History } from './facts.ts';
import { Link } from './link.ts';
import { payloadOf, valueIn } from './payload.ts';

/** Asked for behind all others, so it comes behind all others. */
const SENTINEL = 'crash/z';
const AUDITOR = 'auditor';
const AUDIT_TIMEOUT_MS = 5_000;
/** How long after SUBACK the sentinel may take; where it was lost, the others have come until then. */
const SENTINEL_TIMEOUT_MS = 1_000;

/** Makes the sentinel; false where the broker went away. */
export async function placeSentinel(port: number, history: History): Promise<boolean> {
  const value = history.nextValue();
  const acknowledged = await exchange(port, history, (link, packet, done) => {
    if (packet === undefined) {
      const publish = {
        type: 'published',
        value,
        publisher: AUDITOR,
        order: value,
        topic: SENTINEL,
      } as const;
      history.add({ ...publish, qos: 1, retain: true, clears: false });
      link.send(publishPacket(SENTINEL as TopicName, payloadOf(value), 1, true, false, 1, NO_PROPERTIES));
    } else if (packet.type === 'puback') done();
  });
  if (acknowledged === true) history.add({ type: 'acknowledged', value });
  return acknowledged === true;
}

/** Writes down what is retained at each of the topics, if the broker lives long enough to say so. */
export async function audit(port: number, topics: readonly string[], history: History): Promise<boolean> {
  const found = new Map<string, number>();
  const asked = [...topics, SENTINEL];
  const over = await exchange(port, history, (link, packet, done) => {
    if (packet === undefined) {
      const subscriptions = asked.map((topic) => ({ ...OPTIONS, topicFilter: topic as TopicFilter }));
      link.send({ type: 'subscribe', packetId: 1, subscriptions, properties: NO_PROPERTIES });
    } else if (packet.type === 'suback') {
      setTimeout(done, SENTINEL_TIMEOUT_MS).unref();
    } else if (packet.type === 'publish') {
      found.set(packet.topic, valueIn(packet.payload) ?? UNREADABLE);
      if (packet.qos === 1) link.send(publishAck('puback', packet.packetId));
      if (packet.topic === SENTINEL) done();
    }
  });
  if (over !== undefined) {
    for (const topic of asked) history.add({ type: 'found', topic, value: found.get(topic) });
  }
  return over ?? false;
}

const OPTIONS = { qos: 1, noLocal: false, retainAsPublished: false, retainHandling: 0 } as const;
/** No value is below 1. */
const UNREADABLE = -1;

type Step = (link: Link, packet: Packet | undefined, done: () => void) => void;

/**
 * Connects, calls `step` without a packet, then for every packet until it says that it is done: true. False where
 * that takes too long.
 */
async function exchange(port: number, history: History, step: Step): Promise<boolean | undefined> {
  let finish: (done: boolean) => void = () => undefined;
  const done = new Promise<boolean>((resolve) => {
    finish = resolve;
  });
  const link = new Link(
    port,
    { clientId: AUDITOR, dialect: '5.0', persistent: false },
    {
      opened: () => step(link, undefined, () => finish(true)),
      packet: (packet) => step(link, packet, () => finish(true)),
      broken: (what) => history.add({ type: 'broken', client: AUDITOR, what }),
    },
  );
  const late = setTimeout(() => finish(false), AUDIT_TIMEOUT_MS);
  const result = await Promise.race([done, link.closed]);
  clearTimeout(late);
  await link.end();
  return result ?? undefined;
}
