import { describe, expect, test } from 'vitest';
import type { ConnectOptions, Session } from '../src/index.ts';
import { type Bench, connected, connecting, failure } from './support.ts';

const keep: ConnectOptions = { clientId: 'c', cleanStart: false, properties: { sessionExpiryInterval: 60 } };

/** Ids 1 to 3 under way: QoS 1, QoS 2 released, QoS 2; ticket 4 waits. The connection is lost. */
function interrupted(options: ConnectOptions = keep, connack = '20 06 00 00 03 21 00 03'): Session {
  const { machine, session, ...bench } = connected(options, connack);
  machine.publish({ topic: 'a', payload: '1', qos: 1 }, 1, 0);
  machine.publish({ topic: 'a', payload: '2', qos: 2 }, 2, 0);
  machine.publish({ topic: 'a', payload: '3', qos: 2 }, 3, 0);
  bench.in('50 02 00 02');
  if (options.dialect === undefined) machine.publish({ topic: 'a', payload: '4', qos: 1 }, 4, 0);
  bench.in(options.dialect === undefined ? '34 06 00 01 61 00 09 00' : '34 05 00 01 61 00 09');
  machine.ended(undefined, 0);
  return session;
}

function again(connack: string, options: ConnectOptions = keep, session = interrupted()): Bench {
  const bench = connecting(options, session);
  bench.sink.taken();
  bench.in(connack);
  return bench;
}

describe('a session that the server kept', () => {
  test('has what was under way sent again in order, with DUP [5:MQTT-3.3.1-1] [5:MQTT-4.3.3-6] [5:MQTT-4.4.0-1] [5:MQTT-4.6.0-1]', () => {
    const { sink, ...bench } = again('20 03 01 00 00');
    expect(sink.taken()).toEqual([
      '3a 07 00 01 61 00 01 00 31',
      '3c 07 00 01 61 00 03 00 33',
      '62 02 00 02',
      '32 07 00 01 61 00 04 00 34',
    ]);
    bench.in('40 02 00 01 | 70 02 00 02 | 50 02 00 03 | 70 02 00 03 | 40 02 00 04');
    expect([...sink.outcomes.keys()]).toEqual([1, 2, 3, 4]);
  });

  test('keeps to the Receive Maximum of the new connection [5:MQTT-4.9.0-2]', () => {
    const { sink, session, ...bench } = again('20 06 01 00 03 21 00 02');
    expect(sink.taken()).toEqual(['3a 07 00 01 61 00 01 00 31', '62 02 00 02']);
    bench.in('70 02 00 02');
    expect(sink.taken()).toEqual(['3c 07 00 01 61 00 03 00 33']);
    bench.in('40 02 00 01');
    expect(sink.taken()).toEqual(['32 07 00 01 61 00 04 00 34']);
    expect(session.outbox.size).toBe(2);
  });

  test('gives up what the new connection cannot carry', () => {
    const { sink, session } = again('20 05 01 00 02 24 01');
    expect(sink.taken()).toEqual(['3a 07 00 01 61 00 01 00 31', '62 02 00 02', '32 07 00 01 61 00 04 00 34']);
    expect(failure(sink, 3)).toMatchObject({ code: 'qos-not-supported' });
    expect(session.outbox.has(3)).toBe(false);
  });

  test('knows QoS 2 messages that came before, and does not count them against the Receive Maximum', () => {
    const options = { ...keep, properties: { ...keep.properties, receiveMaximum: 1 } };
    const { sink, ...bench } = again('20 03 01 00 00', options);
    sink.taken();
    bench.in('3c 06 00 01 61 00 09 00 | 34 06 00 01 62 00 0a 00 | 62 02 00 09');
    expect(sink.messages.map(({ topic }) => topic)).toEqual(['b']);
    expect(sink.taken()).toEqual(['50 02 00 09', '50 02 00 0a', '70 02 00 09']);
  });

  test('resends in 3.1.1, and in 3.1, which cannot say whether it was kept [3.1.1:MQTT-2.3.1-3] [3.1.1:MQTT-3.3.1-1] [3.1.1:MQTT-4.4.0-1] [3.1.1:MQTT-4.6.0-1]', () => {
    for (const dialect of ['3.1.1', '3.1'] as const) {
      const options: ConnectOptions = { clientId: 'c', cleanStart: false, dialect };
      const session = interrupted(options, '20 02 00 00');
      const { sink } = again(dialect === '3.1' ? '20 02 00 00' : '20 02 01 00', options, session);
      expect(sink.taken()).toEqual(['3a 06 00 01 61 00 01 31', '3c 06 00 01 61 00 03 33', '62 02 00 02']);
    }
  });

  test('is none in 3.1 behind a clean session: nothing of it is sent again or taken for known [3.1.1:MQTT-3.1.2-6]', () => {
    const options: ConnectOptions = { clientId: 'c', dialect: '3.1' };
    const session = interrupted({ ...options, cleanStart: true }, '20 02 00 00');
    const { sink, ...bench } = again('20 02 00 00', { ...options, cleanStart: false }, session);
    expect(sink.taken()).toEqual(['32 06 00 01 61 00 04 31', '34 06 00 01 61 00 05 33']);
    bench.in('34 05 00 01 62 00 09');
    expect(sink.messages.map(({ topic }) => topic)).toEqual(['b']);
  });

  test('forgets topic aliases, which belonged to the connection [5:MQTT-3.3.2-7]', () => {
    const { machine, session } = connected(keep, '20 06 00 00 03 22 00 01');
    machine.publish({ topic: 'a', payload: '', qos: 1, properties: { topicAlias: 1 } }, 1, 0);
    machine.ended(undefined, 0);
    expect(again('20 03 01 00 00', keep, session).sink.taken()).toEqual(['3a 06 00 01 61 00 01 00']);
  });
});

