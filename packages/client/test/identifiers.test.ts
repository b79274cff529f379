// Whose a message is: by the identifier that the server puts on it, and by filters where that says nothing.

import { encodePacket, MQTT_5_0, parseTopicName, publishPacket } from '@anax/protocol';
import { describe, expect, test } from 'vitest';
import type { Client, SubscribeOptions } from '../src/index.ts';
import { settle } from './memory-pipe.ts';
import { hex } from './support.ts';
import { KEPT, keep, NEW, World } from './world.ts';

const NOT_AVAILABLE = '20 05 00 00 02 29 00';
const seen: string[] = [];

function listening(client: Client, name: string, filters: string | string[], options: SubscribeOptions = {}) {
  return client.subscribe(filters, { ...options, onMessage: ({ topic }) => seen.push(`${name} ${topic}`) });
}

/** The identifiers of the SUBSCRIBE packets that were sent, 0 for none. */
function asked(packets: readonly string[]): number[] {
  return packets
    .filter((packet) => packet.startsWith('82'))
    .map((packet) => (packet.split(' ')[4] === '02' ? Number.parseInt(packet.split(' ')[6] ?? '', 16) : 0));
}

/** Who gets a message with these identifiers. */
function takers(world: World, topic: string, ...subscriptionIdentifiers: number[]): string[] {
  seen.length = 0;
  const name = parseTopicName(topic);
  if (name === undefined) throw new Error(topic);
  const properties = subscriptionIdentifiers.length === 0 ? {} : { subscriptionIdentifiers };
  const packet = publishPacket(name, new Uint8Array(0), 0, false, false, 0, properties);
  world.pipe.in(hex(encodePacket(packet, MQTT_5_0)));
  return seen.map((line) => line.split(' ')[0] ?? '');
}

const grant = async (world: World, packetId: number, ...codes: number[]): Promise<void> => {
  world.pipe.in(hex(Uint8Array.of(0x90, 3 + codes.length, 0, packetId, 0, ...codes)));
  await settle();
};

describe('subscriptions that overlap', () => {
  test('have identifiers of their own, and each gets the copy that was made for it, or all get the one copy [5:MQTT-3.3.4-3] [5:MQTT-3.3.4-4] [5:MQTT-3.3.4-5]', async () => {
    const world = new World();
    const client = await world.connected();
    listening(client, 'all', '#');
    listening(client, 'room', ['room/+', 'hall']);
    expect(asked(world.pipe.taken())).toEqual([1, 2]);
    await grant(world, 1, 0);
    await grant(world, 2, 0, 0);
    expect(takers(world, 'room/1', 1)).toEqual(['all']);
    expect(takers(world, 'room/1', 2)).toEqual(['room']);
    expect(takers(world, 'room/1', 2, 1)).toEqual(['all', 'room']);
    expect(takers(world, 'room/1', 2)).toEqual(['room']);
  });

  test('are told apart although the server writes topics anew', async () => {
    const world = new World();
    const client = await world.connected();
    listening(client, 'own', '$exclusive/x');
    listening(client, 'other', '#');
    expect(takers(world, 'x', 1)).toEqual(['own']);
  });

  test('have none where the server takes none: then by filter, a message for each copy [5:3.2.2.3.12]', async () => {
    const world = new World();
    const client = await world.connected({}, NOT_AVAILABLE);
    listening(client, 'all', '#');
    listening(client, 'room', 'room/+');
    expect(asked(world.pipe.taken())).toEqual([0, 0]);
    expect(takers(world, 'room/1')).toEqual(['all', 'room']);
    expect(takers(world, 'hall')).toEqual(['all']);
  });

  test('may go without: a copy without identifier is theirs, and of one copy for all they have a part', async () => {
    const world = new World();
    const client = await world.connected();
    listening(client, 'plain', '#', { identified: false });
    listening(client, 'room', 'room/+');
    expect(asked(world.pipe.taken())).toEqual([0, 1]);
    expect(takers(world, 'room/1')).toEqual(['plain']);
    expect(takers(world, 'room/1', 1)).toEqual(['plain', 'room']);
  });

  test('by filter where a server names nobody', async () => {
    const world = new World();
    const client = await world.connected();
    listening(client, 'all', '#');
    listening(client, 'room', 'room/+');
    expect(takers(world, 'room/1')).toEqual(['all', 'room']);
    expect(takers(world, 'room/1', 77)).toEqual(['all', 'room']);
  });

  test('an identifier that was given stands, and no other subscription gets it', async () => {
    const world = new World();
    const client = await world.connected();
    listening(client, 'given', 'a', { properties: { subscriptionIdentifiers: [1] } });
    listening(client, 'own', '#');
    expect(asked(world.pipe.taken())).toEqual([1, 2]);
    listening(client, 'also', 'b', { properties: { subscriptionIdentifiers: [2] } });
    expect(takers(world, 'b', 2)).toEqual(['own', 'also']);
    expect(takers(world, 'a', 2)).toEqual(['own']);
  });
});

