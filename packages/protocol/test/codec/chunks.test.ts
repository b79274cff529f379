/** Owns the proof that it does not matter how a stream is cut, and that memory follows what came, not what is announced. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Framer } from '../../src/codec/framer.ts';
import type { Decoder } from '../../src/codec/index.ts';
import { DIALECTS, type Fault, MQTT_3_1_1, MQTT_5_0, Reason } from '../../src/spec/index.ts';
import { bytesOf, decodeOne, decoderFor, decoderOf, drain, joined, vectors } from './rows.ts';

/** Own memory: what is read from a chunk is a view, and these tests write over chunks. */
function copied<T>(value: T): T {
  return structuredClone(value);
}

function readWhole(decoder: Decoder, bytes: Uint8Array): unknown[] {
  decoder.push(bytes);
  return drain(decoder).map(copied);
}

/** Pushes piece by piece, reading in between, and writes over every piece as soon as that is allowed. */
function readInPieces(decoder: Decoder, bytes: Uint8Array, cuts: readonly number[]): unknown[] {
  const read: unknown[] = [];
  const ends = [...new Set([...cuts.map((cut) => cut % bytes.length), bytes.length])].sort((a, b) => a - b);
  let at = 0;
  for (const end of ends) {
    const piece = bytes.slice(at, end);
    decoder.push(piece);
    read.push(...drain(decoder).map(copied));
    piece.fill(0xff);
    at = end;
    expect(decoder.keptBytes).toBeLessThanOrEqual(end);
  }
  return read;
}

const streams = DIALECTS.flatMap((dialect) =>
  (['client', 'server'] as const).map((sender) => {
    const rows = vectors.filter(
      (row) => row.dialect === dialect && row.sender === sender && !row.name.startsWith('connect-'),
    );
    const packets = rows.flatMap((row) => row.packets);
    return {
      name: dialect.name,
      dialect,
      sender,
      bytes: joined([...packets, ...packets.toReversed(), ...packets]),
    };
  }),
);

describe('a stream', () => {
  it.each(vectors)('of $name reads the same whole and byte by byte', (row) => {
    const bytes = joined(row.packets);
    const every = Array.from(bytes, (_, i) => i);
    const read = readInPieces(decoderOf(row), bytes, every);
    expect(read).toEqual([copied(decodeOne(decoderOf(row), bytes))]);
  });

  it.each(streams)('of a $sender in $name reads the same byte by byte', ({ bytes, dialect, sender }) => {
    const whole = readWhole(decoderFor(sender, dialect), bytes);
    expect(whole.length).toBeGreaterThan(15);
    expect(whole.some((one) => (one as Fault).type === 'fault')).toBe(false);
    const every = Array.from(bytes, (_, i) => i);
    expect(readInPieces(decoderFor(sender, dialect), bytes, every)).toEqual(whole);
  });

  it.each(streams)('of a $sender in $name reads the same split at random', ({ bytes, dialect, sender }) => {
    const whole = readWhole(decoderFor(sender, dialect), bytes);
    fc.assert(
      fc.property(fc.array(fc.nat({ max: bytes.length }), { maxLength: 30 }), (cuts) => {
        expect(readInPieces(decoderFor(sender, dialect), bytes, cuts)).toEqual(whole);
      }),
      { seed: 4, numRuns: 100 },
    );
  });

  it.each(streams)('of a $sender in $name reads the same pushed in bursts', ({ bytes, dialect, sender }) => {
    const whole = readWhole(decoderFor(sender, dialect), bytes);
    const burst = fc.record({ size: fc.integer({ min: 0, max: 40 }), reads: fc.integer({ min: 0, max: 3 }) });
    fc.assert(
      fc.property(fc.array(burst, { minLength: 1, maxLength: 60 }), (bursts) => {
        const decoder = decoderFor(sender, dialect);
        const read: unknown[] = [];
        let at = 0;
        for (const { size, reads } of bursts) {
          decoder.push(bytes.slice(at, at + size));
          at = Math.min(bytes.length, at + size);
          for (let k = 0; k < reads; k++) read.push(decoder.next());
          expect(decoder.keptBytes).toBeLessThanOrEqual(at);
        }
        decoder.push(bytes.slice(at));
        read.push(...drain(decoder));
        expect(read.filter((one) => one !== undefined)).toEqual(whole);
        expect(decoder.keptBytes).toBe(0);
      }),
      { seed: 5, numRuns: 100 },
    );
  });
});

