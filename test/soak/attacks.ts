// What hostile clients do: one function for each class of attack, one attempt a call. Owns no socket and no time.

import {
  encodePacket,
  MQTT_5_0,
  type Packet,
  publishPacket,
  type TopicFilter,
  type TopicName,
} from '@anax/protocol';
import { corpusOf } from '../fuzz/corpus.ts';
import type { Attack, Attacker } from './attacker.ts';

const LONG_MS = 600_000;
const CORPUS = Object.values(corpusOf('client')).flat();
const PAYLOAD = new Uint8Array(1000).fill(0x78);

const bytesOf = (packet: Packet): Uint8Array => encodePacket(packet, MQTT_5_0);

function publish(
  topic: string,
  qos: 0 | 1 | 2,
  packetId: number,
  retain = false,
  payload = PAYLOAD,
): Uint8Array {
  return bytesOf(publishPacket(topic as TopicName, payload, qos, retain, false, packetId, {}));
}

function subscribe(filter: string, packetId: number, qos: 0 | 1 | 2 = 1): Uint8Array {
  const request = {
    topicFilter: filter as TopicFilter,
    qos,
    noLocal: false,
    retainAsPublished: false,
    retainHandling: 0 as const,
  };
  return bytesOf({ type: 'subscribe', packetId, subscriptions: [request], properties: {} });
}

/** Packet identifiers in a circle. */
function counter(): () => number {
  let last = 0;
  return () => {
    last = (last % 65_535) + 1;
    return last;
  };
}

/** Packets that break a rule, as they stand or with bytes changed, before and after CONNECT. */
export const malformed: Attack = async (attacker) => {
  const { chance } = attacker.facts;
  const socket = chance.happens(0.5) ? await attacker.client() : await attacker.socket();
  const bytes = Uint8Array.from(chance.pick(CORPUS));
  if (chance.happens(0.5)) bytes[chance.between(0, bytes.length - 1)] = chance.between(0, 255);
  socket.write(bytes);
  await attacker.held(socket, 300);
};

/** Says nothing. */
export const halfOpen: Attack = async (attacker) => attacker.held(await attacker.socket(), LONG_MS);

/** A byte of CONNECT now and then. */
export const slowConnect: Attack = async (attacker) =>
  attacker.drip(await attacker.socket(), attacker.connect(), 500);

/** Announces 15 MiB and sends a byte now and then. */
export const slowPublish: Attack = async (attacker) => {
  const socket = await attacker.client();
  socket.write(Uint8Array.of(0x30, 0xff, 0xff, 0xff, 0x07));
  await attacker.drip(socket, new Uint8Array(100_000), 200);
};

/** Wants everything, above all what the others flood with, and takes nothing. */
export const frozen: Attack = async (attacker) => {
  const socket = await attacker.client({ properties: { sessionExpiryInterval: 5 } });
  socket.write(subscribe('flood/#', 1));
  socket.pause();
  await attacker.held(socket, LONG_MS);
};

/** Comes and goes. */
export const flapping: Attack = async (attacker) => {
  const socket = await attacker.client();
  socket.destroy();
};

/** Would like to be somebody else. */
export const theft: Attack = async (attacker) => {
  const clientId = `honest-${attacker.facts.chance.between(0, 49)}`;
  await attacker.held(
    await attacker.client({ clientId, cleanStart: attacker.facts.chance.happens(0.5) }),
    500,
  );
};

export const wrongPassword: Attack = async (attacker) => {
  const password = Buffer.from(String(attacker.facts.chance.between(0, 1_000_000)));
  const userName = attacker.facts.chance.pick(['honest', 'hostile', 'nobody']);
  await attacker.held(await attacker.client({ userName, password }), 500);
};

export const floodQos0: Attack = async (attacker) =>
  attacker.flood(await attacker.client(), () => publish('flood/0', 0, 0));

export const floodQos1: Attack = async (attacker) => {
  const id = counter();
  await attacker.flood(await attacker.client(), () => publish('flood/1', 1, id()));
};

/** No PUBREL ever. */
export const floodQos2: Attack = async (attacker) => {
  const id = counter();
  await attacker.flood(await attacker.client(), () => publish('flood/2', 2, id()));
};

/** Each on a topic of its own. */
export const floodRetained: Attack = async (attacker) => {
  const id = counter();
  let topic = 0;
  await attacker.flood(await attacker.client(), () => publish(`flood/retained/${topic++}`, 1, id(), true));
};

export const floodSubscriptions: Attack = async (attacker) => {
  const id = counter();
  let filter = 0;
  await attacker.flood(await attacker.client(), () =>
    subscribe(`flood/${filter++}/+/${'x'.repeat(200)}/#`, id()),
  );
};

/** Each SUBSCRIBE asks for all retained messages anew. */
export const floodRetainedDeliveries: Attack = async (attacker) => {
  const id = counter();
  await attacker.flood(await attacker.client(), () => subscribe('flood/retained/#', id()));
};

export const floodUserProperties: Attack = async (attacker) => {
  const userProperties = Array.from({ length: 5000 }, (_, i) => [`name ${i}`, 'value'] as const);
  const packet = publishPacket('flood/properties' as TopicName, PAYLOAD, 0, false, false, 0, {
    userProperties,
  } as never);
  const bytes = bytesOf(packet);
  await attacker.flood(await attacker.client(), () => bytes);
};

export const floodPings: Attack = async (attacker) => {
  const pings = new Uint8Array(1000).map((_, i) => (i % 2 === 0 ? 0xc0 : 0));
  await attacker.flood(await attacker.client(), () => pings);
};

/** 65,535 levels in a topic name and in a filter. */
export const deepTopics: Attack = async (attacker) => {
  const deep = '/'.repeat(65_535);
  const socket = await attacker.client();
  socket.write(attacker.facts.chance.happens(0.5) ? publish(deep, 1, 1) : subscribe(deep, 1));
  await attacker.held(socket, 500);
};

/** A message in fragments without a byte in them, and no end. */
export const emptyFragments: Attack = async (attacker) => {
  const socket = await attacker.socket(attacker.facts.webSocketPort);
  socket.write(upgrade(attacker));
  await new Promise((resolve) => socket.once('data', resolve).once('close', resolve));
  socket.write(Uint8Array.of(0x02, 0x80, 0, 0, 0, 0));
  const frames = new Uint8Array(600).map((_, i) => (i % 6 === 1 ? 0x80 : 0));
  await attacker.flood(socket, () => frames);
};

function upgrade({ facts }: Attacker): string {
  return [
    'GET /mqtt HTTP/1.1',
    `Host: 127.0.0.1:${facts.webSocketPort}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
    'Sec-WebSocket-Protocol: mqtt',
    '\r\n',
  ].join('\r\n');
}
