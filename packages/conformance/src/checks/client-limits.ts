// What a client says in CONNECT about what it takes, and how the server keeps to it. [5:3.1.2.11]

import type { PropertiesOf, QoS } from '@anax/protocol';
import { must } from '../wire/broken.ts';
import { arrive, before, publishTo, receive, subscribeTo } from '../wire/exchanges.ts';
import { subscribe, unsubscribe } from '../wire/packets.ts';
import type { Peer } from '../wire/peer.ts';
import type { Check, Context } from './check.ts';

/** Room for any CONNACK, and so much that Remaining Length has two bytes as the probe has, in bytes. */
const PACKET_BYTES_MAX = 1024;
const PROBE_PAYLOAD_BYTES = 512;

type Explanation = PropertiesOf<'puback'>;

interface Sized {
  readonly subscriber: Peer;
  readonly publisher: Peer;
  readonly topic: string;
  readonly barrier: string;
  /** Of the messages: it counts in the size. */
  readonly qos: QoS;
  /** The payload with which PUBLISH has just the size that the subscriber takes, in bytes. */
  readonly fittingBytes: number;
}

/** Learns from a PUBLISH that fits how much there is around the payload. */
async function sized(context: Context, receiveMaximum: number): Promise<Sized> {
  const { connect, announced } = context;
  const [topic, barrier] = [context.topic(), context.topic('barrier')];
  const subscriber = await connect({
    label: 'subscriber',
    properties: { maximumPacketSize: PACKET_BYTES_MAX, receiveMaximum },
  });
  const publisher = await connect({ label: 'publisher' });
  const qos = announced.maximumQos >= 1 ? 1 : 0;
  await subscribeTo(subscriber, [
    { filter: topic, qos },
    { filter: barrier, qos },
  ]);
  await publishTo(publisher, { topic, qos, payload: 'p'.repeat(PROBE_PAYLOAD_BYTES) });
  await receive(subscriber, { topic });
  const probe = subscriber.frames.at(-1)?.length ?? 0;
  return {
    subscriber,
    publisher,
    topic,
    barrier,
    qos,
    fittingBytes: PACKET_BYTES_MAX - (probe - PROBE_PAYLOAD_BYTES),
  };
}

const TAKES_ALIASES = 2;

/** Publishes to more topics than there may be aliases, again and again, and looks at what comes. */
async function aliasesSent(context: Context, topicAliasMaximum: number | undefined): Promise<void> {
  const { connect, topic } = context;
  const subscriber = await connect({
    label: `subscriber with Topic Alias Maximum ${topicAliasMaximum ?? 'left out'}`,
    properties: topicAliasMaximum === undefined ? {} : { topicAliasMaximum },
  });
  const publisher = await connect({ label: 'publisher' });
  const names = [topic(), topic(), topic(), topic()];
  await subscribeTo(subscriber, names);
  for (let round = 0; round < 4; round++) {
    for (const name of names) await publishTo(publisher, { topic: name });
  }
  const most = topicAliasMaximum ?? 0;
  for (let count = 0; count < 4 * names.length; count++) {
    const { topicAlias } = (await arrive(subscriber)).properties;
    const expected = most === 0 ? 'a PUBLISH without Topic Alias' : `no Topic Alias above ${most}`;
    must(topicAlias === undefined || topicAlias <= most, expected, `Topic Alias ${topicAlias}`);
  }
}

/** Packets on which a server could explain itself. */
async function provokeExplanations({ facts, announced, topic }: Context, peer: Peer): Promise<void> {
  const name = topic();
  const qos = announced.maximumQos;
  await subscribeTo(peer, { filter: name, qos });
  for (const packetQos of [1, 2] as const) {
    if (packetQos > qos) continue;
    await publishTo(peer, { topic: name, qos: packetQos, packetId: 10 + packetQos });
    await receive(peer, { topic: name });
    await publishTo(peer, { topic: topic('nobody'), qos: packetQos, packetId: 20 + packetQos });
  }
  peer.send(unsubscribe(31, [name, topic('never')]));
  await peer.expect('unsuback');
  if (facts.deniedFilter !== undefined) {
    peer.send(subscribe(32, [facts.deniedFilter]));
    await peer.expect('suback');
  }
}

