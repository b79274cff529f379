/**
 * Owns the figures for the codec: packets decoded and encoded per second beside npm `mqtt-packet`. Never checks
 * results beyond their counts and sums: the tests do.
 *
 * Run after the workspace build: `node bench/dist/codec.js [SECONDS]` (0.25 seconds for each of the samples).
 *
 * Both run in one process, warmed up, turn by turn: every round takes one sample of each, and ratios are made within
 * a round. Decoding reads the same chunk of 64 KiB, as a socket would deliver it; every packet's topic, payload and
 * packet identifier is looked at. Encoding says what was decoded again, each packet with another identifier: ours into
 * an output of 64 KiB that is used again, theirs with `writeToStream` into a stream that copies into 64 KiB likewise
 * (`generate`, which joins buffers, was slower). Topics: 64 that come again and again, or in the last scenario so many
 * that no table of known strings helps.
 */

import type { Dialect, PropertiesOf, PublishPacket, TopicName } from '@anax/protocol';
import {
  Decoder,
  encode,
  GrowingOutput,
  MQTT_3_1_1,
  MQTT_5_0,
  NO_PROPERTIES,
  parseTopicName,
  publishPacket,
} from '@anax/protocol';
import mqttPacket, { type IPublishPacket, type Packet as TheirPacket } from 'mqtt-packet';
import { machine, median } from './measure.ts';

const chunkBytes = 65_536;
const rounds = 9;
const payloadBytes = 64;

interface Scenario {
  readonly title: string;
  readonly dialect: Dialect;
  readonly topics: number;
  readonly properties: PropertiesOf<'publish'>;
}

interface Contestant {
  readonly name: string;
  /** Does the work of one chunk and returns the packets it took. */
  readonly turn: () => number;
  readonly perSecond: number[];
}

const scenarios: readonly Scenario[] = [
  { title: '(a) 3.1.1 PUBLISH QoS 1', dialect: MQTT_3_1_1, topics: 64, properties: NO_PROPERTIES },
  {
    title: '(b) 5.0 PUBLISH QoS 1, user property, content type, message expiry',
    dialect: MQTT_5_0,
    topics: 64,
    properties: {
      messageExpiryInterval: 3_600,
      contentType: 'application/json',
      userProperties: [['trace', '4bf92f3577b34da6']],
    },
  },
  {
    title: '(c) as (a), no topic seen before',
    dialect: MQTT_3_1_1,
    topics: 100_000,
    properties: NO_PROPERTIES,
  },
];

/** What the work leaves behind: printed, so that none of it can be left out. */
let sum = 0;

function topicOf(i: number): TopicName {
  const topic = parseTopicName(Buffer.from(`plant/7/dev/${100_000 + i}/t`).toString());
  if (topic === undefined) throw new Error('not a topic');
  return topic;
}

function packetsOf({ dialect, topics, properties }: Scenario, from: number): readonly PublishPacket[] {
  const packets: PublishPacket[] = [];
  const out = new GrowingOutput(chunkBytes);
  for (let i = from; ; i++) {
    const payload = new Uint8Array(payloadBytes).fill(i);
    const packet = publishPacket(topicOf(i % topics), payload, 1, false, false, 1 + (i % 65_535), properties);
    encode(packet, dialect, out);
    if (out.length > chunkBytes) return packets;
    packets.push(packet);
  }
}

/** Chunks of whole packets; more than one where the topics do not fit into it. */
function chunksOf(scenario: Scenario): readonly Buffer[] {
  const chunks: Buffer[] = [];
  for (let from = 0; from === 0 || from < scenario.topics; ) {
    const packets = packetsOf(scenario, from);
    const out = new GrowingOutput(chunkBytes);
    for (const packet of packets) encode(packet, scenario.dialect, out);
    chunks.push(Buffer.from(out.written()));
    from += packets.length;
  }
  return chunks;
}

function decodeOurs(scenario: Scenario, chunks: readonly Buffer[]): Contestant {
  const { dialect } = scenario;
  const decoder = new Decoder({ sender: 'client', dialect, maximumPacketSize: chunkBytes });
  let at = 0;
  const turn = (): number => {
    decoder.push(chunks[at++ % chunks.length] as Buffer);
    let count = 0;
    for (let packet = decoder.next(); packet !== undefined; packet = decoder.next()) {
      if (packet.type !== 'publish') throw new Error('not a PUBLISH');
      count += 1;
      sum += packet.packetId + packet.payload.length + packet.topic.length;
      if (dialect.properties) sum += packet.properties.userProperties?.length ?? 0;
    }
    return count;
  };
  return { name: 'anax', turn, perSecond: [] };
}

