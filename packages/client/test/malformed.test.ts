import { reasonCodeAllowed } from '@anax/protocol';
import { describe, expect, test } from 'vitest';
import { bytes, connecting, hex, table } from './support.ts';

const rows = table('malformed.tsv').filter(({ direction }) => direction === 'server');

test('the table has rows from a server', () => {
  expect(rows.length).toBeGreaterThanOrEqual(38);
});

describe.each([
  ['whole', (all: Uint8Array) => [all]],
  ['byte by byte', (all: Uint8Array) => Array.from(all, (byte) => Uint8Array.of(byte))],
])('what no server may send, %s', (_, cut) => {
  test.each(rows)('$name is refused: $why', ({ protocol, hex: text = '', expect: wanted = '' }) => {
    const dialect = protocol as '5.0' | '3.1.1' | '3.1';
    const { machine, sink } = connecting({ dialect, clientId: 'a', cleanStart: true });
    for (const chunk of cut(bytes(text))) machine.receive(chunk, 0);
    expect(sink.closes).toBe(1);
    const phase = machine.phase;
    if (phase.name !== 'closing') throw new Error(`the machine is ${phase.name}`);
    const { reason } = phase;
    expect(reason.code).toBe('protocol-violation');
    expect(reason.error?.clause).toMatch(/\[5:|\[3\.1\.1:/);
    const codes = wanted
      .split('|')
      .filter((one) => one !== 'close')
      .map(Number);
    if (dialect === '5.0') expect(codes).toContain(reason.reasonCode);
    // DISCONNECT where the dialect has it and CONNACK has come; else closing alone.
    const accepted = sink.negotiated !== undefined && dialect === '5.0';
    const code = reason.reasonCode ?? 0;
    expect(reasonCodeAllowed(code, 'disconnect', 'client')).toBe(true);
    expect(sink.sent.slice(1)).toEqual(accepted ? [`e0 01 ${hex(Uint8Array.of(code))}`] : []);
    machine.receive(bytes('30 03 00 01 61'), 0);
    expect(sink.messages).toEqual([]);
    machine.ended(undefined, 0);
    expect(sink.reason).toBe(reason);
  });
});

describe('a server that breaks the protocol otherwise', () => {
  test.each([
    ['an unknown PUBACK', '40 02 00 01'],
    ['an unknown SUBACK', '90 04 00 01 00 00'],
    ['an unknown UNSUBACK', 'b0 04 00 01 00 00'],
    ['CONNECT', '10 0d 00 04 4d 51 54 54 05 02 00 3c 00 00 00'],
    ['packet type 0', '00 00'],
    ['PUBLISH with an alias that was not set', '30 06 00 00 03 23 00 01'],
  ])('%s is answered with DISCONNECT 0x81, 0x82 or 0x94', (_, text) => {
    const { machine, sink, ...bench } = connecting();
    bench.in('20 03 00 00 00');
    bench.in(text);
    expect(sink.sent.at(-1)).toMatch(/^e0 01 (81|82|94)$/);
    expect(machine.phase.name).toBe('closing');
  });

  test('DISCONNECT before CONNACK is a violation, too [5:MQTT-3.14.0-1]', () => {
    const bench = connecting();
    bench.in('e0 01 87');
    expect(bench.machine.phase).toMatchObject({ name: 'closing', reason: { code: 'protocol-violation' } });
    expect(bench.sink.sent).toHaveLength(1);
  });

  test('a packet over our Maximum Packet Size is refused from its header with 0x95 [5:MQTT-3.1.2-24]', () => {
    const bench = connecting({ properties: { maximumPacketSize: 20 } });
    bench.in('20 03 00 00 00 | 30 13');
    expect(bench.sink.sent.at(-1)).toBe('e0 01 95');
  });

  test('problem information that was declined is refused [5:MQTT-3.1.2-29]', () => {
    const bench = connecting({ properties: { requestProblemInformation: false } });
    bench.in('20 03 00 00 00');
    bench.machine.publish({ topic: 'a', payload: '', qos: 1 }, 1, 0);
    bench.in('40 08 00 01 00 04 1f 00 01 61');
    expect(bench.sink.sent.at(-1)).toBe('e0 01 82');
  });
});
