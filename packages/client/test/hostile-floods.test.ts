// Owns that a client stands a server that sends without end, or not at all: its memory is bounded, its promises settle,
// its attempts keep their distance, and nothing is left of it.

import { getEventListeners } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { answering, drip, Ground } from './hostile/ground.ts';
import { bytes, hex } from './support.ts';

const CONNACK = '20 03 00 00 00';
const MIB = 1024 * 1024;

let ground = new Ground();
afterEach(async () => {
  await ground.over();
  ground = new Ground();
});

/** CONNACK and then the same packet for as long as the client takes it; says how many bytes it took. */
async function flood(packet: Uint8Array, begin = CONNACK): Promise<{ url: string; taken(): number }> {
  const many = Buffer.concat(Array.from({ length: Math.ceil(65_536 / packet.length) }, () => packet));
  let takenBytes = 0;
  const url = await ground.tcp((socket) => {
    const more = (): void => {
      if (socket.destroyed) return;
      socket.write(many, () => {
        takenBytes += many.length;
        setImmediate(more);
      });
    };
    socket.once('data', () => {
      socket.write(bytes(begin));
      more();
    });
  });
  return { url, taken: () => takenBytes };
}

/** Until a count has not moved for a second: what is between the two ends is full. */
async function still(count: () => number): Promise<void> {
  let before = count();
  for (let calm = 0; calm < 5; calm++) {
    await wait(200);
    if (count() !== before) calm = -1;
    before = count();
  }
}

