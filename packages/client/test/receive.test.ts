import { describe, expect, test } from 'vitest';
import { bytes, connected, connecting, table } from './support.ts';

describe('messages from the server', () => {
  test('QoS 0 needs no answer', () => {
    const { sink, ...bench } = connected();
    bench.in('31 05 00 01 61 00 78');
    expect(sink.messages[0]).toMatchObject({ topic: 'a', qos: 0, retain: true, dup: false, packetId: 0 });
    expect(sink.messages[0]?.text()).toBe('x');
    expect(sink.taken()).toEqual([]);
  });

  test('own their payload and correlation data', () => {
    const { sink, machine } = connected();
    const chunk = bytes('30 09 00 01 61 04 09 00 01 63 78');
    machine.receive(chunk, 0);
    chunk.fill(0);
    expect(sink.messages[0]?.payload).toEqual(bytes('78'));
    expect(sink.messages[0]?.properties.correlationData).toEqual(bytes('63'));
  });

  test('QoS 1 is acknowledged with PUBACK, each time it comes [5:MQTT-4.3.2-4] [5:MQTT-4.3.2-5]', () => {
    const { sink, ...bench } = connected();
    bench.in('32 07 00 01 61 00 09 00 78 | 3a 07 00 01 61 00 09 00 78');
    expect(sink.messages).toHaveLength(2);
    expect(sink.taken()).toEqual(['40 02 00 09', '40 02 00 09']);
  });

  test('QoS 2 is passed on once, until PUBREL frees its identifier [5:MQTT-4.3.3-8] [5:MQTT-4.3.3-10] [5:MQTT-4.3.3-11] [5:MQTT-4.3.3-12]', () => {
    const { sink, ...bench } = connected();
    bench.in('34 07 00 01 61 00 09 00 78 | 3c 07 00 01 61 00 09 00 78');
    expect(sink.messages).toHaveLength(1);
    bench.in('62 02 00 09 | 34 07 00 01 61 00 09 00 78');
    expect(sink.messages).toHaveLength(2);
    expect(sink.taken()).toEqual(['50 02 00 09', '50 02 00 09', '70 02 00 09', '50 02 00 09']);
  });

  test('PUBREL for an unknown identifier is answered with 0x92 [5:3.7.2.1]', () => {
    const { sink, ...bench } = connected();
    bench.in('62 02 00 09');
    expect(sink.taken()).toEqual(['70 03 00 09 92']);
  });

  test('that are taken later are acknowledged in the order they came [5:MQTT-4.6.0-2] [5:MQTT-4.6.0-3]', () => {
    const { machine, sink, ...bench } = connected();
    sink.takes = ({ packetId }) => packetId === 2;
    bench.in('32 06 00 01 61 00 01 00 | 34 06 00 01 61 00 02 00 | 32 06 00 01 61 00 03 00');
    expect(sink.taken()).toEqual([]);
    const [first, , third] = sink.messages;
    if (first === undefined || third === undefined) throw new Error('three messages were sent');
    machine.acknowledge(third, 0);
    expect(sink.taken()).toEqual([]);
    machine.acknowledge(first, 0);
    expect(sink.taken()).toEqual(['40 02 00 01', '50 02 00 02', '40 02 00 03']);
    machine.acknowledge(first, 0);
    expect(sink.taken()).toEqual([]);
  });

  test('more than our Receive Maximum ends the connection with 0x93 [5:MQTT-3.3.4-9]', () => {
    const { sink, ...bench } = connected({ properties: { receiveMaximum: 2 } });
    sink.takes = () => false;
    bench.in('32 06 00 01 61 00 01 00 | 34 06 00 01 61 00 02 00 | 3c 06 00 01 61 00 02 00');
    expect(sink.taken()).toEqual([]);
    bench.in('32 06 00 01 61 00 03 00');
    expect(sink.taken()).toEqual(['e0 01 93']);
    expect(sink.messages).toHaveLength(2);
  });

  test('released ones make room for others', () => {
    const { sink, ...bench } = connected({ properties: { receiveMaximum: 1 } });
    for (let round = 0; round < 3; round++) bench.in('34 06 00 01 61 00 02 00 | 62 02 00 02');
    expect(sink.messages).toHaveLength(3);
    expect(sink.closes).toBe(0);
  });

  test('come by Topic Alias up to our Topic Alias Maximum [5:MQTT-3.1.2-26] [5:MQTT-3.3.2-10] [5:MQTT-3.3.2-11]', () => {
    const { sink, ...bench } = connected({ properties: { topicAliasMaximum: 1 } });
    bench.in('30 07 00 01 61 03 23 00 01 | 30 06 00 00 03 23 00 01');
    expect(sink.messages.map(({ topic }) => topic)).toEqual(['a', 'a']);
    bench.in('30 07 00 01 61 03 23 00 02');
    expect(sink.taken()).toEqual(['e0 01 94']);
  });

  test('by aliases hold no more than so many characters at once: 0x97', () => {
    const { machine, sink } = connected({ properties: { topicAliasMaximum: 65_535 } });
    for (let alias = 1; alias <= 257; alias++) {
      const topic = new Uint8Array(65_535).fill(0x61);
      const packet = [0x30, 0x85, 0x80, 0x04, 0xff, 0xff, ...topic, 3, 0x23, alias >> 8, alias & 255];
      machine.receive(Uint8Array.from(packet), 0);
      if (sink.closes > 0) break;
    }
    expect(sink.messages).toHaveLength(256);
    expect(sink.taken()).toEqual(['e0 01 97']);
  });

  test('are not read while the machine is paused, and none is lost', () => {
    const { machine, sink, ...bench } = connected();
    sink.takes = () => {
      machine.pause();
      return true;
    };
    bench.in('30 04 00 01 61 00 | 30 04 00 01 62 00');
    bench.in('30 04 00 01 63 00');
    expect(sink.messages.map(({ topic }) => topic)).toEqual(['a']);
    machine.resume(0);
    machine.resume(0);
    expect(sink.messages.map(({ topic }) => topic)).toEqual(['a', 'b', 'c']);
  });

  test.each([
    ['5.0', '32 06 00 01 61 00 01 00 | 32 06 00 01 61 00 02 00'],
    ['3.1.1', '32 05 00 01 61 00 01 | 32 05 00 01 61 00 02'],
  ] as const)(
    'in %s a sink that disconnects from within a message gets no more, and nothing is sent behind DISCONNECT [5:MQTT-3.14.4-1] [3.1.1:MQTT-3.14.4-2]',
    (dialect, text) => {
      const { machine, sink, ...bench } = connected({ dialect });
      sink.takes = () => {
        machine.disconnect({}, 0);
        return true;
      };
      bench.in(text);
      expect(sink.messages).toHaveLength(1);
      expect(sink.taken()).toEqual(['e0 00']);
    },
  );
});

test('the same bytes in any chunks give the same calls', () => {
  const server = table('vectors.tsv').filter(({ name = '' }) => /^publish-5-(qos0|all|qos2|sub)/.test(name));
  const stream = bytes(`20 03 00 00 00 ${server.map((row) => row['hex']).join(' ')} d0 00`);
  const results = [stream.length, 1, 2, 3, 7].map((size) => {
    const { machine, sink } = connecting({ properties: { topicAliasMaximum: 10 } });
    for (let at = 0; at < stream.length; at += size) machine.receive(stream.subarray(at, at + size), 0);
    return { sent: sink.sent, messages: sink.messages, closes: sink.closes };
  });
  expect(results[0]?.messages.length).toBeGreaterThan(1);
  expect(results[0]?.closes).toBe(0);
  for (const result of results) expect(result).toEqual(results[0]);
});
