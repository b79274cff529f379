// Several versions of MQTT in order of preference: which answers of a server lead to the next, what is said in it, and
// what is not begun because one of them could not say it.

import { describe, expect, test } from 'vitest';
import type { Client, ClientOptions } from '../src/index.ts';
import { settle } from './memory-pipe.ts';
import { bytes, connecting } from './support.ts';
import { NEW, rejection, World } from './world.ts';

const BOTH: ClientOptions = { clientId: 'c', dialect: ['5.0', '3.1.1'] };
const ALL: ClientOptions = { clientId: 'c', dialect: ['5.0', '3.1.1', '3.1'] };

const CONNECT_5 = '10 0e 00 04 4d 51 54 54 05 02 00 00 00 00 01 63';
const CONNECT_311 = '10 0d 00 04 4d 51 54 54 04 02 00 00 00 01 63';
const CONNECT_31 = '10 0f 00 06 4d 51 49 73 64 70 03 02 00 00 00 01 63';
const YES_3 = '20 02 00 00';
const REFUSED_5 = '20 03 00 84 00';
const REFUSED_3 = '20 02 00 01';

/** A world that tells which CONNECT each attempt begins with. */
class Attempts extends World {
  readonly connects: string[] = [];

  /** The connection that is being opened says its CONNECT. */
  async asked(): Promise<void> {
    await settle();
    await this.clock.pass(0);
    this.pipe.listener?.opened();
    this.connects.push(...this.pipe.taken());
  }

  async answered(answer: string | undefined): Promise<void> {
    await this.asked();
    if (answer === undefined) this.pipe.lose();
    else this.pipe.in(answer);
    await settle();
  }

  async with(options: ClientOptions, ...answers: (string | undefined)[]): Promise<Client> {
    const opening = this.begin(options);
    opening.catch(() => {});
    for (const answer of answers) await this.answered(answer);
    return opening;
  }
}

describe('the next version is tried at once', () => {
  test.each([
    ['0x84 in a CONNACK of 5.0 [5:3.2.2.2]', REFUSED_5],
    ['return code 1, as a server of 3.1.1 says it [3.1.1:MQTT-3.1.2-2]', REFUSED_3],
    ['a close instead of CONNACK', undefined],
  ])('after %s', async (_, answer) => {
    const world = new Attempts();
    const client = await world.with(BOTH, answer, YES_3);
    expect(world.connects).toEqual([CONNECT_5, CONNECT_311]);
    expect(client.negotiated.dialect).toBe('3.1.1');
    await client.close();
    expect(world.clock.waiting).toBe(0);
  });

  test('and the one after that, down to 3.1', async () => {
    const world = new Attempts();
    const client = await world.with(ALL, REFUSED_3, REFUSED_3, YES_3);
    expect(world.connects).toEqual([CONNECT_5, CONNECT_311, CONNECT_31]);
    expect(client.negotiated.dialect).toBe('3.1');
    await client.close();
  });

  test('at the address that answered', async () => {
    const world = new Attempts();
    world.addresses = 2;
    const opening = world.begin(BOTH);
    await settle();
    world.pipe.lose('unreachable');
    await settle();
    await world.answered(REFUSED_3);
    await world.answered(YES_3);
    expect((await opening).negotiated.dialect).toBe('3.1.1');
    expect(world.pipes).toHaveLength(3);
    await (await opening).close();
  });

  test('wherever the bytes of the refusal are split', () => {
    for (const parts of [['20 02 00 01'], ['20', '02 00 01'], ['20 02', '00', '01'], ['20 02 00', '01 30']]) {
      const { machine, sink } = connecting({ clientId: 'c' });
      for (const part of parts) machine.receive(bytes(part), 0);
      machine.ended(undefined, 0);
      expect(sink.reason).toMatchObject({
        code: 'connection-refused',
        reasonCode: 0x84,
        error: { reasonCode: 0x84, returnCode: 1 },
      });
    }
  });
});

describe('another version is not tried', () => {
  test.each([
    ['for one refusal among others', BOTH, '20 03 00 87 00', { reasonCode: 0x87 }],
    [
      'where only one is named',
      { clientId: 'c' },
      REFUSED_3,
      { code: 'connection-refused', reasonCode: 0x84 },
    ],
    ['for another CONNACK in the form of 3.1.1', BOTH, '20 02 00 05', { code: 'protocol-violation' }],
    ['for what is no MQTT', BOTH, '48 54 54 50', { code: 'protocol-violation' }],
    ['where one is named and the server closes', { clientId: 'c' }, undefined, { code: 'connection-lost' }],
  ])('%s', async (_, options, answer, failure) => {
    const world = new Attempts();
    const failing = rejection(world.with(options, answer));
    expect(await failing).toMatchObject(failure);
    expect(world.connects).toHaveLength(1);
  });

  test.each([
    ['cannot be reached', 'unreachable'],
    ['is silent', 'connect-timeout'],
  ])('because the server %s', async (_, code) => {
    const world = new Attempts();
    const failing = rejection(world.begin(BOTH));
    await settle();
    if (code === 'unreachable') world.pipe.lose('unreachable');
    else {
      await world.asked();
      await world.clock.pass(30_001);
    }
    expect(await failing).toMatchObject({ code });
    expect(world.pipes).toHaveLength(1);
  });

  test('when there is none left: the last refusal is told', async () => {
    const world = new Attempts();
    const failing = rejection(world.with(BOTH, REFUSED_5, REFUSED_3));
    expect(await failing).toMatchObject({ code: 'connection-refused', reasonCode: 0x84, returnCode: 1 });
    expect(world.connects).toHaveLength(2);
  });

  test('when the application has closed the client meanwhile', async () => {
    const world = new Attempts();
    const stop = new AbortController();
    const failing = rejection(world.begin({ ...BOTH, signal: stop.signal }));
    await world.answered(REFUSED_5);
    stop.abort();
    expect(await failing).toMatchObject({ code: 'aborted' });
    expect(world.clock.waiting).toBe(0);
  });
});