describe('a flood', () => {
  test('of CONNACKs ends with the second one', async () => {
    const { url } = await flood(bytes(CONNACK));
    expect(await ground.end(url)).toMatchObject({ code: 'protocol-violation', reasonCode: 0x82 });
  });

  test('of PINGRESPs is read and forgotten', async () => {
    const { url, taken } = await flood(bytes('d0 00'));
    const client = await ground.connect(url);
    const before = process.memoryUsage().heapUsed;
    await expect.poll(taken, { timeout: 20_000 }).toBeGreaterThan(4 * MIB);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(128 * MIB);
    expect(await client.close()).toMatchObject({ code: 'disconnected' });
  });

  test.each([
    ['QoS 0', Uint8Array.from([0x30, 0x84, 0x08, 0, 1, 0x61, 0, ...new Uint8Array(1024)])],
    [
      'an alias each time',
      Uint8Array.from([0x30, 0x87, 0x08, 0, 1, 0x61, 3, 0x23, 0, 1, ...new Uint8Array(1024)]),
    ],
  ])('of messages with %s, of which nobody takes one, stops at the socket', async (_, packet) => {
    const { url, taken } = await flood(packet);
    const client = await ground.connect(url, { properties: { topicAliasMaximum: 1 } });
    const subscription = client.subscribe('a', { bufferMessagesMax: 100 });
    subscription.granted.catch(() => undefined);
    // SUBACK never comes, and so the connection is read: what has no room is dropped.
    await expect.poll(() => subscription.dropped, { timeout: 20_000 }).toBeGreaterThan(1000);
    expect(process.memoryUsage().arrayBuffers).toBeLessThan(256 * MIB);
    expect(taken()).toBeGreaterThan(0);
    await client.close();
  });

  test('of messages behind SUBACK is not read further than the buffer goes', async () => {
    const packet = Uint8Array.from([0x30, 0x84, 0x08, 0, 1, 0x61, 0, ...new Uint8Array(1024)]);
    const { url, taken } = await flood(packet, `${CONNACK} 90 04 00 01 00 00`);
    // The answer comes before the question.
    expect((await ground.end(url)).code).toBe('protocol-violation');
    const many = Buffer.concat(Array.from({ length: 64 }, () => packet));
    let sent = 0;
    const patient = await ground.tcp((socket) => {
      const more = (): void => {
        if (!socket.destroyed)
          socket.write(many, () => {
            sent += many.length;
            setImmediate(more);
          });
      };
      answering(CONNACK, '90 04 00 01 00 00')(socket);
      socket.once('data', () => socket.once('data', more));
    });
    const client = await ground.connect(patient);
    const subscription = client.subscribe('a', { bufferMessagesMax: 100 });
    await subscription.granted;
    await still(() => sent);
    expect(sent).toBeLessThan(32 * MIB);
    expect([subscription.dropped, taken()]).toEqual([0, expect.any(Number)]);
    await client.close();
  });

  test('of large messages is not read further than the bytes of the buffer go, and all are there in the end', async () => {
    const large = Uint8Array.from([0x30, 0x84, 0x80, 0x40, 0, 1, 0x61, 0, ...new Uint8Array(MIB)]);
    let sent = 0;
    const url = await ground.tcp((socket) => {
      answering(CONNACK, '90 04 00 01 00 00')(socket);
      const more = (): void => {
        if (sent < 64 && !socket.destroyed) socket.write(large, more);
        sent += 1;
      };
      socket.once('data', () => socket.once('data', more));
    });
    const client = await ground.connect(url);
    const subscription = client.subscribe('a', { bufferBytesMax: 4 * MIB });
    await subscription.granted;
    await still(() => sent);
    expect(sent).toBeLessThan(40);
    const messages = subscription[Symbol.asyncIterator]();
    let taken = 0;
    for (; taken < 64; taken++) expect((await messages.next()).value?.payload.length).toBe(MIB);
    expect([taken, subscription.dropped]).toEqual([64, 0]);
    await client.close();
  });

  test('of messages at QoS 1 without room is held to our Receive Maximum', async () => {
    const { url } = await flood(bytes('32 06 00 01 61 00 01 00'), CONNACK);
    const client = await ground.connect(url, { properties: { receiveMaximum: 10 } });
    const subscription = client.subscribe('a', { bufferMessagesMax: 100 });
    subscription.granted.catch(() => undefined);
    expect(await client.closed).toMatchObject({ code: 'protocol-violation', reasonCode: 0x93 });
  });

  test.each([
    ['PUBRELs for nothing', '62 02 00 09'],
    ['messages at QoS 1', '32 06 00 01 61 00 01 00'],
  ])('of %s by a server that reads none of the answers loses the connection', async (_, packet) => {
    const all = Buffer.concat(Array.from({ length: 50_000 }, () => bytes(packet)));
    const url = await ground.tcp((socket) => {
      const more = (): void => {
        if (!socket.destroyed) socket.write(all, more);
      };
      socket.once('data', () => {
        socket.write(bytes(CONNACK));
        // Not at once: what calls this resumes the socket.
        setImmediate(() => {
          socket.pause();
          more();
        });
      });
    });
    const client = await ground.connect(url, { sendBufferBytesMax: MIB, onMessage: () => undefined });
    const { code, error } = await client.closed;
    expect([code, error?.code, error?.side]).toEqual(['connection-lost', 'send-buffer-full', 'server']);
  });

  test('of a packet that is announced and never comes costs nothing', async () => {
    const url = await ground.tcp(answering(`${CONNACK} 30 ff ff ff 7f 00 01`));
    const client = await ground.connect(url, { keepAlive: 1, pingTimeoutMs: 100 });
    expect(process.memoryUsage().arrayBuffers).toBeLessThan(256 * MIB);
    expect((await client.closed).code).toBe('keep-alive-timeout');
  });
});

