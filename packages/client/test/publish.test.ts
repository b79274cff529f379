import { Reason } from '@anax/protocol';
import { describe, expect, test } from 'vitest';
import { type PublishRequest, Session } from '../src/index.ts';
import { connected, failure } from './support.ts';

const one: PublishRequest = { topic: 'a', payload: 'x', qos: 1 };
const two: PublishRequest = { topic: 'a', payload: 'x', qos: 2 };

describe('PUBLISH', () => {
  test('QoS 0 is settled when it is sent [5:MQTT-4.3.1-1]', () => {
    const { machine, sink } = connected();
    machine.publish({ topic: 'a', payload: 'x' }, 7, 0);
    expect(sink.taken()).toEqual(['30 05 00 01 61 00 78']);
    expect(sink.outcomes.get(7)).toMatchObject({ type: 'published', result: { reasonCode: 0 } });
  });

  test('QoS 1 is settled by PUBACK, with its reason code [5:MQTT-4.3.2-1] [5:MQTT-4.3.2-2]', () => {
    const { machine, sink, ...bench } = connected();
    machine.publish(one, 1, 0);
    expect(sink.taken()).toEqual(['32 07 00 01 61 00 01 00 78']);
    expect(sink.outcomes.size).toBe(0);
    bench.in('40 03 00 01 10');
    expect(sink.outcomes.get(1)).toMatchObject({ result: { reasonCode: Reason.noMatchingSubscribers } });
  });

  test('QoS 2 goes through PUBREC, PUBREL and PUBCOMP [5:MQTT-4.3.3-4] [5:MQTT-4.3.3-5]', () => {
    const { machine, sink, ...bench } = connected();
    machine.publish(two, 1, 0);
    bench.in('50 02 00 01');
    expect(sink.taken()).toEqual(['34 07 00 01 61 00 01 00 78', '62 02 00 01']);
    expect(sink.outcomes.size).toBe(0);
    bench.in('70 02 00 01');
    expect(sink.outcomes.get(1)).toMatchObject({ type: 'published', result: { reasonCode: 0 } });
  });

  test.each([
    ['PUBACK', one, '40 09 00 01 87 05 1f 00 02 6e 6f'],
    ['PUBREC', two, '50 09 00 01 87 05 1f 00 02 6e 6f'],
  ])('that %s refuses fails with the code and the Reason String', (_, request, text) => {
    const { machine, sink, ...bench } = connected();
    machine.publish(request, 1, 0);
    sink.taken();
    bench.in(text);
    expect(failure(sink, 1)).toMatchObject({ code: 'publish-refused', reasonCode: 0x87, side: 'server' });
    expect(String(failure(sink, 1))).toContain('no');
    expect(sink.taken()).toEqual([]);
  });

  test('waits while the Receive Maximum is used up, and keeps its order [5:MQTT-3.3.4-7] [5:MQTT-4.9.0-2]', () => {
    const { machine, sink, ...bench } = connected({}, '20 06 00 00 03 21 00 02');
    for (let ticket = 1; ticket <= 4; ticket++)
      machine.publish({ ...one, payload: String(ticket) }, ticket, 0);
    expect(sink.taken()).toEqual(['32 07 00 01 61 00 01 00 31', '32 07 00 01 61 00 02 00 32']);
    machine.publish({ topic: 'a', payload: '0' }, 9, 0);
    expect(sink.taken()).toEqual(['30 05 00 01 61 00 30']);
    bench.in('40 02 00 02');
    expect(sink.taken()).toEqual(['32 07 00 01 61 00 03 00 33']);
    bench.in('40 02 00 01 | 40 02 00 03');
    expect(sink.taken()).toEqual(['32 07 00 01 61 00 04 00 34']);
    expect([...sink.outcomes.keys()]).toEqual([9, 2, 1, 3]);
  });

  test('PUBREC does not free the Receive Maximum, PUBCOMP does [5:MQTT-4.9.0-2]', () => {
    const { machine, sink, ...bench } = connected({}, '20 06 00 00 03 21 00 01');
    machine.publish(two, 1, 0);
    machine.publish(two, 2, 0);
    bench.in('50 02 00 01');
    expect(sink.taken()).toEqual(['34 07 00 01 61 00 01 00 78', '62 02 00 01']);
    bench.in('70 02 00 01');
    expect(sink.taken()).toEqual(['34 07 00 01 61 00 02 00 78']);
  });

  test('is refused when the outbox is full, by count and by bytes', () => {
    const connack = '20 06 00 00 03 21 00 01';
    const full = expect.objectContaining({ code: 'outbox-full' });
    const count = connected({}, connack, new Session({ messagesMax: 1 }));
    for (let ticket = 1; ticket <= 2; ticket++) count.machine.publish(one, ticket, 0);
    expect(() => count.machine.publish(one, 3, 0)).toThrow(full);
    const bytes = connected({}, connack, new Session({ bytesMax: 1000 }));
    bytes.machine.publish(one, 1, 0);
    const large = { ...one, payload: new Uint8Array(1000) };
    expect(() => bytes.machine.publish(large, 2, 0)).toThrow(full);
  });

  test('makes room in the outbox where that is the policy, and tells whose message it was', () => {
    const session = new Session({ messagesMax: 1, whenFull: 'drop-oldest' });
    const { machine, sink, ...bench } = connected({}, '20 06 00 00 03 21 00 01', session);
    for (let ticket = 1; ticket <= 3; ticket++) machine.publish({ ...one, payload: `${ticket}` }, ticket, 0);
    expect(failure(sink, 2)).toMatchObject({ code: 'outbox-dropped' });
    sink.taken();
    bench.in('40 02 00 01');
    expect(sink.taken()).toEqual(['32 07 00 01 61 00 02 00 33']);
  });

  test('waits while as many bytes are under way as may wait', () => {
    const { machine, sink, ...bench } = connected({}, undefined, new Session({ bytesMax: 250 }));
    for (let ticket = 1; ticket <= 4; ticket++) machine.publish(one, ticket, 0);
    expect(sink.taken()).toHaveLength(3);
    bench.in('40 02 00 01');
    expect(sink.taken()).toEqual(['32 07 00 01 61 00 04 00 78']);
    bench.in('40 02 00 02 40 02 00 03 40 02 00 04');
    for (let ticket = 5; ticket <= 8; ticket++) machine.publish(one, ticket, 0);
    expect(sink.taken()).toHaveLength(3);
  });

  test('waits while the stream takes no bytes, at QoS 0, too, and nothing of its QoS overtakes it', () => {
    const { machine, sink } = connected();
    sink.congested = true;
    machine.publish({ topic: 'a', payload: '1' }, 1, 0);
    machine.publish(one, 2, 0);
    sink.congested = false;
    machine.publish({ topic: 'a', payload: '3' }, 3, 0);
    expect([sink.taken(), sink.outcomes.size]).toEqual([[], 0]);
    machine.drained(0);
    expect(sink.taken()).toEqual([
      '30 05 00 01 61 00 31',
      '32 07 00 01 61 00 01 00 78',
      '30 05 00 01 61 00 33',
    ]);
    expect([...sink.outcomes.keys()]).toEqual([1, 3]);
  });

  test('that has waited has what is left of its Message Expiry Interval, and is not sent when that is over [5:3.3.2.3.3]', () => {
    const { machine, sink, ...bench } = connected({}, '20 06 00 00 03 21 00 01');
    const until = (seconds: number) => ({ ...one, properties: { messageExpiryInterval: seconds } });
    machine.publish(until(10), 1, 0);
    machine.publish(until(10), 2, 0);
    machine.publish(until(3), 3, 0);
    sink.taken();
    bench.in('40 02 00 01', 3999);
    expect(sink.taken()).toEqual(['32 0c 00 01 61 00 02 05 02 00 00 00 07 78']);
    bench.in('40 02 00 02', 3999);
    expect(sink.taken()).toEqual([]);
    expect(failure(sink, 3)).toMatchObject({ code: 'outbox-expired' });
  });

  test.each([
    ['qos-not-supported', '20 05 00 00 02 24 01', two],
    ['qos-not-supported', '20 05 00 00 02 24 00', one],
    ['retain-not-supported', '20 05 00 00 02 25 00', { topic: 'a', payload: '', retain: true }],
    ['topic-alias-invalid', '20 03 00 00 00', { ...one, properties: { topicAlias: 1 } }],
    ['packet-too-large', '20 08 00 00 05 27 00 00 00 08', one],
    ['packet-too-large', '20 08 00 00 05 27 00 00 00 08', { topic: 'a', payload: 'xxxx' }],
    ['invalid-topic-name', '20 03 00 00 00', { topic: 'a/+', payload: '' }],
    ['invalid-topic-name', '20 03 00 00 00', { topic: '', payload: '' }],
    ['invalid-topic-name', '20 03 00 00 00', { topic: 'a', payload: '', properties: { responseTopic: '#' } }],
    ['invalid-qos', '20 03 00 00 00', { topic: 'a', payload: '', qos: 3 as 2 }],
    [
      'subscription-identifier-in-publish',
      '20 03 00 00 00',
      { topic: 'a', payload: '', properties: { subscriptionIdentifiers: [1] } },
    ],
  ] as const)(
    '%s after CONNACK %s is refused here: nothing is sent [5:MQTT-3.2.2-11] [5:MQTT-3.2.2-14] [5:MQTT-3.2.2-15] [5:MQTT-3.2.2-17] [5:MQTT-3.2.2-18] [5:MQTT-3.3.1-4] [5:MQTT-3.3.2-2] [5:MQTT-3.3.2-14] [5:MQTT-3.3.4-6] [5:MQTT-4.7.0-1] [5:MQTT-4.7.3-1]',
    (code, connack, request) => {
      const { machine, sink } = connected({}, connack);
      expect(() => machine.publish(request, 1, 0)).toThrow(expect.objectContaining({ code }));
      expect(sink.taken()).toEqual([]);
      expect(sink.outcomes.size).toBe(0);
    },
  );

  test('that was refused here leaves no packet identifier behind', () => {
    const { machine, sink, session } = connected({}, '20 08 00 00 05 27 00 00 00 08');
    expect(() => machine.publish(one, 1, 0)).toThrow();
    expect(session.outbox.size).toBe(0);
    expect(machine.phase.name).toBe('connected');
    expect(sink.closes).toBe(0);
  });

  test('takes a Topic Alias up to the Topic Alias Maximum of the server', () => {
    const { machine, sink } = connected({}, '20 06 00 00 03 22 00 01');
    machine.publish({ topic: 'a', payload: 'x', properties: { topicAlias: 1 } }, 1, 0);
    expect(sink.taken()).toEqual(['30 08 00 01 61 03 23 00 01 78']);
  });

  test('in 3.1.1 has no properties', () => {
    const { machine, sink } = connected({ dialect: '3.1.1' });
    const request = { ...one, properties: { contentType: 'a' } };
    expect(() => machine.publish(request, 1, 0)).toThrow(
      expect.objectContaining({ code: 'properties-not-supported' }),
    );
    machine.publish(one, 2, 0);
    expect(sink.taken()).toEqual(['32 06 00 01 61 00 01 78']);
  });

  test('is refused before CONNACK and after the end [5:MQTT-3.14.4-1]', () => {
    const { machine } = connected();
    machine.disconnect({}, 0);
    expect(() => machine.publish(one, 1, 0)).toThrow(expect.objectContaining({ code: 'not-connected' }));
  });
});

describe('answers the server should not have given', () => {
  test('PUBREC for an unknown identifier is answered with PUBREL 0x92 [5:3.6.2.1]', () => {
    const { sink, ...bench } = connected();
    bench.in('50 02 00 05');
    expect(sink.taken()).toEqual(['62 03 00 05 92']);
    bench.in('70 03 00 05 92');
    expect(sink.closes).toBe(0);
  });

  test.each([
    ['PUBACK for QoS 2', two, '40 02 00 01'],
    ['PUBREC for QoS 1', one, '50 02 00 01'],
    ['PUBCOMP before PUBREC', two, '70 02 00 01'],
  ])('%s ends the connection with 0x82', (_, request, text) => {
    const { machine, sink, ...bench } = connected();
    machine.publish(request, 1, 0);
    sink.taken();
    bench.in(text);
    expect(sink.taken()).toEqual(['e0 01 82']);
  });
});