describe('a chunk', () => {
  it('may be one Buffer written over again and again: a topic is always the one that is there now', () => {
    const buffer = Buffer.from(bytesOf('30 09 00 07 61 2f 30 30 30 30 30'));
    const decoder = decoderFor('client', MQTT_3_1_1);
    // More topics than the table of known strings has slots, each at the same place in the same memory.
    for (let i = 0; i < 10_000; i++) {
      const topic = `a/${String(i).padStart(5, '0')}`;
      buffer.write(topic, 4);
      decoder.push(buffer);
      expect(drain(decoder)).toMatchObject([{ topic }]);
    }
  });

  it('leaves payloads alone that later chunks are read behind', () => {
    const decoder = decoderFor('client', MQTT_3_1_1);
    const packet = bytesOf('30 06 00 01 61 01 02 03');
    decoder.push(packet.slice(0, 5));
    expect(decoder.next()).toBeUndefined();
    decoder.push(joined([packet.slice(5), bytesOf('c0 00 c0'), packet.slice(0, 0)]));
    const [first] = drain(decoder);
    decoder.push(joined([bytesOf('00'), bytesOf('30 06 00 01 61 07 08 09')]));
    drain(decoder);
    expect(first).toMatchObject({ payload: Uint8Array.of(1, 2, 3) });
  });
});

describe('memory', () => {
  const announced = bytesOf('30 ff ff ff 7f');

  it('is kept for what has come, not for the 268,435,455 bytes that a header announces', () => {
    const decoder = decoderFor('client', MQTT_5_0);
    decoder.push(announced);
    expect(decoder.next()).toBeUndefined();
    let arrived = announced.length;
    for (let k = 1; k <= 50; k++) {
      decoder.push(new Uint8Array(k * 7));
      arrived += k * 7;
      expect(decoder.next()).toBeUndefined();
      expect(decoder.keptBytes).toBe(arrived);
    }
  });

  it('is reserved for at most twice what has come and 64 bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 3_000 }), { minLength: 1, maxLength: 40 }), (sizes) => {
        const framer = new Framer();
        let arrived = 0;
        for (const size of sizes) {
          const chunk = new Uint8Array(size);
          if (arrived === 0) chunk.set(announced.subarray(0, size));
          framer.push(chunk);
          arrived += size;
          if (framer.header() >= 5) framer.fill(268_435_460);
          framer.settle();
          expect(framer.keptBytes).toBe(arrived);
          expect(framer.bytes.length).toBeLessThanOrEqual(2 * arrived + 64);
        }
      }),
      { seed: 6, numRuns: 200 },
    );
  });

  it('holds no more than the packet under way: what is behind a tail is read from its chunk', () => {
    const framer = new Framer();
    framer.push(bytesOf('40'));
    expect(framer.header()).toBe(1);
    framer.settle();
    framer.push(bytesOf('02 00 01 40 02 00 02'));
    expect(framer.header()).toBe(2);
    expect(framer.fill(4)).toBe(true);
    framer.advance(4);
    expect(framer.bytes.length - framer.at).toBe(4);
  });
});

describe('the maximum packet size', () => {
  it('is refused from the header, before the body has come [5:MQTT-3.1.2-24] [5:MQTT-3.2.2-15]', () => {
    const decoder = decoderFor('client', MQTT_5_0, 100);
    decoder.push(bytesOf('30 63'));
    expect(decoder.next()).toMatchObject({ type: 'fault', reasonCode: Reason.packetTooLarge });
    expect(decoder.keptBytes).toBe(0);
  });

  it('counts the header: a packet of just that size is read', () => {
    const decoder = decoderFor('client', MQTT_5_0, 7);
    decoder.push(bytesOf('30 05 00 01 61 00 78 30 06 00 01 61'));
    expect(drain(decoder)).toMatchObject([
      { topic: 'a' },
      { type: 'fault', reasonCode: Reason.packetTooLarge },
    ]);
  });

  it('holds for CONNECT, too', () => {
    const decoder = decoderFor('client', undefined, 1_000);
    decoder.push(bytesOf('10 ff ff ff 7f'));
    expect(decoder.next()).toMatchObject({ type: 'fault', reasonCode: Reason.packetTooLarge });
  });

  it('can change while the connection is open', () => {
    const decoder = decoderFor('client', MQTT_5_0, 1_000);
    decoder.maximumPacketSize = 4;
    decoder.push(bytesOf('30 05 00 01 61 00 78'));
    expect(decoder.next()).toMatchObject({ reasonCode: Reason.packetTooLarge });
  });
});
