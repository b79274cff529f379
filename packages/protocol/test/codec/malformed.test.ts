/** Owns the proof that everything in `malformed.tsv` is refused, or waited for, as the standard says. */

import { describe, expect, it } from 'vitest';
import type { Decoder } from '../../src/codec/index.ts';
import { type Fault, reasonCodeFact } from '../../src/spec/index.ts';
import { decoderFor, decoderOf, drain, malformed, type Row } from './rows.ts';

/** Well-formed packets, wrong only for what went before: the connection machine refuses them, and is tested for it. */
const DECIDED_BY_STATE: readonly string[] = [
  'topic-alias-above-maximum-5',
  'topic-alias-unknown-5',
  'disconnect-session-expiry-raised-5',
  'auth-no-method-in-connect-5',
  'connack-session-present-unknown-5-server',
  'publish-before-connack-5-server',
  'connack-twice-5-server',
  'publish-topic-alias-5-server',
  'auth-no-method-in-connect-5-server',
  'publish-before-connack-311-server',
];

const waiting = malformed.filter((row) => row.last === 'wait');
const stateful = malformed.filter((row) => DECIDED_BY_STATE.includes(row.name));
const refused = malformed.filter((row) => !waiting.includes(row) && !stateful.includes(row));

/** A decoder that has read all but the last packet, which must be sound. */
function ready(row: Row): Decoder {
  const decoder = decoderFor(row.sender, row.sender === 'client' ? undefined : row.dialect);
  for (const packet of row.packets.slice(0, -1)) {
    decoder.push(packet);
    const read = drain(decoder);
    if (read.length !== 1 || read[0]?.type === 'fault') throw new Error(`${row.name} fails too early`);
  }
  return decoder;
}

function last(row: Row): Uint8Array {
  return row.packets.at(-1) ?? new Uint8Array();
}

/** Whether the fault, told in the decoder's dialect, is what `expectation` asks for. */
function meets(expectation: string, fault: Fault, decoder: Decoder): boolean {
  if (expectation === 'close') return true;
  const code = Number(expectation);
  if (code >= 0x80) return fault.reasonCode === code;
  return decoder.dialect?.reasonCodes === false && reasonCodeFact(fault.reasonCode)?.returnCode === code;
}

function expectRefusal(row: Row, decoder: Decoder, read: readonly unknown[]): void {
  expect(read).toHaveLength(1);
  const fault = read[0] as Fault;
  expect(fault.type).toBe('fault');
  const seen = `0x${fault.reasonCode.toString(16)}: ${fault.message}`;
  expect(
    row.last.split('|').some((one) => meets(one, fault, decoder)),
    `${seen}, not ${row.last}`,
  ).toBe(true);
  expect(fault.clause).toMatch(/^(\[(5|3\.1\.1):[\w.-]+\] ?)+$/);
  expect(fault.message).not.toBe('');
  expect(fault.offset).toBeGreaterThanOrEqual(0);
  expect(fault.offset).toBeLessThanOrEqual(last(row).length);
}

describe('malformed input', () => {
  it('is all here: no row of the table is left out', () => {
    expect(malformed).toHaveLength(219);
    expect([refused.length, waiting.length, stateful.length]).toEqual([206, 3, 10]);
    expect(stateful.map((row) => row.name).sort()).toEqual([...DECIDED_BY_STATE].sort());
  });

  it.each(refused)('$name is refused with the reason the table asks for: $last', (row) => {
    const decoder = ready(row);
    decoder.push(last(row));
    expectRefusal(row, decoder, drain(decoder));
    expect(decoder.keptBytes).toBe(0);
  });

  it.each(refused)('$name is refused the same byte by byte', (row) => {
    const decoder = ready(row);
    const read: unknown[] = [];
    for (const byte of last(row)) {
      decoder.push(Uint8Array.of(byte));
      read.push(...drain(decoder));
    }
    expectRefusal(row, decoder, read);
  });

  it.each(waiting)('$name is waited for', (row) => {
    const decoder = ready(row);
    decoder.push(last(row));
    expect(drain(decoder)).toEqual([]);
    expect(decoder.keptBytes).toBe(last(row).length);
  });

  it.each(stateful)('$name decodes: the connection, not the codec, refuses it', (row) => {
    const decoder = row.packets.length > 1 ? ready(row) : decoderOf(row);
    decoder.push(last(row));
    const read = drain(decoder);
    expect(read).toHaveLength(1);
    expect(read[0]?.type).not.toBe('fault');
  });

  it('ends the stream: after a fault nothing is read and nothing kept', () => {
    for (const row of refused) {
      const decoder = ready(row);
      decoder.push(last(row));
      drain(decoder);
      decoder.push(Uint8Array.of(0xc0, 0x00));
      expect(drain(decoder)).toEqual([]);
      expect(decoder.keptBytes).toBe(0);
    }
  });
});
