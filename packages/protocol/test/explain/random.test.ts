/** Owns the proof that no bytes make `explain` throw, and that what it tells always covers them and agrees with the decoder. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodePacket } from '../../src/codec/index.ts';
import { explain, explainStream, leavesOf } from '../../src/explain/index.ts';
import { DIALECTS, type Dialect, PACKET_BYTES_MAX, type Side } from '../../src/spec/index.ts';
import { packetsFrom } from '../codec/generators.ts';
import { decoderFor, joined, vectors } from '../codec/rows.ts';
import { coverageProblems } from './trees.ts';

const dialect = fc.constantFrom<(Dialect | undefined)[]>(undefined, ...DIALECTS);
const sender = fc.constantFrom<(Side | undefined)[]>(undefined, 'client', 'server');
const vector = fc.constantFrom(...vectors.map((row) => joined(row.packets)));

/** Some bytes of a valid packet changed. */
const mutated = fc
  .tuple(
    vector,
    fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 }),
  )
  .map(([valid, changes]) => {
    const bytes = valid.slice();
    for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
    return bytes;
  });

const truncated = fc.tuple(vector, fc.nat()).map(([valid, at]) => valid.slice(0, at % valid.length));
const anything = fc.oneof(fc.uint8Array({ maxLength: 80 }), mutated, truncated);

describe('any bytes', () => {
  it('are explained without a throw, each in one place, and good only if read to the end', () => {
    fc.assert(
      fc.property(anything, dialect, sender, (bytes, dialect, sender) => {
        const packet = explain(bytes, { dialect, sender });
        expect(coverageProblems(packet)).toEqual([]);
        expect(packet.packet !== undefined).toBe(packet.state === 'good');
        expect(packet.fault !== undefined).toBe(packet.state === 'malformed');
        if (packet.state === 'good') {
          expect(leavesOf(packet.tree).every((leaf) => leaf.kind === 'field')).toBe(true);
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('get the verdict of the decoder of their dialect and sender', () => {
    fc.assert(
      fc.property(
        anything,
        fc.constantFrom(...DIALECTS),
        fc.constantFrom<Side[]>('client', 'server'),
        (bytes, dialect, sender) => {
          const isConnect = (bytes[0] ?? 0) >> 4 === 1 && sender === 'client';
          const decoder = decoderFor(sender, isConnect ? undefined : dialect, PACKET_BYTES_MAX);
          decoder.push(bytes);
          const { packet, fault } = explain(bytes, { dialect, sender });
          expect(packet ?? fault).toEqual(decoder.next());
        },
      ),
      { numRuns: 1500 },
    );
  });

  it('as a stream are explained in packets that lie side by side', () => {
    fc.assert(
      fc.property(fc.array(anything, { maxLength: 4 }), dialect, (parts, dialect) => {
        const bytes = joined(parts);
        let at = 0;
        for (const packet of explainStream(bytes, { dialect })) {
          expect(packet.offset).toBe(at);
          at += packet.bytes.length;
          if (packet.state === 'good') continue;
          break;
        }
        expect(at).toBeLessThanOrEqual(bytes.length);
      }),
      { numRuns: 500 },
    );
  });
});

describe.each(DIALECTS)('packets of MQTT $name', (dialect) => {
  it.each<Side>(['client', 'server'])('from a %s are told whole', (sender) => {
    fc.assert(
      fc.property(fc.oneof(...packetsFrom(sender, dialect)), (packet) => {
        const explained = explain(encodePacket(packet, dialect), { dialect, sender });
        expect(explained.packet?.type).toBe(packet.type);
        expect(coverageProblems(explained)).toEqual([]);
        expect(leavesOf(explained.tree).every((leaf) => leaf.kind === 'field')).toBe(true);
        expect(explained.summary.startsWith(packet.type.toUpperCase())).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});