export const CLIENT_LIMITS: readonly Check[] = [
  {
    name: 'client-limits/packet-too-large',
    proves: '[5:MQTT-3.1.2-24]',
    sentence: 'no packet is larger than the Maximum Packet Size that the client gave',
    async run(context) {
      const { subscriber, publisher, topic, barrier, qos, fittingBytes } = await sized(context, 65535);
      for (const more of [1, 2, 500]) {
        await publishTo(publisher, { topic, qos, payload: 'x'.repeat(fittingBytes + more) });
      }
      await before(publisher, subscriber, { topic: barrier, qos });
      const largest = Math.max(...subscriber.frames.map(({ length }) => length));
      must(largest <= PACKET_BYTES_MAX, `packets of ${PACKET_BYTES_MAX} bytes at most`, `${largest} bytes`);
    },
  },
  {
    name: 'client-limits/packet-of-maximum-size',
    proves: '[5:MQTT-3.1.2-24]',
    sentence: 'a PUBLISH of exactly the Maximum Packet Size that the client gave is delivered',
    needs: ['qos1'],
    async run(context) {
      const { subscriber, publisher, topic, fittingBytes } = await sized(context, 65535);
      const payload = 'x'.repeat(fittingBytes);
      await publishTo(publisher, { topic, qos: 1, payload });
      await arrive(subscriber, { topic, what: `a PUBLISH of ${PACKET_BYTES_MAX} bytes` });
    },
  },
  {
    name: 'client-limits/too-large-counts-as-delivered',
    proves: '[5:MQTT-3.1.2-25]',
    sentence:
      'messages too large for a client are dropped for it, and hold up no other: its quota is not used',
    needs: ['qos1'],
    async run(context) {
      const { subscriber, publisher, topic, barrier, fittingBytes } = await sized(context, 1);
      for (let round = 0; round < 3; round++) {
        await publishTo(publisher, { topic, qos: 1, payload: 'x'.repeat(fittingBytes + 100) });
        await publishTo(publisher, { topic, qos: 1, payload: `small ${round}` });
        await receive(subscriber, { topic, payload: `small ${round}` });
      }
      await before(publisher, subscriber, { topic: barrier, qos: 1 });
    },
  },
  {
    name: 'client-limits/topic-alias-maximum',
    proves: '[5:MQTT-3.1.2-26]',
    sentence: 'no Topic Alias is above the Topic Alias Maximum that the client gave',
    run: (context) => aliasesSent(context, TAKES_ALIASES),
  },
  {
    name: 'client-limits/no-topic-alias',
    proves: '[5:MQTT-3.1.2-27]',
    sentence: 'a client that gave no Topic Alias Maximum, or 0, gets no Topic Alias',
    async run(context) {
      await aliasesSent(context, undefined);
      await aliasesSent(context, 0);
    },
  },
  {
    name: 'client-limits/no-response-information',
    proves: '[5:MQTT-3.1.2-28]',
    sentence: 'CONNACK has no Response Information unless it was asked for',
    async run({ connect }) {
      for (const properties of [{}, { requestResponseInformation: false }]) {
        const { responseInformation } = (await connect({ properties })).connack.properties;
        const seen = JSON.stringify(responseInformation);
        must(responseInformation === undefined, 'a CONNACK without Response Information', seen);
      }
    },
  },
  {
    name: 'client-limits/no-problem-information',
    proves: '[5:MQTT-3.1.2-29]',
    sentence: 'with Request Problem Information 0 only PUBLISH, CONNACK and DISCONNECT are explained',
    async run(context) {
      const peer = await context.connect({ properties: { requestProblemInformation: false } });
      await provokeExplanations(context, peer);
      for (const packet of peer.packets) {
        if (!('properties' in packet) || ['publish', 'connack', 'disconnect'].includes(packet.type)) continue;
        const { reasonString, userProperties } = packet.properties as Explanation;
        const expected = `${packet.type.toUpperCase()} without Reason String and User Property`;
        const seen = JSON.stringify({ reasonString, userProperties });
        must(reasonString === undefined && userProperties === undefined, expected, seen);
      }
    },
  },
];
