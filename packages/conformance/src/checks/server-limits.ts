// What CONNACK says of the server's limits, and that the server holds a client to it. [5:3.2.2.3]

import {
  PACKET_BYTES_MAX,
  type QoS,
  Reason,
  type ReasonCode,
  VARIABLE_BYTE_INTEGER_MAX,
} from '@anax/protocol';
import { Unsuitable } from '../wire/broken.ts';
import { field, joined, variable } from '../wire/bytes.ts';
import { closes } from '../wire/exchanges.ts';
import { type PublishInput, publish } from '../wire/packets.ts';
import type { Peer } from '../wire/peer.ts';
import type { Announced, Check, Context } from './check.ts';

/** A packet larger than this is not sent whole, in bytes. */
const SENT_BYTES_MAX = 32 * 1024 * 1024;
const TOPIC_ALIAS_MAX = 65_535;

/** Connects where the limit is: the broker itself, or its listener with features off. */
async function where(
  { connect, announced, limited }: Context,
  limits: (announced: Announced) => boolean,
): Promise<Peer> {
  if (limits(announced)) return connect();
  const other = limited();
  if (limits(other.announced)) return other.connect();
  throw new Unsuitable('skipped', 'neither listener has this limit');
}

/** Sends what the limit forbids. */
async function refused(peer: Peer, input: PublishInput, code: ReasonCode, why: string): Promise<void> {
  peer.send(publish(input));
  await peer.expectClosed([code], `the broker closes: ${why}`);
}

/** A packet above Maximum Packet Size. Most brokers need no more than its first bytes. */
async function tooLarge(peer: Peer, topic: string, maximumPacketSize: number): Promise<void> {
  const remaining = Math.min(maximumPacketSize, VARIABLE_BYTE_INTEGER_MAX);
  const start = joined(field(topic), [0]);
  peer.send(joined([0x30], variable(remaining), start));
  if (!(await closes(peer, peer.waits.quietMs)) && remaining <= SENT_BYTES_MAX) {
    peer.send(new Uint8Array(remaining - start.length));
  }
  await peer.expectClosed([Reason.packetTooLarge], `the broker closes: more than ${maximumPacketSize} bytes`);
}

export const SERVER_LIMITS: readonly Check[] = [
  {
    name: 'server-limits/packet-too-large',
    proves: '[5:MQTT-3.2.2-15]',
    sentence: 'a packet larger than the Maximum Packet Size of CONNACK closes the connection',
    async run({ connect, topic }) {
      const peer = await connect();
      const { maximumPacketSize } = peer.connack.properties;
      if (maximumPacketSize === undefined || maximumPacketSize >= PACKET_BYTES_MAX)
        throw new Unsuitable('not applicable', 'CONNACK has no Maximum Packet Size');
      await tooLarge(peer, topic(), maximumPacketSize);
    },
  },
  {
    name: 'server-limits/topic-alias-above-maximum',
    proves: '[5:MQTT-3.2.2-17]',
    sentence: 'a Topic Alias above the Topic Alias Maximum of CONNACK closes the connection',
    needs: ['topicAliases'],
    async run({ connect, topic, announced: { topicAliasMaximum } }) {
      if (topicAliasMaximum === TOPIC_ALIAS_MAX)
        throw new Unsuitable(
          'not applicable',
          'CONNACK says Topic Alias Maximum 65535, the most that there is',
        );
      const properties = { topicAlias: topicAliasMaximum + 1 };
      const why = `the Topic Alias is above ${topicAliasMaximum}`;
      await refused(await connect(), { topic: topic(), properties }, Reason.topicAliasInvalid, why);
    },
  },
  {
    name: 'server-limits/no-topic-alias',
    proves: '[5:MQTT-3.2.2-18]',
    sentence: 'a Topic Alias closes the connection where CONNACK has no Topic Alias Maximum, or 0',
    async run(context) {
      const peer = await where(context, ({ topicAliasMaximum }) => topicAliasMaximum === 0);
      const input = { topic: context.topic(), properties: { topicAlias: 1 } };
      await refused(peer, input, Reason.topicAliasInvalid, 'it takes no Topic Alias');
    },
  },
  {
    name: 'server-limits/qos-above-maximum',
    proves: '[5:MQTT-3.2.2-11]',
    sentence: 'a PUBLISH above the Maximum QoS of CONNACK closes the connection',
    async run(context) {
      const peer = await where(context, ({ maximumQos }) => maximumQos < 2);
      const qos: QoS = peer.connack.properties.maximumQos === 1 ? 2 : 1;
      const why = `QoS ${qos} is above its Maximum QoS`;
      await refused(peer, { topic: context.topic(), qos }, Reason.qosNotSupported, why);
    },
  },
  {
    name: 'server-limits/no-retain',
    proves: '[5:MQTT-3.2.2-14]',
    sentence: 'a PUBLISH with RETAIN 1 closes the connection where CONNACK says Retain Available 0',
    async run(context) {
      const peer = await where(context, ({ retainAvailable }) => !retainAvailable);
      const input = { topic: context.topic(), retain: true, payload: 'x' };
      await refused(peer, input, Reason.retainNotSupported, 'it retains nothing');
    },
  },
];
