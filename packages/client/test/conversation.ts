// Packets of requests and responses: read from what a client sent, and given to it.

import {
  Decoder,
  encodePacket,
  MQTT_5_0,
  type Packet,
  type PublishPacket,
  parseTopicName,
  publishPacket,
} from '@anax/protocol';
import type { Client, ClientOptions, Message, RequestOptions } from '../src/index.ts';
import { settle } from './memory-pipe.ts';
import { bytes, hex } from './support.ts';
import { keep, NEW, World } from './world.ts';

export const RESPONSE_TOPIC = 'anax/response/c';

/** The packets that were sent since the last call. */
export function sent(world: World): Packet[] {
  const decoder = new Decoder({ sender: 'client', dialect: MQTT_5_0, maximumPacketSize: 1e6 });
  const packets: Packet[] = [];
  for (const packet of world.pipe.taken()) {
    decoder.push(bytes(packet));
    packets.push(decoder.next() as Packet);
  }
  return packets;
}

export function give(world: World, packet: Packet): void {
  world.pipe.in(hex(encodePacket(packet, MQTT_5_0)));
}

export function grants(world: World, reasonCode: 0 | 1 | 0x87 = 1): Packet[] {
  const packets = sent(world);
  for (const packet of packets) {
    if (packet.type !== 'subscribe') continue;
    const { packetId } = packet;
    give(world, { type: 'suback', packetId, reasonCodes: [reasonCode], properties: {} });
  }
  return packets;
}

export function publishOf(
  topic: string,
  payload: string,
  properties: PublishPacket['properties'],
  qos: 0 | 1 = 0,
  packetId = 0,
): PublishPacket {
  const name = parseTopicName(topic);
  if (name === undefined) throw new Error(topic);
  return publishPacket(name, new TextEncoder().encode(payload), qos, false, false, packetId, properties);
}

export async function begun(options: ClientOptions = keep, connack = NEW): Promise<[World, Client]> {
  const world = new World();
  return [world, await world.connected(options, connack)];
}

/** A request that has been sent, and its PUBLISH. */
export async function asked(
  world: World,
  client: Client,
  options: RequestOptions = {},
  topic = 'job',
): Promise<[Promise<Message>, PublishPacket]> {
  const response = client.request(topic, 'go', options);
  response.catch(() => undefined);
  await settle();
  const first = grants(world);
  await settle();
  const request = [...first, ...sent(world)].find(({ type }) => type === 'publish') as PublishPacket;
  return [response, request];
}

export function answers(
  world: World,
  { properties }: PublishPacket,
  payload: string,
  topic = RESPONSE_TOPIC,
): void {
  const { correlationData } = properties;
  give(world, publishOf(topic, payload, correlationData === undefined ? {} : { correlationData }));
}