describe('a server that says nothing', () => {
  test('to CONNECT', async () => {
    const url = await ground.tcp(() => undefined);
    expect(await ground.end(url, { connectTimeoutMs: 50 })).toMatchObject({ code: 'connect-timeout' });
  });

  test.each(['subscribe', 'unsubscribe', 'publish'] as const)(
    'to %s, but to PINGREQ: a signal ends the wait, and the end of the client does',
    async (what) => {
      const url = await ground.tcp((socket) => {
        socket.once('data', () => socket.write(bytes(CONNACK)));
        socket.on('data', (chunk) => {
          if (hex(chunk).startsWith('c0')) socket.write(bytes('d0 00'));
        });
      });
      const client = await ground.connect(url);
      const call = (signal: AbortSignal | undefined): Promise<unknown> => {
        const options = signal === undefined ? {} : { signal };
        if (what === 'publish') return client.publish('a', 'x', { qos: 1, ...options });
        if (what === 'unsubscribe') return client.unsubscribe('a', options);
        return client.subscribe('a', { onMessage: () => undefined, ...options }).granted;
      };
      await expect(call(AbortSignal.timeout(20))).rejects.toMatchObject({ code: 'aborted' });
      const never = call(undefined).catch((error: { code: string }) => error.code);
      await client.close();
      expect(await never).toBe('disconnected');
    },
  );

  test('to PINGREQ: what waits settles with the end', async () => {
    const client = await ground.connect(await ground.tcp(answering(CONNACK)), {
      keepAlive: 1,
      pingTimeoutMs: 50,
    });
    const waits = client.publish('a', 'x', { qos: 1 }).catch((error: { code: string }) => error.code);
    expect(await client.closed).toMatchObject({ code: 'keep-alive-timeout' });
    expect(await waits).toBe('keep-alive-timeout');
  });

  test('to DISCONNECT: the close is not waited for', async () => {
    const url = await ground.tcp((socket) => {
      socket.once('data', () => socket.write(bytes(CONNACK)));
      socket.removeAllListeners('end');
    });
    const client = await ground.connect(url, { closeTimeoutMs: 30 });
    expect(await client.close()).toMatchObject({ code: 'disconnected' });
  });
});

describe('a server that drips', () => {
  test('its CONNACK byte by byte is waited for, and one that never ends is not', async () => {
    const slow = await ground.tcp((socket) => socket.once('data', () => drip(socket, CONNACK, 20)));
    const client = await ground.connect(slow);
    await client.close();
    // A User Property that goes on and on.
    const endless = `20 ff 7f 00 00 fc 7f ${'26 00 01 61 00 01 62 '.repeat(100)}`;
    const url = await ground.tcp((socket) => socket.once('data', () => drip(socket, endless, 5)));
    expect(await ground.end(url, { connectTimeoutMs: 100 })).toMatchObject({ code: 'connect-timeout' });
  });

  test('lives as long as it drips, and no longer', async () => {
    const url = await ground.tcp((socket) =>
      socket.once('data', async () => {
        socket.write(bytes(CONNACK));
        // A packet of 2,000 bytes, of which a few come.
        await drip(socket, '30 d0 0f 00 01 61 00 78 78 78', 150);
      }),
    );
    const client = await ground.connect(url, { keepAlive: 1, pingTimeoutMs: 400 });
    const since = performance.now();
    expect(await client.closed).toMatchObject({ code: 'keep-alive-timeout' });
    expect(performance.now() - since).toBeGreaterThan(1400);
  });
});

