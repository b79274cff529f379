// Enhanced authentication of a client over pipes in memory: with a server that speaks SCRAM, and with methods of the
// application's own.

import { describe, expect, test } from 'vitest';
import type { Authenticator, ClientOptions } from '../src/index.ts';
import { scram } from '../src/scram/scram.ts';
import { settle } from './memory-pipe.ts';
import { PENCIL, type ScramFacts, ScramPeer } from './scram-server.ts';
import { rejection, World } from './world.ts';

const MORE = 'f0 0b 18 09 15 00 02 4d 31 16 00 01 63';
const DONE = 'f0 0b 00 09 15 00 02 4d 31 16 00 01 63';
const DATA = { authenticationData: Uint8Array.of(0x64) };

const PASSWORD = { userName: 'user', password: 'pencil' };

/** A client in a world whose server speaks SCRAM. */
class ScramWorld extends World {
  facts: ScramFacts = PENCIL;
  peer: ScramPeer | undefined;

  /** The connection that is being opened has its socket, and a server behind it. */
  async serve(): Promise<void> {
    await settle();
    const { pipe } = this;
    const peer = new ScramPeer(
      'SCRAM-SHA-256',
      () => this.facts,
      (packet) => pipe.listener?.received(packet),
    );
    this.peer = peer;
    pipe.write = (packet) => {
      const own = packet.slice();
      queueMicrotask(() => peer.hear(own));
    };
    pipe.listener?.opened();
  }
}

const scramOptions: ClientOptions = { authenticator: scram(PASSWORD) };

describe('a client with SCRAM', () => {
  test('connects, and again on each connection, with a new exchange [5:MQTT-4.12.0-3] [5:MQTT-4.12.0-5]', async () => {
    const world = new ScramWorld();
    let made = 0;
    const authenticator = (): Authenticator => {
      made += 1;
      return scram(PASSWORD)();
    };
    const opening = world.begin({ authenticator });
    await world.serve();
    const client = await opening;
    expect(client.negotiated.authenticationMethod).toBe('SCRAM-SHA-256');
    expect(world.peer?.heard).toEqual(['connect', 'auth 18']);
    world.pipe.lose();
    await world.clock.pass(500);
    const connected = new Promise((resolve) => client.addEventListener('connected', resolve));
    await world.serve();
    await connected;
    expect([client.connected, made]).toEqual([true, 2]);
    await client.close();
  });

  test('is refused with a wrong password', async () => {
    const world = new ScramWorld();
    const failing = rejection(world.begin({ authenticator: scram({ ...PASSWORD, password: 'pen' }) }));
    await world.serve();
    expect(await failing).toMatchObject({ code: 'connection-refused', reasonCode: 0x86 });
  });

  test('leaves a server that cannot sign, and does not come back', async () => {
    const world = new ScramWorld();
    world.facts = { ...PENCIL, signAs: (signature) => signature.fill(0, 0, 1) };
    const failing = rejection(world.begin({ ...scramOptions, reconnect: { initially: true } }));
    await world.serve();
    expect(await failing).toMatchObject({ code: 'server-not-authenticated' });
    expect(world.pipe.over).toBe(true);
    expect(world.clock.waiting).toBe(0);
  });

  test('leaves a server that accepts at once, without asking', async () => {
    const world = new World();
    const failing = rejection(world.begin(scramOptions));
    const method = Buffer.from('SCRAM-SHA-256').toString('hex').replaceAll(/(..)/g, '$1 ');
    await world.accept(`20 13 00 00 10 15 00 0d ${method}`);
    expect(await failing).toMatchObject({ code: 'server-not-authenticated' });
  });

  test('authenticates again while messages go on, and is told how it ended [5:MQTT-4.12.1-1]', async () => {
    const world = new ScramWorld();
    const opening = world.begin(scramOptions);
    await world.serve();
    const client = await opening;
    const again = client.reauthenticate();
    const sent = [client.publish('a', 'x', { qos: 1 }), client.publish('a', 'y', { qos: 2 })];
    const twice = rejection(client.reauthenticate());
    expect(await twice).toMatchObject({ code: 'already-authenticating' });
    expect(await Promise.all(sent)).toHaveLength(2);
    expect(await again).toMatchObject({
      reasonCode: 0,
      properties: { authenticationMethod: 'SCRAM-SHA-256' },
    });
    expect(world.peer?.heard).toEqual(
      expect.arrayContaining(['auth 19', 'auth 18', 'publish', 'publish', 'pubrel']),
    );
    const third = client.reauthenticate();
    expect((await third).reasonCode).toBe(0);
    await client.close();
  });

  test('ends the connection with a server that cannot sign this time [5:MQTT-4.12.1-2]', async () => {
    const world = new ScramWorld();
    const opening = world.begin(scramOptions);
    await world.serve();
    const client = await opening;
    world.facts = { ...PENCIL, signAs: (signature) => signature.fill(0, 0, 1) };
    const again = rejection(client.reauthenticate());
    expect(await again).toMatchObject({ code: 'server-not-authenticated' });
    expect(await client.closed).toMatchObject({ code: 'server-not-authenticated' });
    expect(world.peer?.heard.at(-1)).toBe('disconnect');
  });

  test('is told of a server that does not want it any more', async () => {
    const world = new ScramWorld();
    const opening = world.begin(scramOptions);
    await world.serve();
    const client = await opening;
    world.facts = { ...PENCIL, password: 'changed' };
    const again = rejection(client.reauthenticate());
    expect(await again).toMatchObject({ code: 'server-disconnected', reasonCode: 0x87 });
    expect(await client.closed).toMatchObject({ reasonCode: 0x87 });
  });
});

