/** Owns authentication that takes its time, and enhanced authentication with a toy method. */

import { MQTT_3_1_1, MQTT_5_0, type Packet, utf8Bytes } from '@anax/protocol';
import { describe, expect, test, vi } from 'vitest';
import {
  type Acceptance,
  ANYTHING_BUT_SYS,
  type Credentials,
  type Decision,
  type ExchangeFactory,
  type ExchangeStep,
} from '../../src/access/access.ts';
import { ANYBODY, Bench, BOTH, connect, type Peer, publish, subscribe, text, told } from '../bench.ts';

const accepted = (userName?: string): { readonly accepted: Acceptance } => ({
  accepted: { userName, permissions: ANYTHING_BUT_SYS },
});

/** A promise that the test answers. */
function question<T>() {
  const answers: { resolve: (value: T) => void; reject: (why: unknown) => void }[] = [];
  const asked = () => new Promise<T>((resolve, reject) => answers.push({ resolve, reject }));
  return { asked, answers };
}

/** Lets promises be heard. */
const heard = async () => {
  for (let i = 0; i < 5; i++) await Promise.resolve();
};

describe.each(BOTH)('an authenticator that takes its time, in MQTT $name', (dialect) => {
  const late = () => {
    const { asked, answers } = question<Decision>();
    const bench = new Bench({
      authenticate: ({ clientId }) =>
        clientId === 'client' ? asked() : ANYBODY({ clientId } as Credentials),
    });
    return { bench, answers, peer: bench.peer(dialect) };
  };

  test('keeps everything behind CONNECT waiting, then it is read in order', async () => {
    const { bench, answers, peer } = late();
    peer.sendAtOnce(connect(dialect), subscribe('a'), publish('a', '1'));
    peer.send(publish('a', '2'));
    expect(peer.raw()).toHaveLength(0);
    expect(peer.wire.paused).toBe(true);
    answers[0]?.resolve(accepted());
    await heard();
    expect(peer.wire.paused).toBe(false);
    expect(told(peer.take())).toEqual(['connack', 'suback #1', 'publish 0 a=1', 'publish 0 a=2']);
    expect(bench.hub.counters.messagesReceived).toBe(2);
  });

  test('that rejects lets nobody in', async () => {
    const { answers, peer } = late();
    peer.connect();
    answers[0]?.reject(new Error('the directory is down'));
    await heard();
    expect(peer.closed).toBe(true);
    expect(told(peer.take())).toEqual(dialect.reasonCodes ? ['connack 0x80'] : []);
  });

  test('that answers when the client is gone makes no session', async () => {
    const { bench, answers, peer } = late();
    peer.connect();
    peer.lost();
    answers[0]?.resolve(accepted());
    await heard();
    expect(peer.raw()).toHaveLength(0);
    expect([bench.hub.sessionCount, bench.context.clients.connected, bench.hub.wheel.size]).toEqual([
      0, 0, 0,
    ]);
  });

  test('that never answers runs into the connect time-out', async () => {
    const { bench, answers, peer } = late();
    peer.connect();
    bench.pass(10.1);
    expect(peer.closed).toBe(true);
    peer.take();
    answers[0]?.resolve(accepted());
    await heard();
    expect(peer.raw()).toHaveLength(0);
    expect(bench.hub.sessionCount).toBe(0);
  });

  test('does not let two connections of one identifier both in', async () => {
    const { bench, answers, peer } = late();
    const second = bench.peer(dialect).connect();
    peer.connect();
    answers[1]?.resolve(accepted());
    answers[0]?.resolve(accepted());
    await heard();
    expect([peer.closed, second.closed]).toEqual([true, false]);
    expect(bench.context.clients.connected).toBe(1);
  });
});

