// Owns that a client stands answers which nobody asked for, over sockets: every acknowledgement, in every state, under
// every identifier that it should not have.

import { afterEach, describe, expect, test } from 'vitest';
import type { Client } from '../src/index.ts';
import { answering, Ground } from './hostile/ground.ts';

const CONNACK = '20 03 00 00 00';
const KEPT = '20 03 01 00 00';

let ground = new Ground();
afterEach(async () => {
  await ground.over();
  ground = new Ground();
});

/** Answers to what was not asked, under identifier 9, and what a client makes of each. */
const UNASKED = [
  ['PUBACK', '40 02 00 09', 'violation'],
  ['PUBACK that refuses', '40 03 00 09 87', 'violation'],
  ['PUBREC', '50 02 00 09', 'answer'],
  ['PUBREC that refuses', '50 03 00 09 87', 'nothing'],
  ['PUBREL', '62 02 00 09', 'answer'],
  ['PUBCOMP', '70 02 00 09', 'nothing'],
  ['SUBACK', '90 04 00 09 00 00', 'violation'],
  ['UNSUBACK', 'b0 04 00 09 00 00', 'violation'],
  ['PINGRESP', 'd0 00', 'nothing'],
  ['AUTH', 'f0 06 18 04 15 00 01 41', 'violation'],
  ['CONNACK', CONNACK, 'violation'],
] as const;

describe.each(UNASKED)('%s', (_name, text, meaning) => {
  test('before CONNACK ends the attempt', async () => {
    const url = await ground.tcp(answering(text === CONNACK ? `${text} ${text}` : text));
    expect(await ground.end(url)).toMatchObject({ code: 'protocol-violation' });
  });

  test('while nothing is under way', async () => {
    const url = await ground.tcp(answering(`${CONNACK} ${text}`, '40 02 00 01'));
    await expectMeaning(url, meaning, (client) => client.publish('a', 'x', { qos: 1 }));
  });

  test.each([
    ['QoS 1', 1, '40 02 00 01'],
    ['QoS 2', 2, '50 02 00 01 70 02 00 01'],
  ] as const)('while a message of %s is under way', async (_qos, qos, end) => {
    const url = await ground.tcp(answering(CONNACK, `${text} ${end}`));
    await expectMeaning(url, meaning, (client) => client.publish('a', 'x', { qos }));
  });

  test('while SUBSCRIBE and UNSUBSCRIBE are under way', async () => {
    const url = await ground.tcp(answering(CONNACK, `${text} 90 04 00 01 00 00`, 'b0 04 00 02 00 00'));
    await expectMeaning(url, meaning, async (client) => {
      await client.subscribe('a', { onMessage: () => undefined }).granted;
      await client.unsubscribe('a');
    });
  });

  test('after DISCONNECT is heard no more', async () => {
    const url = await ground.tcp((socket) => {
      answering(CONNACK, text)(socket);
    });
    const client = await ground.connect(url);
    expect(await client.disconnect()).toMatchObject({ code: 'disconnected' });
  });
});

/** What was called settles, however the connection goes on. */
async function expectMeaning(
  url: string,
  meaning: 'violation' | 'answer' | 'nothing',
  call: (client: Client) => Promise<unknown>,
): Promise<void> {
  const begun = await ground.connect(url).catch((error: unknown) => error as Error);
  if (begun instanceof Error) {
    expect([meaning, begun]).toEqual(['violation', expect.objectContaining({ code: 'protocol-violation' })]);
    return;
  }
  const said = call(begun).catch((error: { code: string }) => error.code);
  if (meaning === 'violation') {
    const { code, error } = await begun.closed;
    expect(code).toBe('protocol-violation');
    expect(error).toMatchObject({ side: 'server', clause: expect.stringContaining('[5:') });
    expect(await said).toBe('protocol-violation');
  } else {
    expect(await said).not.toBe('protocol-violation');
    expect((await begun.close()).code).toBe('disconnected');
  }
}

test.each([
  ['PUBACK for QoS 2', 2, '40 02 00 01'],
  ['PUBREC for QoS 1', 1, '50 02 00 01'],
  ['PUBCOMP for QoS 1', 1, '70 02 00 01'],
  ['PUBCOMP before PUBREC', 2, '70 02 00 01'],
  ['SUBACK for a message', 1, '90 04 00 01 00 00'],
  ['UNSUBACK for a message', 1, 'b0 04 00 01 00 00'],
] as const)('%s ends the connection; the promise of the message settles', async (_, qos, text) => {
  const client = await ground.connect(await ground.tcp(answering(CONNACK, text)));
  const said = client.publish('a', 'x', { qos }).catch((error: { code: string }) => error.code);
  expect(await client.closed).toMatchObject({ code: 'protocol-violation', reasonCode: 0x82 });
  expect(await said).toBe('protocol-violation');
});

test.each([
  ['PUBACK', '40 02 00 01'],
  ['UNSUBACK', 'b0 04 00 01 00 00'],
  ['a SUBACK of two codes', '90 05 00 01 00 00 00'],
  ['a SUBACK of no code', '90 03 00 01 00'],
  ['a SUBACK with a code that there is not', '90 04 00 01 00 77'],
])('%s for a SUBSCRIBE of one filter: the request fails, the iteration ends', async (_, text) => {
  const client = await ground.connect(await ground.tcp(answering(CONNACK, text)));
  const subscription = client.subscribe('a');
  const failed = subscription.granted.catch((error: { code: string }) => error.code);
  const iterated = (async () => {
    for await (const message of subscription) return message;
    return undefined;
  })().catch((error: { code: string }) => error.code);
  const { code } = await client.closed;
  expect([code, await failed, await iterated]).toEqual(Array(3).fill('protocol-violation'));
});

describe('a session that is present', () => {
  test('and was never asked for ends the attempt [5:MQTT-3.2.2-4]', async () => {
    expect(await ground.end(await ground.tcp(answering(KEPT)))).toMatchObject({
      code: 'protocol-violation',
      clause: expect.stringContaining('[5:MQTT-3.2.2-4]'),
    });
  });

  test('again and again, with a connection that is cut: each message is settled once', async () => {
    const settled: unknown[] = [];
    const url = await ground.tcp((socket, count) => {
      socket.once('data', () => {
        socket.write(Uint8Array.from([0x20, 3, count === 1 ? 0 : 1, 0, 0]));
        if (count < 4) setImmediate(() => socket.end());
        else socket.write(Uint8Array.from([0x40, 2, 0, 1]));
      });
    });
    const client = await ground.connect(url, {
      reconnect: { delayBaseMs: 1, delayMaxMs: 2 },
      cleanStart: false,
      properties: { sessionExpiryInterval: 60 },
    });
    settled.push(await client.publish('a', 'x', { qos: 1 }));
    expect(settled).toMatchObject([{ reasonCode: 0 }]);
    await client.close();
  });
});