/** A method of two steps that says what it is given to say. */
function steps(over: Partial<Authenticator> = {}): () => Authenticator {
  return () => ({ method: 'M1', start: () => DATA, next: () => DATA, ...over });
}

describe('a client with a method of its own', () => {
  const CONNACK = '20 08 00 00 05 15 00 02 4d 31';

  test('says what it begins with in CONNECT, user properties and all [5:3.1.2.11.9] [5:3.1.2.11.10]', async () => {
    const world = new World();
    const userProperties: [string, string][] = [['a', 'b']];
    const opening = world.begin({
      clientId: 'c',
      properties: { userProperties: [['x', 'y']], receiveMaximum: 5 },
      authenticator: steps({ start: async () => ({ ...DATA, userProperties }) }),
    });
    await settle();
    world.pipe.listener?.opened();
    const [connect] = world.pipe.taken();
    expect(connect).toContain('15 00 02 4d 31 16 00 01 64');
    expect(connect).toContain('26 00 01 78 00 01 79 26 00 01 61 00 01 62');
    world.pipe.in(CONNACK);
    await (await opening).close();
  });

  test('is not connected until it is content, however long that takes', async () => {
    const world = new World();
    let content: () => void = () => {};
    const finish = (): Promise<void> => new Promise((resolve) => (content = resolve));
    const opening = world.begin({ authenticator: steps({ finish }) });
    await world.accept(`${CONNACK} | 30 04 00 01 61 00`);
    expect(world.pipe.paused).toBe(true);
    let connected = false;
    void opening.then(() => (connected = true));
    await settle();
    expect(connected).toBe(false);
    content();
    const client = await opening;
    expect(world.pipe.paused).toBe(false);
    await client.close();
  });

  test.each([
    ['start', steps({ start: () => Promise.reject(new Error('no key')) }), ''],
    ['next', steps({ next: () => Promise.reject(new Error('no key')) }), MORE],
    [
      'next, at once',
      steps({
        next: () => {
          throw new Error('no key');
        },
      }),
      MORE,
    ],
    ['finish', steps({ finish: () => Promise.reject(new Error('no key')) }), CONNACK],
    [
      'finish, at once',
      steps({
        finish: () => {
          throw new Error('no key');
        },
      }),
      CONNACK,
    ],
  ])('that fails at %s: the attempt fails with it', async (_, authenticator, said) => {
    const world = new World();
    const failing = rejection(world.begin({ authenticator }));
    await settle();
    if (said !== '') await world.accept(said);
    expect(await failing).toMatchObject({
      code: 'authentication-failed',
      message: expect.stringContaining('no key'),
      cause: expect.objectContaining({ message: 'no key' }),
    });
  });

  test('that never says what CONNECT begins with: the attempt is given up', async () => {
    const world = new World();
    const failing = rejection(world.begin({ authenticator: steps({ start: () => new Promise(() => {}) }) }));
    await settle();
    await world.clock.pass(30_000);
    expect(await failing).toMatchObject({ code: 'connect-timeout' });
  });

  test('is asked again after a connection that was lost while it failed once', async () => {
    const world = new World();
    let fails = 0;
    const start = (): Promise<typeof DATA> =>
      ++fails === 2 ? Promise.reject(new Error('no token')) : Promise.resolve(DATA);
    const client = await world.connected({ authenticator: steps({ start }) }, CONNACK);
    world.pipe.lose();
    await world.clock.pass(500);
    expect(fails).toBe(2);
    await world.clock.pass(1000);
    await world.accept(CONNACK);
    expect([fails, client.connected]).toEqual([3, true]);
    await client.close();
  });

  test('a re-authentication that is lost with its connection rejects; the next connection authenticates', async () => {
    const world = new World();
    const client = await world.connected({ authenticator: steps() }, CONNACK);
    const again = rejection(client.reauthenticate());
    await settle();
    expect(world.pipe.taken()).toEqual(['f0 0b 19 09 15 00 02 4d 31 16 00 01 64']);
    world.pipe.lose();
    expect(await again).toMatchObject({ code: 'connection-lost' });
    expect(await rejection(client.reauthenticate())).toMatchObject({ code: 'not-connected' });
    await world.clock.pass(500);
    await world.accept(CONNACK);
    const later = client.reauthenticate();
    await settle();
    world.pipe.in(DONE);
    expect(await later).toMatchObject({ reasonCode: 0 });
    await client.close();
  });

  test('stops waiting for a re-authentication by a signal, and sends none that had not begun', async () => {
    const world = new World();
    let begin: (start: typeof DATA) => void = () => {};
    let slow = false;
    const start = (): Promise<typeof DATA> =>
      slow ? new Promise((resolve) => (begin = resolve)) : Promise.resolve(DATA);
    const client = await world.connected({ authenticator: steps({ start }) }, CONNACK);
    slow = true;
    const stop = new AbortController();
    const given = rejection(client.reauthenticate({ signal: stop.signal }));
    stop.abort();
    expect(await given).toMatchObject({ code: 'aborted' });
    begin(DATA);
    await settle();
    expect(world.pipe.taken()).toEqual([]);
    const sent = new AbortController();
    slow = false;
    const begun = rejection(client.reauthenticate({ signal: sent.signal }));
    await settle();
    sent.abort();
    expect(await begun).toMatchObject({ code: 'aborted' });
    world.pipe.in(DONE);
    expect(client.connected).toBe(true);
    await client.close();
  });

  test('a start that fails, or another method, leaves the connection as it is [5:MQTT-4.12.1-1]', async () => {
    const world = new World();
    const made = [steps(), steps({ start: () => Promise.reject(new Error('no')) }), steps({ method: 'M2' })];
    const authenticator = (): Authenticator => (made.shift() ?? steps())();
    const client = await world.connected({ authenticator }, CONNACK);
    expect(await rejection(client.reauthenticate())).toMatchObject({ code: 'authentication-failed' });
    expect(await rejection(client.reauthenticate())).toMatchObject({
      code: 'authentication-failed',
      message: expect.stringContaining('M2'),
    });
    expect([client.connected, world.pipe.taken()]).toEqual([true, []]);
    await client.close();
  });

  test('needs 5.0, says the method itself, and is needed for doing it again', async () => {
    const world = new World();
    for (const [code, options] of [
      ['authentication-not-supported', { dialect: '3.1.1', authenticator: steps() }],
      ['authentication-not-supported', { dialect: ['5.0', '3.1.1'], authenticator: steps() }],
      ['invalid-option', { properties: { authenticationMethod: 'M1' }, authenticator: steps() }],
    ] as const) {
      expect(await rejection(world.begin(options)), code).toMatchObject({ code });
    }
    const client = await world.connected({ properties: { authenticationMethod: 'M1' } }, CONNACK);
    expect(await rejection(client.reauthenticate())).toMatchObject({ code: 'no-authenticator' });
    await client.close();
    expect(await rejection(client.reauthenticate())).toMatchObject({ code: 'disconnected' });
  });

  test('a server that asks although its answers cannot be read any more does not hang anything', async () => {
    const world = new World();
    const client = await world.connected({ authenticator: steps() }, CONNACK);
    // Nobody takes messages: reading stops, but not while an answer is waited for.
    const subscription = client.subscribe('a', { bufferMessagesMax: 1 });
    world.pipe.in('90 04 00 01 00 00');
    await subscription.granted;
    world.pipe.in('30 04 00 01 61 00 | 30 04 00 01 61 00');
    expect(world.pipe.paused).toBe(true);
    const again = client.reauthenticate();
    await settle();
    expect(world.pipe.paused).toBe(false);
    world.pipe.in(DONE);
    expect((await again).reasonCode).toBe(0);
    await client.close();
  });
});