test('an authenticator sees what CONNECT says', () => {
  const authenticate = vi.fn(ANYBODY);
  const bench = new Bench({ authenticate });
  bench.peer(MQTT_3_1_1, '192.0.2.7', false).connect({ userName: 'ann', password: utf8Bytes('pw') });
  expect(authenticate).toHaveBeenCalledExactlyOnceWith({
    clientId: 'client',
    userName: 'ann',
    password: utf8Bytes('pw'),
    address: '192.0.2.7',
    loopback: false,
    certificate: undefined,
    pskIdentity: undefined,
    listener: { name: 'test', protocol: 'stream' },
    dialect: MQTT_3_1_1,
  });
});

test('a promise need not be a Promise of this realm', async () => {
  // biome-ignore lint/suspicious/noThenProperty: a foreign promise is what this is about.
  const foreign = { then: (done: (decision: Decision) => void) => done(accepted()) };
  const peer = new Bench({ authenticate: () => foreign as Promise<Decision> }).peer().connect();
  await heard();
  expect(peer.only('connack').reasonCode).toBe(0);
});

/** Asks twice: the client answers with the letters of `key`, backwards; `why!` and the like go wrong on purpose. */
const TOY: ExchangeFactory = (credentials) => {
  let steps = 0;
  return {
    step: (data): ExchangeStep | Promise<ExchangeStep> => {
      const said = text(data ?? new Uint8Array(0));
      if (said === 'throw!') throw new Error('as asked');
      if (said === 'reject!') return Promise.reject(new Error('as asked'));
      if (said === 'large!') return { ...accepted('toy'), data: new Uint8Array(70_000) };
      if (said === 'refuse!') return { refused: { reasonCode: 0x87, text: 'as asked' } };
      if (said === 'other!') return accepted('somebody else');
      steps += 1;
      if (steps < 3) return { continue: utf8Bytes(`${steps}`) };
      const answer: ExchangeStep = { ...accepted('toy'), data: utf8Bytes(`welcome ${credentials.clientId}`) };
      return said === 'later' ? Promise.resolve(answer) : answer;
    },
  };
};

const methods = new Map([['TOY', TOY]]);

function auth(reasonCode: 0x18 | 0x19, said: string, authenticationMethod = 'TOY'): Packet {
  return {
    type: 'auth',
    reasonCode,
    properties: { authenticationMethod, authenticationData: utf8Bytes(said) },
  };
}

/** AUTH and CONNACK with their data. */
function answers(peer: Peer): string[] {
  return peer.take().map((packet) => {
    const [name] = told([packet]);
    const { authenticationMethod, authenticationData } =
      'properties' in packet
        ? (packet.properties as { authenticationMethod?: string; authenticationData?: Uint8Array })
        : {};
    return [name, authenticationMethod, authenticationData && text(authenticationData)]
      .filter(Boolean)
      .join(' ');
  });
}

function begun(said = 'hello', bench = new Bench({ methods })): Peer {
  const properties = {
    authenticationMethod: 'TOY',
    authenticationData: utf8Bytes(said),
    sessionExpiryInterval: 60,
  };
  return bench.peer().connect({ properties, cleanStart: false });
}

function entered(bench = new Bench({ methods })): Peer {
  const peer = begun('hello', bench).send(auth(0x18, 'one'), auth(0x18, 'two'));
  peer.take();
  return peer;
}