describe('a client that is connected again', () => {
  test('speaks what it spoke, and does not ask for more', async () => {
    const world = new Attempts();
    const client = await world.with(BOTH, undefined, YES_3);
    for (let n = 0; n < 3; n++) {
      await world.clock.pass(10_000);
      world.pipe.lose();
      await world.clock.pass(500);
      await world.answered(YES_3);
    }
    expect(world.connects).toEqual([CONNECT_5, CONNECT_311, CONNECT_311, CONNECT_311, CONNECT_311]);
    await client.close();
  });

  test('takes a close for no answer any more, once a version was accepted', async () => {
    const world = new Attempts();
    const client = await world.with(BOTH, NEW);
    world.pipe.lose();
    for (const delayMs of [500, 1000]) {
      await world.clock.pass(delayMs);
      await world.answered(undefined);
    }
    await world.clock.pass(2000);
    await world.answered(NEW);
    expect(world.connects).toEqual([CONNECT_5, CONNECT_5, CONNECT_5, CONNECT_5]);
    await client.close();
  });

  test.each([
    ['older', NEW, REFUSED_3, YES_3, '3.1.1'],
    ['younger', REFUSED_5, REFUSED_3, NEW, '5.0'],
  ])('meets a server that is %s now', async (_, ...[first, refusal, last, dialect]) => {
    const world = new Attempts();
    const client = await world.with(BOTH, ...(first === NEW ? [NEW] : [first, YES_3]));
    world.pipe.lose();
    await world.clock.pass(500);
    await world.answered(refusal);
    await world.answered(last);
    expect(client.connected).toBe(true);
    expect(client.negotiated.dialect).toBe(dialect);
    await client.close();
  });

  test('begins with the first again, where nothing was accepted', async () => {
    const world = new Attempts();
    const opening = world.begin({ ...BOTH, reconnect: { initially: true } });
    await world.answered(undefined);
    await world.answered(undefined);
    await world.clock.pass(500);
    await world.answered(undefined);
    await world.answered(YES_3);
    expect(world.connects).toEqual([CONNECT_5, CONNECT_311, CONNECT_5, CONNECT_311]);
    await (await opening).close();
  });
});

describe('in an older version', () => {
  test('a session that outlives its connection is one without CleanSession; what asks or offers is left out', async () => {
    const world = new Attempts();
    const properties = {
      sessionExpiryInterval: 60,
      receiveMaximum: 7,
      maximumPacketSize: 20,
      topicAliasMaximum: 3,
      requestResponseInformation: true,
      requestProblemInformation: false,
    };
    const client = await world.with({ ...BOTH, properties }, REFUSED_3, YES_3);
    expect(world.connects[1]).toBe('10 0d 00 04 4d 51 54 54 04 00 00 00 00 01 63');
    // What it takes it says nobody, and keeps to it all the same.
    world.pipe.in(`30 14 00 01 61 ${'00 '.repeat(17)}`);
    await settle();
    expect(world.pipe.sent).toEqual([]);
    expect(client.connected).toBe(false);
    await client.close();
  });

  test('a session that ends with its connection begins anew', async () => {
    const world = new Attempts();
    const client = await world.with({ ...BOTH, properties: { sessionExpiryInterval: 0 } }, REFUSED_3, YES_3);
    expect(world.connects[1]).toBe(CONNECT_311);
    await client.close();
  });

  test('what a message or a filter says in properties is refused, and the client told why', async () => {
    const world = new Attempts();
    const client = await world.with(BOTH, REFUSED_3, YES_3);
    const properties = { contentType: 'text/plain' };
    expect(await rejection(client.publish('a', 'x', { properties }))).toMatchObject({
      code: 'properties-not-supported',
    });
    expect(await rejection(client.subscribe('a', { noLocal: true }).granted)).toMatchObject({
      code: 'subscription-options-not-supported',
    });
    await client.close();
  });
});

describe('is refused before anything is opened:', () => {
  test.each<[string, ClientOptions, string]>([
    ['a user property', { properties: { userProperties: [['a', 'b']] } }, 'properties-not-supported'],
    [
      'a will with properties',
      { will: { topic: 'w', properties: { willDelayInterval: 5 } } },
      'properties-not-supported',
    ],
    ['a method of authentication', { properties: { authenticationMethod: 'M' } }, 'properties-not-supported'],
    [
      'a session without a client identifier',
      { clientId: '', properties: { sessionExpiryInterval: 5 } },
      'client-id-required',
    ],
    ['a password without a user name', { password: 'p' }, 'password-without-user-name'],
    ['no version', { dialect: [] }, 'invalid-option'],
    ['one version twice', { dialect: ['5.0', '5.0'] }, 'invalid-option'],
    ['one that does not exist', { dialect: ['5.0', '4' as '3.1'] }, 'invalid-option'],
  ])('%s', async (_, options, code) => {
    const world = new World();
    expect(await rejection(world.begin({ ...BOTH, ...options }))).toMatchObject({ code });
    expect(world.servers).toEqual([]);
  });

  test('but not where 5.0 is the only one', async () => {
    const world = new World();
    const opening = world.begin({ clientId: 'c', properties: { userProperties: [['a', 'b']] } });
    await world.accept();
    const client = await opening;
    expect(client.connected).toBe(true);
    await client.close();
  });
});