describe('a session that the server lost', () => {
  test.each([
    ['Session Present 0', keep],
    ['a clean start', { ...keep, cleanStart: true }],
  ])(
    'after %s: what it never took begins anew, what it took and lost is told [5:MQTT-3.1.2-4] [5:MQTT-3.2.2-5]',
    (_, options) => {
      const { sink, session, ...bench } = again('20 03 00 00 00', options);
      expect(sink.taken()).toEqual([
        '32 07 00 01 61 00 04 00 31',
        '34 07 00 01 61 00 05 00 33',
        '32 07 00 01 61 00 06 00 34',
      ]);
      expect(failure(sink, 2)).toMatchObject({ code: 'session-lost' });
      expect(session.inbox.size).toBe(0);
      bench.in('34 06 00 01 61 00 09 00');
      expect(sink.messages).toHaveLength(1);
    },
  );
});

describe('a CONNECT for a new session that was never answered', () => {
  /** Connect Flags of the CONNECT that follows, with which the application asks for the session it had. */
  function next(dialect: '3.1' | '3.1.1' | '5.0', answer?: string): string {
    const asked: ConnectOptions = { dialect, clientId: 'c', keepAlive: 0 };
    const { session, machine, ...first } = connecting({ ...asked, cleanStart: true });
    if (answer !== undefined) first.in(answer);
    machine.ended(undefined, 0);
    const { sink } = connecting({ ...asked, cleanStart: false }, session);
    return sink.taken()[0]?.split(' ')[dialect === '3.1' ? 11 : 9] ?? '';
  }

  test('is asked again: nobody knows which session the server has [5:MQTT-3.1.2-4] [3.1.1:MQTT-3.1.2-6]', () => {
    expect([next('5.0'), next('3.1')]).toEqual(['02', '02']);
  });

  test('is not, where a session that is present can only be the old one', () => {
    expect(next('3.1.1')).toBe('00');
  });

  test('is not once it has been answered', () => {
    expect([next('5.0', '20 03 00 00 00'), next('3.1', '20 02 00 00')]).toEqual(['00', '00']);
  });
});

describe('a session that ended with its connection', () => {
  /** A QoS 1 message under way as 1, the connection lost, then CONNACK with Session Present: what is sent. */
  function after(options: ConnectOptions, goodbye?: number): readonly string[] {
    const asked: ConnectOptions = { clientId: 'c', cleanStart: false, keepAlive: 0, ...options };
    const { session, machine } = connected(asked);
    machine.publish({ topic: 'a', payload: '1', qos: 1 }, 1, 0);
    if (goodbye !== undefined) machine.disconnect({ properties: { sessionExpiryInterval: goodbye } }, 0);
    machine.ended(undefined, 0);
    return again('20 03 01 00 00', asked, session).sink.taken();
  }
  const lasting: ConnectOptions = { properties: { sessionExpiryInterval: 60 } };

  test('is not the one that is present: what was under way begins anew [5:3.1.2.11.2]', () => {
    const anew = ['32 07 00 01 61 00 02 00 31'];
    expect(after({})).toEqual(anew);
  });

  test('is, where it was to last; a DISCONNECT that ends it may not have come', () => {
    const goesOn = ['3a 07 00 01 61 00 01 00 31'];
    expect([after(lasting), after(lasting, 0)]).toEqual([goesOn, goesOn]);
  });
});