function decodeTheirs(scenario: Scenario, chunks: readonly Buffer[]): Contestant {
  const { dialect } = scenario;
  const parser = mqttPacket.parser({ protocolVersion: dialect.protocolLevel });
  let at = 0;
  let count = 0;
  parser.on('packet', (packet: TheirPacket) => {
    if (packet.cmd !== 'publish') throw new Error('not a PUBLISH');
    count += 1;
    sum += (packet.messageId ?? 0) + packet.payload.length + packet.topic.length;
    if (dialect.properties) sum += packet.properties?.userProperties === undefined ? 0 : 1;
  });
  const turn = (): number => {
    count = 0;
    parser.parse(chunks[at++ % chunks.length] as Buffer);
    return count;
  };
  return { name: 'mqtt-packet', turn, perSecond: [] };
}

function encodeOurs(scenario: Scenario, packets: readonly PublishPacket[]): Contestant {
  const { dialect } = scenario;
  const out = new GrowingOutput(chunkBytes);
  let packetId = 0;
  const turn = (): number => {
    out.length = 0;
    for (const { topic, payload, properties } of packets) {
      packetId = packetId === 65_535 ? 1 : packetId + 1;
      encode(publishPacket(topic, payload, 1, false, false, packetId, properties), dialect, out);
    }
    sum += out.length;
    return packets.length;
  };
  return { name: 'anax', turn, perSecond: [] };
}

function encodeTheirs(scenario: Scenario, packets: readonly PublishPacket[]): Contestant {
  const options = { protocolVersion: scenario.dialect.protocolLevel };
  const slab = Buffer.alloc(chunkBytes);
  let filled = 0;
  const write = (part: Buffer | string, encoding?: BufferEncoding): boolean => {
    filled += typeof part === 'string' ? slab.write(part, filled, encoding) : part.copy(slab, filled);
    return true;
  };
  const stream = { write } as unknown as Parameters<typeof mqttPacket.writeToStream>[1];
  const theirs = packets.map(({ topic, payload, properties }) => ({
    topic,
    payload: Buffer.from(payload),
    ...(scenario.dialect.properties ? { properties: theirProperties(properties) } : {}),
  }));
  let messageId = 0;
  const turn = (): number => {
    filled = 0;
    for (const one of theirs) {
      messageId = messageId === 65_535 ? 1 : messageId + 1;
      const packet: IPublishPacket = { cmd: 'publish', qos: 1, retain: false, dup: false, messageId, ...one };
      mqttPacket.writeToStream(packet, stream, options);
    }
    sum += filled;
    return theirs.length;
  };
  return { name: 'mqtt-packet', turn, perSecond: [] };
}

function theirProperties(ours: PropertiesOf<'publish'>): NonNullable<IPublishPacket['properties']> {
  return {
    messageExpiryInterval: ours.messageExpiryInterval ?? 0,
    contentType: ours.contentType ?? '',
    userProperties: Object.fromEntries(ours.userProperties ?? []),
  };
}

function sample({ turn, perSecond }: Contestant, seconds: number): void {
  const start = performance.now();
  const end = start + seconds * 1_000;
  let count = 0;
  let now = start;
  while (now < end) {
    for (let k = 0; k < 4; k++) count += turn();
    now = performance.now();
  }
  perSecond.push((count * 1_000) / (now - start));
}

function shownSpread(values: readonly number[], digits: number, unit: number): string {
  const shown = (value: number): string => (value / unit).toFixed(digits).padStart(6);
  return `${shown(median(values))} (${shown(Math.min(...values))} to ${shown(Math.max(...values))})`;
}

function race(title: string, ours: Contestant, theirs: Contestant, seconds: number): void {
  for (const one of [ours, theirs, ours, theirs]) sample(one, seconds);
  for (const one of [ours, theirs]) one.perSecond.length = 0;
  for (let round = 0; round < rounds; round++) {
    for (const one of round % 2 === 0 ? [ours, theirs] : [theirs, ours]) sample(one, seconds);
  }
  console.log(`  ${title}`);
  for (const { name, perSecond } of [ours, theirs]) {
    console.log(`    ${name.padEnd(12)} ${shownSpread(perSecond, 3, 1e6)} million packets/s`);
  }
  const ratios = ours.perSecond.map((value, round) => value / (theirs.perSecond[round] ?? Number.NaN));
  console.log(`    ratio        ${shownSpread(ratios, 1, 1)}`);
}

const seconds = Number(process.argv[2] ?? 0.25);
const where = machine();
console.log(`${where.cpu}, node ${where.node}, commit ${where.commit}`);
console.log(
  `median (lowest to highest) of ${rounds} rounds of ${seconds} s, both in one process, turn by turn`,
);
for (const scenario of scenarios) {
  const chunks = chunksOf(scenario);
  const packets = packetsOf(scenario, 0);
  const size = Math.round((chunks[0]?.length ?? 0) / packets.length);
  console.log(`${scenario.title}: ${size} bytes a packet, ${packets.length} in a chunk`);
  race('decode', decodeOurs(scenario, chunks), decodeTheirs(scenario, chunks), seconds);
  race('encode', encodeOurs(scenario, packets), encodeTheirs(scenario, packets), seconds);
}
console.log(`(sum ${sum})`);
