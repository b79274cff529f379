/** Owns what holds for every packet and for every byte: what is written is read again, and nothing breaks the reader. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Decoder, encodePacket, type Packet } from '../../src/codec/index.ts';
import { DIALECTS, type Dialect, type Fault, Reason, type Side } from '../../src/spec/index.ts';
import { packetsFrom } from './generators.ts';
import { decodeOne, decoderFor, decoderOf, drain, joined, type Row, vectors } from './rows.ts';

const SENDERS: readonly Side[] = ['client', 'server'];
const pairs = SENDERS.flatMap((sender) =>
  DIALECTS.map((dialect) => ({ sender, dialect, name: dialect.name })),
);

/** Decodes anything: every outcome is a packet or one fault that is not a defect of ours. */
function readAnything(decoder: Decoder, bytes: Uint8Array): readonly Packet[] {
  decoder.push(bytes);
  const read = drain(decoder);
  const faults = read.filter((one): one is Fault => one.type === 'fault');
  expect(faults.length).toBeLessThanOrEqual(1);
  for (const fault of faults) {
    expect(fault.reasonCode, fault.message).not.toBe(Reason.implementationSpecificError);
    expect(fault.offset).toBeLessThanOrEqual(bytes.length);
    expect(fault.clause).not.toBe('');
  }
  return read.filter((one): one is Packet => one.type !== 'fault');
}

function decoderAs(sender: Side, dialect: Dialect, packet: Packet): Decoder {
  return decoderFor(sender, packet.type === 'connect' ? undefined : dialect);
}

interface Change {
  readonly at: number;
  readonly byte: number;
  readonly kind: 'replace' | 'insert' | 'remove';
}

const change: fc.Arbitrary<Change> = fc.record({
  at: fc.nat({ max: 90 }),
  byte: fc.integer({ min: 0, max: 255 }),
  kind: fc.constantFrom('replace', 'replace', 'insert', 'remove'),
});

function changed(row: Row, changes: readonly Change[]): Uint8Array {
  const bytes = Array.from(joined(row.packets));
  for (const { at, byte, kind } of changes) {
    bytes.splice(at % bytes.length, kind === 'insert' ? 0 : 1, ...(kind === 'remove' ? [] : [byte]));
  }
  return Uint8Array.from(bytes);
}

describe('generated packets', () => {
  it.each(pairs)('of a $sender in $name are read as they were written', ({ sender, dialect }) => {
    for (const packets of packetsFrom(sender, dialect)) {
      fc.assert(
        fc.property(packets, (packet) => {
          const read = decodeOne(decoderAs(sender, dialect, packet), encodePacket(packet, dialect));
          expect(read).toEqual(packet);
          if ('properties' in packet && 'properties' in read) {
            expect(Object.keys(read.properties)).toEqual(Object.keys(packet.properties));
          }
        }),
        { seed: 1, numRuns: 60 },
      );
    }
  });
});

describe('arbitrary bytes', () => {
  it.each(pairs)('from a $sender in $name never throw and are never a defect', ({ sender, dialect }) => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.boolean(), (bytes, first) => {
        readAnything(decoderFor(sender, first && sender === 'client' ? undefined : dialect), bytes);
      }),
      { seed: 2, numRuns: 2_000 },
    );
  });

  it('in vectors that were changed never throw, and what is still a packet can be written and read again', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...vectors),
        fc.array(change, { minLength: 1, maxLength: 3 }),
        (row, changes) => {
          const decoder = decoderOf(row);
          for (const packet of readAnything(decoder, changed(row, changes))) {
            const dialect = decoder.dialect ?? row.dialect;
            const written = encodePacket(packet, dialect);
            expect(decodeOne(decoderAs(row.sender, dialect, packet), written)).toEqual(packet);
          }
        },
      ),
      { seed: 3, numRuns: 20_000 },
    );
  });
});