describe('enhanced authentication', () => {
  test('whose AUTH is larger than the client takes ends with 0x95 [5:MQTT-3.1.2-24]', () => {
    const properties = { authenticationMethod: 'TOY', maximumPacketSize: 10 };
    const peer = new Bench({ methods }).peer().connect({ properties });
    expect(told(peer.take())).toEqual(['connack 0x95']);
    expect(peer.closed).toBe(true);
  });

  test('goes back and forth until CONNACK, with its method in every packet [5:MQTT-4.12.0-2] [5:MQTT-4.12.0-3] [5:MQTT-4.12.0-5]', () => {
    const peer = begun();
    expect(answers(peer)).toEqual(['auth 0x18 TOY 1']);
    expect(answers(peer.send(auth(0x18, 'one')))).toEqual(['auth 0x18 TOY 2']);
    expect(answers(peer.send(auth(0x18, 'two')))).toEqual(['connack TOY welcome client']);
    expect(told(peer.send({ type: 'pingreq' }).take())).toEqual(['pingresp']);
  });

  test('may answer late', async () => {
    const peer = begun().send(auth(0x18, 'one'));
    peer.take();
    peer.sendAtOnce(auth(0x18, 'later'), { type: 'pingreq' });
    expect(peer.raw()).toHaveLength(0);
    await heard();
    expect(answers(peer)).toEqual(['connack TOY welcome client', 'pingresp']);
  });

  test.each([
    ['a method that is not known: 0x8C [5:MQTT-4.12.0-1]', { authenticationMethod: 'NONE' }, 'connack 0x8c'],
    ['a refusal', { authenticationMethod: 'TOY', authenticationData: utf8Bytes('refuse!') }, 'connack 0x87'],
    [
      'an exchange that throws',
      { authenticationMethod: 'TOY', authenticationData: utf8Bytes('throw!') },
      'connack 0x80',
    ],
    [
      'an exchange that accepts with more data than a packet holds',
      { authenticationMethod: 'TOY', authenticationData: utf8Bytes('large!') },
      'connack 0x95',
    ],
  ])('refuses %s', (_, properties, expected) => {
    const bench = new Bench({ methods });
    const peer = bench.peer().connect({ properties });
    expect(told(peer.take())).toEqual([expected]);
    expect(peer.closed).toBe(true);
    expect(bench.hub.sessionCount).toBe(0);
  });

  test('refuses where the exchange rejects', async () => {
    const peer = begun('reject!');
    await heard();
    expect(told(peer.take())).toEqual(['connack 0x80']);
  });

  test('refuses where a method cannot even begin', () => {
    const broken = new Map<string, ExchangeFactory>([['TOY', () => JSON.parse('{')]]);
    expect(told(begun('hello', new Bench({ methods: broken })).take())).toEqual(['connack 0x80']);
  });

  test.each<[string, Packet]>([
    ['another method in AUTH [5:MQTT-4.12.0-5]', auth(0x18, 'one', 'OTHER')],
    ['a PUBLISH meanwhile [5:MQTT-3.1.2-30]', publish('a', 'x')],
    ['re-authentication before there is anything to renew', auth(0x19, 'one')],
  ])('refuses %s', (_, packet) => {
    const peer = begun();
    peer.take();
    expect(told(peer.send(packet).take())).toEqual(['connack 0x82']);
    expect(peer.closed).toBe(true);
  });

  test('can be given up by the client with DISCONNECT [5:MQTT-3.1.2-30]', () => {
    const bench = new Bench({ methods });
    const peer = begun('hello', bench);
    peer.take();
    expect(told(peer.disconnect().take())).toEqual([]);
    expect([peer.closed, bench.hub.sessionCount, bench.hub.wheel.size]).toEqual([true, 0, 0]);
  });

  test('that answers after the time-out sends nothing more', async () => {
    const { asked, answers: open } = question<ExchangeStep>();
    const slow = new Map<string, ExchangeFactory>([['TOY', () => ({ step: asked })]]);
    const bench = new Bench({ methods: slow });
    const peer = begun('hello', bench);
    bench.pass(11);
    expect(told(peer.take())).toEqual(['connack 0x80']);
    open[0]?.resolve({ continue: utf8Bytes('more') });
    await heard();
    expect(peer.raw()).toHaveLength(0);
  });

  test('without a method, AUTH is an error [5:MQTT-4.12.0-6] [5:MQTT-4.12.0-7]', () => {
    const peer = new Bench({ methods }).peer().connected();
    expect(told(peer.send(auth(0x19, 'hello')).take())).toEqual(['disconnect 0x82']);
  });
});

