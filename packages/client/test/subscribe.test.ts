import { describe, expect, test } from 'vitest';
import { connected, failure } from './support.ts';

describe('SUBSCRIBE', () => {
  test('sends every option and settles with one result for each filter [5:MQTT-3.8.4-6]', () => {
    const { machine, sink, session, ...bench } = connected();
    const filters = [
      { topicFilter: 'a', qos: 1, noLocal: true, retainAsPublished: true, retainHandling: 2 },
      { topicFilter: '$share/g/+', qos: 2 },
    ] as const;
    machine.subscribe(filters, { subscriptionIdentifiers: [5] }, 3, 0);
    expect(sink.taken()).toEqual(['82 16 00 01 02 0b 05 00 01 61 2d 00 0a 24 73 68 61 72 65 2f 67 2f 2b 02']);
    bench.in('90 05 00 01 00 00 9e');
    expect(sink.outcomes.get(3)).toMatchObject({
      type: 'filters',
      result: {
        filters: [
          { topicFilter: 'a', reasonCode: 0 },
          { topicFilter: '$share/g/+', reasonCode: 0x9e },
        ],
      },
    });
    expect([...session.subscriptions.keys()]).toEqual(['a']);
  });

  test('in 3.1.1 sends the QoS alone and takes 0x80 for a refusal', () => {
    const { machine, sink, ...bench } = connected({ dialect: '3.1.1' });
    machine.subscribe([{ topicFilter: 'a', qos: 1 }], {}, 3, 0);
    expect(sink.taken()).toEqual(['82 06 00 01 00 01 61 01']);
    bench.in('90 03 00 01 80');
    expect(sink.outcomes.get(3)).toMatchObject({
      result: { filters: [{ topicFilter: 'a', reasonCode: 0x80 }] },
    });
  });

  test('UNSUBSCRIBE settles with one result for each filter, in 3.1.1 without codes', () => {
    for (const dialect of ['5.0', '3.1.1'] as const) {
      const five = dialect === '5.0';
      const { machine, sink, session, ...bench } = connected({ dialect });
      machine.subscribe([{ topicFilter: 'a' }], {}, 1, 0);
      bench.in(five ? '90 04 00 01 00 00' : '90 03 00 01 00');
      sink.taken();
      machine.unsubscribe(['a', 'b'], {}, 2, 0);
      expect(sink.taken()).toEqual([
        five ? 'a2 09 00 02 00 00 01 61 00 01 62' : 'a2 08 00 02 00 01 61 00 01 62',
      ]);
      bench.in(five ? 'b0 05 00 02 00 00 11' : 'b0 02 00 02');
      expect(sink.outcomes.get(2)).toMatchObject({
        result: {
          filters: [
            { topicFilter: 'a', reasonCode: 0 },
            { topicFilter: 'b', reasonCode: five ? 0x11 : 0 },
          ],
        },
      });
      expect(session.subscriptions.size).toBe(0);
    }
  });

  test.each([
    ['wildcard-subscriptions-not-supported', '28 00', { topicFilter: '#' }, {}],
    ['shared-subscriptions-not-supported', '2a 00', { topicFilter: '$share/g/a' }, {}],
    [
      'subscription-identifiers-not-supported',
      '29 00',
      { topicFilter: 'a' },
      { subscriptionIdentifiers: [1] },
    ],
    ['no-local-on-shared', '', { topicFilter: '$share/g/a', noLocal: true }, {}],
    ['invalid-topic-filter', '', { topicFilter: 'a#' }, {}],
    ['invalid-topic-filter', '', { topicFilter: '$share//a' }, {}],
    ['invalid-property', '', { topicFilter: 'a' }, { subscriptionIdentifiers: [1, 2] }],
    ['packet-too-large', '27 00 00 00 06', { topicFilter: 'aaaa' }, {}],
  ])(
    '%s is refused here after CONNACK with %s [5:MQTT-3.2.2-15] [5:MQTT-3.8.3-4] [5:MQTT-4.7.1-1] [5:MQTT-4.8.2-1]',
    (code, property, filter, properties) => {
      const size = property === '' ? 0 : property.split(' ').length;
      const { machine, sink } = connected({}, `20 ${hexByte(3 + size)} 00 00 ${hexByte(size)} ${property}`);
      expect(() => machine.subscribe([filter], properties, 1, 0)).toThrow(expect.objectContaining({ code }));
      expect(sink.taken()).toEqual([]);
    },
  );

  test('has no options but QoS in 3.1.1', () => {
    const { machine } = connected({ dialect: '3.1.1' });
    const code = 'subscription-options-not-supported';
    expect(() => machine.subscribe([{ topicFilter: 'a', noLocal: true }], {}, 1, 0)).toThrow(
      expect.objectContaining({ code }),
    );
  });

  test.each([
    ['a SUBACK with too few codes', '90 04 00 01 00 00'],
    ['an UNSUBACK for a SUBSCRIBE', 'b0 05 00 01 00 00 00'],
  ])('%s ends the connection, and what waits fails', (_, text) => {
    const { machine, sink, ...bench } = connected();
    machine.subscribe([{ topicFilter: 'a' }, { topicFilter: 'b' }], {}, 4, 0);
    sink.taken();
    bench.in(text);
    expect(sink.taken()).toEqual(['e0 01 82']);
    expect(failure(sink, 4)).toMatchObject({ code: 'protocol-violation' });
  });

  test('and PUBLISH never share a packet identifier [5:MQTT-2.2.1-3]', () => {
    const { machine, sink } = connected();
    machine.subscribe([{ topicFilter: 'a' }], {}, 1, 0);
    machine.publish({ topic: 'a', payload: '', qos: 1 }, 2, 0);
    machine.unsubscribe(['a'], {}, 3, 0);
    expect(sink.taken().map((packet) => packet.match(/00 0[123](?= 00$| 00 00 01 61)/)?.[0])).toEqual([
      '00 01',
      '00 02',
      '00 03',
    ]);
  });
});

function hexByte(value: number): string {
  return value.toString(16).padStart(2, '0');
}