describe('two subscriptions to one filter are one at the server [5:MQTT-3.8.4-3]', () => {
  test('and the identifier of the last stands for both', async () => {
    const world = new World();
    const client = await world.connected();
    listening(client, 'first', 'a/+');
    listening(client, 'second', ['a/+', 'b']);
    await grant(world, 1, 0);
    await grant(world, 2, 0, 0);
    expect(takers(world, 'a/1', 2)).toEqual(['first', 'second']);
    expect(takers(world, 'b', 2)).toEqual(['second']);
  });

  test('and what was sent before the last was there is for those that were', async () => {
    const world = new World();
    const client = await world.connected();
    listening(client, 'first', 'a');
    listening(client, 'second', ['a', 'b']);
    await grant(world, 1, 0);
    await grant(world, 2, 0, 0);
    listening(client, 'third', 'a');
    // Under the identifier of the second, before the server has the third.
    expect(takers(world, 'a', 2)).toEqual(expect.arrayContaining(['first', 'second']));
    await grant(world, 3, 0);
    expect(takers(world, 'a', 2)).toEqual(expect.arrayContaining(['first', 'second']));
    expect(takers(world, 'a', 3)).toEqual(['first', 'second', 'third']);
  });

  test('also when the last has left', async () => {
    const world = new World();
    const client = await world.connected();
    listening(client, 'first', 'a');
    const second = listening(client, 'second', 'a');
    await grant(world, 1, 0);
    await grant(world, 2, 0);
    await second.unsubscribe();
    expect(takers(world, 'a', 2)).toEqual(['first']);
    listening(client, 'third', '#');
    expect(takers(world, 'a', 2)).toEqual(['first']);
  });

  test('and one that the server has refused changes nothing', async () => {
    const world = new World();
    const client = await world.connected();
    listening(client, 'other', '+');
    listening(client, 'first', 'a');
    listening(client, 'second', 'a');
    listening(client, 'third', 'a');
    for (const [packetId, code] of [0, 0, 0, 0x87].entries()) await grant(world, packetId + 1, code);
    expect(takers(world, 'a', 3)).toEqual(['first', 'second']);
  });

  test('after a session that was lost, the last that is asked for again counts', async () => {
    const world = new World();
    const client = await world.connected(keep);
    listening(client, 'first', 'a');
    const second = listening(client, 'second', 'a');
    await grant(world, 1, 0);
    await grant(world, 2, 0);
    await second.unsubscribe();
    world.pipe.taken();
    await world.again(NEW);
    expect(asked(world.pipe.taken())).toEqual([1]);
    await grant(world, 3, 0);
    listening(client, 'other', '#');
    expect(takers(world, 'a', 1)).toEqual(['first']);
  });
});

describe('a session of an earlier process', () => {
  test('has identifiers that mean something else: what is named must match, too', async () => {
    const world = new World();
    const client = await world.connected(keep, KEPT);
    listening(client, 'first', 'a');
    listening(client, 'second', 'b');
    expect(takers(world, 'b', 1)).toEqual(['second']);
    expect(takers(world, 'a', 1)).toEqual(['first']);
  });

  test('until the server has lost it', async () => {
    const world = new World();
    const client = await world.connected(keep, KEPT);
    listening(client, 'first', '$exclusive/b');
    await grant(world, 1, 0);
    await world.again(NEW);
    await grant(world, 2, 0);
    listening(client, 'second', 'b');
    expect(takers(world, 'b', 1)).toEqual(['first']);
  });
});

test('identifiers are asked for as each server allows', async () => {
  const world = new World();
  const client = await world.connected();
  listening(client, 'first', 'a');
  await grant(world, 1, 0);
  expect(asked(world.pipe.taken())).toEqual([1]);
  await world.again(NOT_AVAILABLE);
  expect(asked(world.pipe.taken())).toEqual([0]);
  await grant(world, 2, 0);
  expect(takers(world, 'a')).toEqual(['first']);
});

test('more topics than are remembered are all found', async () => {
  const world = new World();
  const client = await world.connected();
  listening(client, 'all', '#');
  listening(client, 'other', '+/9');
  for (let topic = 0; topic < 2500; topic++) {
    expect(takers(world, `${topic}/9`, 1 + (topic % 2))).toEqual([['all', 'other'][topic % 2]]);
  }
});
