/** Owns the proof that every packet of the tables is covered byte for byte, and that faults are the decoder's own. */

import { describe, expect, it } from 'vitest';
import { explain, leavesOf } from '../../src/explain/index.ts';
import { PROPERTIES } from '../../src/spec/index.ts';
import { decoderOf, joined, malformed, type Row, vectors } from '../codec/rows.ts';
import { allOf, coverageProblems } from './trees.ts';

function lastOf(row: Row): Uint8Array {
  return row.packets.at(-1) ?? new Uint8Array(0);
}

function explainRow(row: Row) {
  return explain(lastOf(row), { dialect: row.dialect, sender: row.sender });
}

describe('valid packets', () => {
  it.each(vectors)('$name: every byte is in one field', (row) => {
    const packet = explainRow(row);
    expect(packet.state).toBe('good');
    expect(packet.dialect).toBe(row.dialect);
    expect(packet.bytes).toHaveLength(joined(row.packets).length);
    expect(coverageProblems(packet)).toEqual([]);
    expect(leavesOf(packet.tree).every((leaf) => leaf.kind === 'field')).toBe(true);
  });

  it.each(vectors)('$name: everything that is told has its clause in the right standard', (row) => {
    const prefix = row.dialect.properties ? '[5:' : '[3.1.1:';
    const told = allOf(explainRow(row).tree).slice(1);
    expect(told.filter((node) => !node.clause.startsWith(prefix)).map((node) => node.name)).toEqual([]);
  });

  it('show every property that MQTT 5 has, by the name in the standard', () => {
    const names = new Set(vectors.flatMap((row) => allOf(explainRow(row).tree)).map((node) => node.name));
    const missing = Object.values(PROPERTIES).filter(({ title }) => !names.has(title));
    expect(missing).toEqual([]);
  });

  it('are taken to be from whoever may send them where nobody tells', () => {
    const states = vectors.map((row) => explain(lastOf(row), { dialect: row.dialect }).state);
    expect(new Set(states)).toEqual(new Set(['good']));
  });
});

describe('malformed packets', () => {
  it.each(malformed)('$name: what the decoder says, and every byte in its place', (row) => {
    const decoder = decoderOf(row);
    decoder.push(lastOf(row));
    const wanted = decoder.next();
    const packet = explainRow(row);
    expect(packet.fault).toEqual(wanted?.type === 'fault' ? wanted : undefined);
    expect(packet.packet).toEqual(wanted?.type === 'fault' ? undefined : wanted);
    expect(coverageProblems(packet)).toEqual([]);
  });

  const refused = malformed.filter((row) => explainRow(row).fault !== undefined);

  it('are most of the table: the others wait for more, or are wrong only in their state', () => {
    expect(refused.length).toBeGreaterThanOrEqual(200);
  });

  it.each(refused)('$name: no field is told beyond the fault', (row) => {
    const { fault, tree } = explainRow(row);
    const late = leavesOf(tree).filter(
      // The header is always told.
      (leaf) => leaf.kind === 'field' && leaf.offset > (fault?.offset ?? 0) && leaf.offset > 1,
    );
    expect(late).toEqual([]);
  });
});
