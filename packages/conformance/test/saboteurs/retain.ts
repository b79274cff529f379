/** Owns what breaks each check of RETAIN. */

import { publish } from '../../src/wire/packets.ts';
import type { Saboteur } from '../support/saboteur.ts';
import { altering, dropping, misreading } from '../support/tricks.ts';
import type { Saboteurs } from './saboteurs.ts';

/** What is retained first stays. */
const keepingTheFirst: Saboteur = () => {
  const topics = new Set<string>();
  return () => ({
    fromClient: ({ packet }) => {
      if (packet?.type !== 'publish' || !packet.retain || packet.payload.length === 0) return undefined;
      if (topics.has(packet.topic)) return [{ ...packet, retain: false }];
      topics.add(packet.topic);
      return undefined;
    },
  });
};

/** A new subscription gets an empty message. */
const emptyForAll: Saboteur = () => () => {
  let filter = '';
  return {
    fromClient: ({ packet }) => {
      if (packet?.type === 'subscribe') filter = packet.subscriptions[0]?.topicFilter ?? '';
      return undefined;
    },
    fromBroker: ({ packet, bytes }) =>
      packet?.type === 'suback' ? [bytes, publish({ topic: filter, retain: true })] : undefined,
  };
};

const forgetting = misreading('publish', (packet) => ({ ...packet, retain: false }));
const unmarked = altering('publish', (packet) => ({ ...packet, retain: false }));
const marked = altering('publish', (packet) => ({ ...packet, retain: true }));
const alwaysBringing = misreading('subscribe', (packet) => ({
  ...packet,
  subscriptions: packet.subscriptions.map((one) => ({ ...one, retainHandling: 0 })),
}));

export const RETAIN: Saboteurs = {
  'retain/kept-for-later': forgetting,
  'retain/replaced': keepingTheFirst,
  'retain/kept-with-its-qos': altering(
    'publish',
    (packet) => ({ ...packet, qos: 0, packetId: 0 }),
    ({ retain }) => retain,
  ),
  'retain/every-topic': dropping('publish', ({ topic }) => topic.endsWith('/b')),
  'retain/qos-0-discards': misreading(
    'publish',
    (packet) => ({ ...packet, retain: false }),
    ({ qos }) => qos === 0,
  ),
  'retain/marked-for-new-subscriptions': unmarked,
  'retain/unmarked-for-those-there': marked,
  'retain/as-published': unmarked,
  'retain/empty-erases': misreading(
    'publish',
    (packet) => ({ ...packet, retain: false }),
    ({ payload }) => payload.length === 0,
  ),
  'retain/empty-not-kept': emptyForAll,
  'retain/plain-changes-nothing': misreading('publish', (packet) => ({ ...packet, retain: true })),
  'retain/handling-0': misreading(
    'subscribe',
    (packet) => ({
      ...packet,
      subscriptions: packet.subscriptions.map((one) => ({ ...one, retainHandling: 2 })),
    }),
    ({ packetId }) => packetId === 2,
  ),
  'retain/handling-1': alwaysBringing,
  'retain/handling-2': alwaysBringing,
};