describe('a server that comes and goes', () => {
  test('accepts and closes at once: attempts keep their distance, and stop', async () => {
    let count = 0;
    const url = await ground.tcp((socket) => {
      count += 1;
      socket.end();
    });
    const told = await ground.end(url, {
      reconnect: { initially: true, attemptsMax: 6, delayBaseMs: 20, delayMaxMs: 80, random: () => 0.5 },
    });
    expect(told).toMatchObject({ code: 'reconnect-failed', error: { cause: { code: 'connection-lost' } } });
    expect(count).toBe(7);
    expect(ground.waits.filter((ms) => ms <= 40)).toEqual([10, 20, 40, 40, 40, 40]);
  });

  test('goes after CONNACK, two hundred times: one connection and one timer at a time, and none after that', async () => {
    let open = 0;
    let most = 0;
    let count = 0;
    const url = await ground.tcp((socket) => {
      count += 1;
      open += 1;
      most = Math.max(most, open);
      socket.on('close', () => {
        open -= 1;
      });
      socket.once('data', () => socket.end(bytes(CONNACK)));
    });
    const { signal } = new AbortController();
    const client = await ground.connect(url, {
      signal,
      reconnect: { delayBaseMs: 1, delayMaxMs: 1, attemptsMax: 1_000_000 },
    });
    await expect.poll(() => count, { timeout: 25_000 }).toBeGreaterThan(200);
    expect(most).toBeLessThan(4);
    expect(ground.timers).toBeLessThan(5);
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    await client.close();
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    const after = count;
    await wait(50);
    expect(count).toBe(after);
  });

  test('lets in and breaks the protocol, each time: attempts stop, and the last word is the violation', async () => {
    let count = 0;
    const url = await ground.tcp((socket) => {
      count += 1;
      answering(`${CONNACK} 36 05 00 01 61 00 01`)(socket);
    });
    const told = await ground.end(url, { reconnect: { delayBaseMs: 1, delayMaxMs: 2, attemptsMax: 3 } });
    expect(told).toMatchObject({
      code: 'reconnect-failed',
      error: { cause: { code: 'protocol-violation' } },
    });
    expect(count).toBe(4);
  });

  test('refuses with an end in each reason code: a typed error each time', async () => {
    for (const code of [0x80, 0x81, 0x85, 0x86, 0x88, 0x8a, 0x97, 0x9f]) {
      const url = await ground.tcp(answering(`20 03 00 ${code.toString(16)} 00`));
      expect(await ground.end(url)).toMatchObject({ code: 'connection-refused', reasonCode: code });
    }
  });
});

describe('a server with odd limits', () => {
  test('Maximum Packet Size 1: nothing can be sent, and that is said', async () => {
    const client = await ground.connect(await ground.tcp(answering('20 08 00 00 05 27 00 00 00 01')), {
      keepAlive: 1,
      pingTimeoutMs: 50,
    });
    await expect(client.publish('a', 'x', { qos: 1 })).rejects.toMatchObject({ code: 'packet-too-large' });
    await expect(client.subscribe('a', { onMessage: () => undefined }).granted).rejects.toMatchObject({
      code: 'packet-too-large',
    });
    expect((await client.closed).code).toBe('keep-alive-timeout');
  });

  test('Receive Maximum 1: messages go one after the other', async () => {
    const url = await ground.tcp((socket) => {
      let id = 0;
      socket.once('data', () => {
        socket.write(bytes('20 06 00 00 03 21 00 01'));
        socket.on('data', (chunk) => {
          if (hex(chunk).startsWith('32')) socket.write(Uint8Array.from([0x40, 2, 0, ++id]));
        });
      });
    });
    const client = await ground.connect(url);
    const all = Array.from({ length: 20 }, () => client.publish('a', 'x', { qos: 1 }));
    expect(await Promise.all(all)).toHaveLength(20);
    await client.close();
  });

  test('Server Keep Alive 0 and 65,535 set no timer that fires at once', async () => {
    for (const seconds of ['00 00', 'ff ff']) {
      const sent: string[] = [];
      const url = await ground.tcp((socket) => {
        answering(`20 06 00 00 03 13 ${seconds}`)(socket);
        socket.on('data', (chunk) => sent.push(hex(chunk)));
      });
      const client = await ground.connect(url);
      await wait(100);
      expect(sent).toHaveLength(1);
      await client.close();
    }
  });

  test.each([
    ['65,535 characters', 'a'.repeat(65_535)],
    ['control characters and marks that turn text around', '\u001b[2J\u0007\u202e../../etc'],
    ['no letters at all', '#/+'],
  ])('an Assigned Client Identifier of %s is only a name', async (_, id) => {
    const name = Buffer.from(id);
    const body = [0, 0, ...lengthOf(name.length + 3), 0x12, name.length >> 8, name.length & 255, ...name];
    const packet = Uint8Array.from([0x20, ...lengthOf(body.length), ...body]);
    const url = await ground.tcp((socket) => socket.once('data', () => socket.write(packet)));
    const client = await ground.connect(url, { clientId: '' });
    expect(client.negotiated.clientId).toBe(id);
    await client.close();
  });
});

/** As a Variable Byte Integer. */
function lengthOf(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...lengthOf(value >> 7)];
}
