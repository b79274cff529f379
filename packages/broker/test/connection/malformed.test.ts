/** Owns the reaction of a fresh connection to every malformed stream that a client could send. */

import { readFileSync } from 'node:fs';
import { DIALECTS, type Dialect } from '@anax/protocol';
import { describe, expect, test } from 'vitest';
import { Bench, fromHex } from '../bench.ts';

interface Row {
  readonly name: string;
  readonly dialect: Dialect;
  readonly bytes: Uint8Array;
  readonly expect: readonly string[];
}

const TABLE = new URL('../../../conformance/data/malformed.tsv', import.meta.url);

const rows: readonly Row[] = readFileSync(TABLE, 'utf8')
  .split('\n')
  .slice(1)
  .map((line) => line.split('\t'))
  .filter(([, , direction]) => direction === 'client')
  .map(([name = '', protocol, , hex = '', , outcomes = '']) => ({
    name,
    dialect: DIALECTS.find((one) => one.name === protocol) as Dialect,
    bytes: fromHex(hex),
    expect: outcomes.split('|'),
  }));

/** What happened, in the words of the table; whatever came before the last answer was in order. */
function reaction(row: Row, chunks: readonly Uint8Array[]): string {
  const bench = new Bench();
  // An answer may be in another dialect than the row's: to an unknown level, say.
  const peer = bench.peer(row.dialect).bytes(...chunks);
  const raw = peer.raw();
  if (!peer.closed) return suback(raw) ?? 'wait';
  const code = lastCode(raw, row.dialect);
  return code === undefined || code === 0 ? 'close' : `0x${code.toString(16).padStart(2, '0')}`;
}

/** The code of the last CONNACK or DISCONNECT among short packets. */
function lastCode(raw: Uint8Array, dialect: Dialect): number | undefined {
  let code: number | undefined;
  for (let at = 0; at < raw.length; ) {
    let length = 0;
    let body = at + 1;
    for (let shift = 0; ; shift += 7) {
      const byte = raw[body++] as number;
      length |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    const type = (raw[at] as number) >> 4;
    if (type === 2) code = raw[body + 1];
    if (type === 14) code = raw[body];
    if (type === 14) expect(dialect.serverDisconnect).toBe(true);
    at = body + length;
  }
  return code;
}

function suback(raw: Uint8Array): string | undefined {
  const last = raw.at(-1) as number;
  return raw.includes(0x90) && last >= 0x80 ? `suback:0x${last.toString(16)}` : undefined;
}

/** `close` is right wherever a code may be sent: sending one is never a must. */
function allowed(row: Row): readonly string[] {
  return row.expect.includes('wait') ? row.expect : [...row.expect, 'close'];
}

test('the table has all 181 rows of what clients get wrong', () => {
  expect(rows).toHaveLength(181);
});

describe.each(rows)('$name', (row) => {
  test('whole', () => {
    expect(allowed(row)).toContain(reaction(row, [row.bytes]));
  });

  test('byte by byte', () => {
    const bytes = Array.from(row.bytes, (byte) => Uint8Array.of(byte));
    expect(allowed(row)).toContain(reaction(row, bytes));
  });

  test('and nobody else hears of it', () => {
    const bench = new Bench();
    const other = bench.peer().connected({ clientId: 'other' }).subscribed('#');
    bench.peer(row.dialect).bytes(row.bytes);
    expect(other.take()).toEqual([]);
    expect(other.closed).toBe(false);
    expect(bench.hub.subscriptionCount).toBe(1);
  });
});

test('an error on an open 5.0 connection is told with its code, and never only by closing [5:MQTT-4.13.1-1]', () => {
  const silent = rows.filter(
    (row) => row.dialect.serverDisconnect && !row.expect.includes('wait') && !row.name.startsWith('connect-'),
  );
  const told = silent.filter((row) => reaction(row, [row.bytes]) !== 'close').map(({ name }) => name);
  const untold = silent.map(({ name }) => name).filter((name) => !told.includes(name));
  expect(untold).toEqual(['publish-before-connect-5', 'pingreq-before-connect-5', 'auth-before-connect-5']);
});
