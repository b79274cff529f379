// The exchanges that most checks are made of: subscribe, publish, receive, each to its end. Owns no expectation of its
// own beyond that the exchange takes place.

import type { PropertiesOf, PublishPacket, QoS, SubackPacket } from '@anax/protocol';
import { Broken, must } from './broken.ts';
import { type FilterInput, type PublishInput, publish, subscribe, unsubscribe } from './packets.ts';
import type { Peer } from './peer.ts';

/** Subscribes and waits for SUBACK, in which every filter is granted. */
export async function subscribeTo(
  peer: Peer,
  filters: string | FilterInput | readonly (string | FilterInput)[],
  options: { readonly packetId?: number; readonly properties?: PropertiesOf<'subscribe'> } = {},
): Promise<SubackPacket> {
  const { packetId = 1, properties } = options;
  const list = Array.isArray(filters) ? filters : [filters as string | FilterInput];
  peer.send(subscribe(packetId, list, properties));
  const suback = await peer.expect('suback', { where: (packet) => packet.packetId === packetId });
  const refused = suback.reasonCodes.find((code) => code >= 0x80);
  must(refused === undefined, 'a SUBACK that grants what was asked', `0x${refused?.toString(16)}`);
  return suback;
}

/** Unsubscribes and waits for UNSUBACK. */
export async function unsubscribeFrom(peer: Peer, filters: readonly string[], packetId = 2): Promise<void> {
  peer.send(unsubscribe(packetId, filters));
  await peer.expect('unsuback', { where: (packet) => packet.packetId === packetId });
}

/** Publishes and waits until it is acknowledged to the end, as its QoS asks. */
export async function publishTo(peer: Peer, input: PublishInput): Promise<PublishPacket> {
  const packet = publish(input);
  const { packetId } = packet;
  peer.send(packet);
  if (packet.qos === 1) await peer.expect('puback', { where: (ack) => ack.packetId === packetId });
  if (packet.qos === 2) {
    await peer.expect('pubrec', { where: (ack) => ack.packetId === packetId });
    peer.send({ type: 'pubrel', packetId, reasonCode: 0, properties: {} });
    await peer.expect('pubcomp', { where: (ack) => ack.packetId === packetId });
  }
  return packet;
}

export interface Received {
  readonly topic?: string;
  readonly payload?: string;
  readonly what?: string;
  /** For as long as this, in ms, instead of the time for an answer. */
  readonly ms?: number;
}

/** Waits for a message and acknowledges it to the end, as its QoS asks. */
export async function receive(peer: Peer, wanted: Received = {}): Promise<PublishPacket> {
  const message = await arrive(peer, wanted);
  await acknowledge(peer, message);
  return message;
}

/** Waits for a message and leaves its acknowledgement to the caller. */
export function arrive(peer: Peer, { topic, payload, what, ms }: Received = {}): Promise<PublishPacket> {
  const named = [
    topic === undefined ? '' : ` to ${JSON.stringify(topic)}`,
    payload === undefined ? '' : ` with ${JSON.stringify(payload)}`,
  ];
  return peer.expect('publish', {
    where: (packet) =>
      (topic === undefined || packet.topic === topic) &&
      (payload === undefined || textOf(packet) === payload),
    what: what ?? `PUBLISH${named.join('')}`,
    ms,
  });
}

export async function acknowledge(
  peer: Peer,
  { qos, packetId }: { readonly qos: QoS; readonly packetId: number },
): Promise<void> {
  const plain = { packetId, reasonCode: 0, properties: {} } as const;
  if (qos === 1) peer.send({ type: 'puback', ...plain });
  if (qos === 2) {
    peer.send({ type: 'pubrec', ...plain });
    await peer.expect('pubrel', { where: (release) => release.packetId === packetId });
    peer.send({ type: 'pubcomp', ...plain });
  }
}

/**
 * What comes to a subscriber before a message that is sent now to another topic of its; acknowledged, so that none holds
 * up the next.
 * @param qos that of the messages that must not come: a server keeps their order only within one QoS
 */
export async function before(
  publisher: Peer,
  subscriber: Peer,
  { topic, qos = 0 }: { readonly topic: string; readonly qos?: QoS },
): Promise<readonly PublishPacket[]> {
  await publishTo(publisher, { topic, qos, payload: 'barrier' });
  const came: PublishPacket[] = [];
  for (;;) {
    const message = await receive(subscriber, { what: `the PUBLISH to ${topic} that was sent last` });
    if (message.topic === topic) return came;
    came.push(message);
  }
}

/** Whether the broker closes in time: for a check that is about something else, or can do more. */
export async function closes(peer: Peer, ms = peer.waits.answerMs): Promise<boolean> {
  try {
    await peer.expectClosed(undefined, undefined, ms);
    return true;
  } catch (error) {
    if (error instanceof Broken) return false;
    throw error;
  }
}

const decoder = new TextDecoder();

export function textOf({ payload }: { readonly payload: Uint8Array }): string {
  return decoder.decode(payload);
}
