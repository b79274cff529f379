// User Properties in every packet that has them, in the order they were given and with their repeats: those that this
// client sends, and those of the server that its application gets to see. [5:MQTT-3.1.3-10] [5:MQTT-3.3.2-17]

import { describe, expect, test } from 'vitest';
import { ConnectionRefusedError, RefusedError } from '../src/index.ts';
import { settle } from './memory-pipe.ts';
import { connecting } from './support.ts';
import { rejection, World } from './world.ts';

const PAIRS: [string, string][] = [
  ['b', '1'],
  ['a', '2'],
  ['b', '3'],
];
const properties = { userProperties: PAIRS };
const USER = '26 00 01 62 00 01 31 26 00 01 61 00 01 32 26 00 01 62 00 01 33';
/** With their length in front. */
const ALL = `15 ${USER}`;

describe('are sent in', () => {
  test('CONNECT, and in the will', () => {
    const { sink } = connecting({
      clientId: 'c',
      keepAlive: 0,
      properties,
      will: { topic: 'w', properties },
    });
    expect(sink.taken()).toEqual([
      `10 3e 00 04 4d 51 54 54 05 06 00 00 ${ALL} 00 01 63 ${ALL} 00 01 77 00 00`,
    ]);
  });

  test('PUBLISH, SUBSCRIBE, beside the identifier of the subscription, UNSUBSCRIBE and DISCONNECT', async () => {
    const world = new World();
    const client = await world.connected();
    void client.publish('a', '', { qos: 1, properties }).catch(() => {});
    const subscription = client.subscribe('f', { properties });
    subscription.granted.catch(() => {});
    await settle();
    expect(world.pipe.taken()).toEqual([
      `32 1b 00 01 61 00 01 ${ALL}`,
      `82 1e 00 02 17 ${USER} 0b 01 00 01 66 00`,
    ]);
    void client.unsubscribe('f', { properties }).catch(() => {});
    await settle();
    expect(world.pipe.taken()).toEqual([`a2 1b 00 03 ${ALL} 00 01 66`]);
    await client.disconnect({ properties });
    expect(world.pipe.taken()).toEqual([`e0 17 00 ${ALL}`]);
  });
});

describe('are seen of', () => {
  const world = new World();
  const arrived = async (bytes: string): Promise<void> => {
    world.pipe.in(bytes);
    await settle();
  };

  test('CONNACK that accepts, and CONNACK that does not', async () => {
    const accepted = await new World().connected({}, `20 18 00 00 ${ALL}`);
    expect(accepted.negotiated.properties).toEqual(properties);
    await accepted.close();
    const failing = rejection(world.begin());
    await world.accept(`20 18 00 87 ${ALL}`);
    const error = await failing;
    expect(error instanceof ConnectionRefusedError && error.properties).toEqual(properties);
  });

  test('PUBACK, PUBCOMP, and the acknowledgements that refuse', async () => {
    const client = await world.connected();
    const say = (qos: 1 | 2): Promise<unknown> =>
      client.publish('a', '', { qos }).catch((error: unknown) => error);
    const [acknowledged, complete, refused, refusedTwo] = [say(1), say(2), say(1), say(2)];
    await settle();
    await arrived(`40 19 00 01 00 ${ALL}`);
    await arrived('50 02 00 02');
    await arrived(`70 19 00 02 00 ${ALL}`);
    await arrived(`40 19 00 03 97 ${ALL}`);
    await arrived(`50 19 00 04 87 ${ALL}`);
    expect([await acknowledged, await complete]).toEqual([
      { reasonCode: 0, properties },
      { reasonCode: 0, properties },
    ]);
    for (const [answer, reasonCode] of [
      [await refused, 0x97],
      [await refusedTwo, 0x87],
    ]) {
      expect(answer).toBeInstanceOf(RefusedError);
      expect(answer).toMatchObject({ code: 'publish-refused', reasonCode, properties });
    }
    await client.close();
  });

  test('SUBACK and UNSUBACK, PUBLISH and DISCONNECT', async () => {
    const client = await world.connected({ reconnect: false });
    const seen: unknown[] = [];
    const subscription = client.subscribe('f', { onMessage: (message) => seen.push(message.properties) });
    await arrived(`90 19 00 01 ${ALL} 00`);
    expect((await subscription.granted).properties).toEqual(properties);
    await arrived(`30 19 00 01 66 ${ALL}`);
    expect(seen).toEqual([properties]);
    const refused = rejection(client.subscribe('g')[Symbol.asyncIterator]().next());
    await settle();
    await arrived(`90 19 00 02 ${ALL} 87`);
    expect(await refused).toMatchObject({ code: 'subscription-refused', reasonCode: 0x87, properties });
    const gone = client.unsubscribe('f');
    await settle();
    await arrived(`b0 19 00 03 ${ALL} 00`);
    expect((await gone).properties).toEqual(properties);
    await arrived(`e0 17 8b ${ALL}`);
    expect(await client.closed).toMatchObject({ reasonCode: 0x8b, properties });
  });

  test('AUTH that ends a re-authentication', async () => {
    const authenticator = () => ({ method: 'M1', start: () => ({}), next: () => ({ ...properties }) });
    const client = await world.connected({ authenticator }, '20 08 00 00 05 15 00 02 4d 31');
    const again = client.reauthenticate();
    await settle();
    world.pipe.taken();
    await arrived('f0 07 18 05 15 00 02 4d 31');
    expect(world.pipe.taken()).toEqual([`f0 1c 18 1a 15 00 02 4d 31 ${USER}`]);
    await arrived(`f0 1c 00 1a 15 00 02 4d 31 ${USER}`);
    expect((await again).properties).toMatchObject(properties);
    await client.close();
  });
});
