// A client that is there before its first connection.

import { MqttError } from '@anax/protocol';
import { describe, expect, test } from 'vitest';
import { settle } from './memory-pipe.ts';
import { World } from './world.ts';

describe('a first connection that nobody waits for', () => {
  test('need not be there: what is published and subscribed before waits for it', async () => {
    const world = new World();
    world.addresses = new MqttError('host-not-found', 'nowhere');
    const client = await world.begin({ waitForConnection: false });
    expect(() => client.negotiated).toThrow(expect.objectContaining({ code: 'not-connected' }));
    const subscription = client.subscribe('a', { identified: false });
    const sent = client.publish('a', '1');
    await world.clock.pass(5_000);
    world.addresses = 1;
    await world.clock.pass(5_000);
    await world.accept();
    expect(world.pipe.taken()).toEqual(['82 07 00 01 00 00 01 61 00', '30 05 00 01 61 00 31']);
    await sent;
    world.pipe.in('90 04 00 01 00 00');
    await subscription.granted;
    const other = new World();
    const none = await other.begin({ waitForConnection: false, reconnect: false });
    await settle();
    other.pipe.lose('unreachable');
    expect(await none.closed).toMatchObject({ code: 'unreachable' });
  });
});