describe('re-authentication', () => {
  test('goes back and forth until AUTH 0, while other packets go on [5:4.12.1]', () => {
    const peer = entered();
    expect(answers(peer.send(auth(0x19, 'again')))).toEqual(['auth 0x18 TOY 1']);
    expect(told(peer.send({ type: 'pingreq' }).take())).toEqual(['pingresp']);
    expect(answers(peer.send(auth(0x18, 'one')))).toEqual(['auth 0x18 TOY 2']);
    expect(answers(peer.send(auth(0x18, 'two')))).toEqual(['auth TOY welcome client']);
    expect(told(peer.send({ type: 'pingreq' }).take())).toEqual(['pingresp']);
  });

  test('may answer late', async () => {
    const peer = entered();
    peer.send(auth(0x19, 'again'), auth(0x18, 'one'));
    peer.take();
    peer.sendAtOnce(auth(0x18, 'later'), { type: 'pingreq' });
    expect(told(peer.take())).toEqual(['pingresp']);
    await heard();
    expect(answers(peer)).toEqual(['auth TOY welcome client']);
  });

  test('ends with the permissions of its answer', () => {
    const permissions = { mayPublish: () => true, maySubscribe: () => false };
    let times = 0;
    const factory: ExchangeFactory = () => ({
      step: () => ({
        accepted: { userName: 'toy', permissions: times++ === 0 ? ANYTHING_BUT_SYS : permissions },
      }),
    });
    const peer = begun('', new Bench({ methods: new Map([['TOY', factory]]) }));
    peer.take();
    expect(peer.subscribe('a').only('suback').reasonCodes).toEqual([2]);
    peer.send(auth(0x19, '')).take();
    expect(peer.subscribe('b').only('suback').reasonCodes).toEqual([0x87]);
  });

  test.each<[string, Packet, string]>([
    ['by another method [5:MQTT-4.12.1-1]', auth(0x19, 'hello', 'OTHER'), 'disconnect 0x82'],
    ['that is refused [5:MQTT-4.12.1-2]', auth(0x19, 'refuse!'), 'disconnect 0x87'],
    ['that throws [5:MQTT-4.12.1-2]', auth(0x19, 'throw!'), 'disconnect 0x80'],
    ['as somebody else', auth(0x19, 'other!'), 'disconnect 0x87'],
    ['whose data no packet can hold', auth(0x19, 'large!'), 'disconnect 0x80'],
    ['that was never begun', auth(0x18, 'one'), 'disconnect 0x82'],
  ])('%s ends the connection', (_, packet, expected) => {
    const peer = entered().send(packet);
    expect(told(peer.take())).toEqual([expected]);
    expect(peer.closed).toBe(true);
  });

  test('whose answer is awaited takes no second AUTH', async () => {
    const peer = entered();
    peer.send(auth(0x19, 'again'), auth(0x18, 'one'));
    peer.take();
    peer.sendAtOnce(auth(0x18, 'later'), auth(0x18, 'later'));
    expect(told(peer.take())).toEqual(['disconnect 0x82']);
    await heard();
    expect(peer.raw()).toHaveLength(0);
  });

  test('whose answer comes when the connection is gone changes nothing', async () => {
    const bench = new Bench({ methods });
    const peer = entered(bench);
    peer.send(auth(0x19, 'again'), auth(0x18, 'one'), auth(0x18, 'later'));
    peer.take();
    const fresh = begun('hello', bench).send(auth(0x18, 'one'), auth(0x18, 'two'));
    expect(peer.closed).toBe(true);
    peer.take();
    await heard();
    expect(peer.raw()).toHaveLength(0);
    expect(fresh.closed).toBe(false);
  });
});

test('permissions that throw say no', () => {
  const permissions = { mayPublish: () => JSON.parse('{'), maySubscribe: () => JSON.parse('{') };
  const peer = new Bench({ authenticate: () => ({ accepted: { userName: undefined, permissions } }) }).peer(
    MQTT_5_0,
  );
  peer.connected().publish('a', 'x', { qos: 1 }).subscribe('a');
  const [puback, suback] = peer.take();
  expect(puback).toMatchObject({ type: 'puback', reasonCode: 0x87 });
  expect(suback).toMatchObject({ type: 'suback', reasonCodes: [0x87] });
});
