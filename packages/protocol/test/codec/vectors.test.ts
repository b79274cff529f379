/** Owns the proof that every packet of `data/vectors.tsv` is read for what it is and written as it was. */

import { describe, expect, it } from 'vitest';
import { encodePacket } from '../../src/codec/index.ts';
import { NO_PROPERTIES, PACKET_TYPES, PROPERTIES } from '../../src/spec/index.ts';
import { expected } from './expected.ts';
import { bytesOf, decodeOne, decoderOf, hexOf, joined, vectors } from './rows.ts';

/** Legal packets that are not the shortest that say the same: what is written instead, and why that is the same. */
const WRITTEN_OTHERWISE: Readonly<Record<string, { readonly hex: string; readonly why: string }>> = {
  'disconnect-5-taken-over': {
    hex: 'e0 01 8e',
    why: 'a property length of 0 may be left out [5:3.14.2.2.1]',
  },
};

describe('valid packets', () => {
  it('are all here: no row of the table is left out', () => {
    expect(vectors).toHaveLength(92);
    const known = new Set(vectors.map((row) => row.name));
    expect(Object.keys(expected).filter((name) => !known.has(name))).toEqual([]);
  });

  it.each(vectors)('$name is read and written again: $last', (row) => {
    const packet = decodeOne(decoderOf(row), joined(row.packets));
    const written = WRITTEN_OTHERWISE[row.name]?.hex ?? hexOf(joined(row.packets));
    expect(hexOf(encodePacket(packet, row.dialect))).toBe(written);
    expect(decodeOne(decoderOf(row), bytesOf(written))).toEqual(packet);
  });

  it.each(Object.entries(expected))('%s has the values it should have', (name, wanted) => {
    const row = vectors.find((one) => one.name === name);
    if (row === undefined) throw new Error(`no vector ${name}`);
    const packet = decodeOne(decoderOf(row), joined(row.packets));
    expect(packet).toEqual(wanted);
    if (!('properties' in packet && 'properties' in wanted)) return;
    expect(Object.keys(packet.properties)).toEqual(Object.keys(wanted.properties));
    if (Object.keys(wanted.properties).length === 0) expect(packet.properties).toBe(NO_PROPERTIES);
  });

  it('have values checked for every packet type and, among them, every property', () => {
    const names = new Set(Object.values(expected).map((packet) => packet.type));
    expect([...names].sort()).toEqual(PACKET_TYPES.flatMap((fact) => fact?.name ?? []).sort());
    const properties = new Set<string>();
    for (const packet of Object.values(expected)) {
      if ('properties' in packet) for (const name of Object.keys(packet.properties)) properties.add(name);
      if (packet.type === 'connect')
        for (const name of Object.keys(packet.will?.properties ?? {})) properties.add(name);
    }
    expect([...properties].sort()).toEqual(Object.keys(PROPERTIES).sort());
  });

  it('tell payload and binary data as views into the chunk', () => {
    for (const row of vectors) {
      const chunk = joined(row.packets);
      const packet = decodeOne(decoderOf(row), chunk);
      if (packet.type === 'publish') expect(packet.payload.buffer).toBe(chunk.buffer);
      if (packet.type === 'connect' && packet.password) expect(packet.password.buffer).toBe(chunk.buffer);
    }
  });
});
