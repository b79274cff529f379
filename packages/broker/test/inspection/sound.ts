/** Owns a store that is as it should be, row by row, for tests that damage it. */

import { type Message, message, type TopicFilter, type TopicName } from '@anax/protocol';
import { type Fact, type RowBytes, rowOf } from '../../src/inspection/facts.ts';

const NEVER = Number.POSITIVE_INFINITY;

export function messageOn(topic: string, payload = 'some'): Message {
  return message(topic as TopicName, new TextEncoder().encode(payload), 1, false, {}, 'ada', NEVER);
}

export function session(number: number, clientId: string): Fact {
  const is = {
    clientId,
    owner: undefined,
    expirySeconds: 3600,
    closedAt: undefined,
    owesShared: false,
    will: undefined,
  };
  return { table: 'session', session: number, is };
}

export function subscription(sessionNumber: number, number: number, filter: string): Fact {
  const options = { noLocal: false, retainAsPublished: false, shared: false, identifier: undefined };
  return { table: 'subscription', session: sessionNumber, number, is: { filter, qos: 1, ...options } };
}

export function delivery(
  sessionNumber: number,
  place: number,
  packetId: number,
  content: Message | number,
): Fact {
  const is = {
    qos: 1 as const,
    retain: false,
    packetId,
    bytes: 104,
    subscriptionIdentifiers: undefined,
    sharedFilter: undefined as TopicFilter | undefined,
    content: typeof content === 'number' ? { messageNumber: content } : { message: content },
  };
  return { table: 'delivery', session: sessionNumber, place, is };
}

export const release = (sessionNumber: number, place: number, packetId: number): Fact => ({
  table: 'release',
  session: sessionNumber,
  place,
  packetId,
});

export const arrival = (sessionNumber: number, packetId: number): Fact => ({
  table: 'arrival',
  session: sessionNumber,
  packetId,
});

export const retained = (number: number, messageNumber: number): Fact => ({
  table: 'retained',
  number,
  is: { messageNumber },
});

export const stored = (number: number, topic: string): Fact => ({
  table: 'message',
  number,
  is: messageOn(topic),
});

export const SOUND: readonly Fact[] = [
  session(1, 'ada'),
  session(2, 'bob'),
  subscription(1, 1, 'a/#'),
  subscription(2, 1, 'a/#'),
  delivery(1, 1, 7, 1),
  delivery(1, 3, 0, messageOn('a/own')),
  delivery(2, 1, 7, 1),
  release(1, 2, 8),
  arrival(1, 7),
  retained(1, 2),
  stored(1, 'a/shared'),
  stored(2, 'a/kept'),
];

/** As a store gives them: in the order of their keys. */
export function rowsOf(facts: readonly Fact[], ...more: readonly RowBytes[]): readonly RowBytes[] {
  return [...facts.map(rowOf), ...more].sort((a, b) => Buffer.compare(a.key, b.key));
}
