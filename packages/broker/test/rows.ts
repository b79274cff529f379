/** Owns a store as the hub sees it, in memory: what is committed. */

import type { RowSource, Write } from '../src/hub/writes.ts';
import { fromHex } from './bytes.ts';

export class StoredRows implements RowSource {
  readonly rows = new Map<string, Uint8Array>();

  get(key: Uint8Array): Uint8Array | undefined {
    return this.rows.get(hex(key));
  }

  *range(from: Uint8Array, to: Uint8Array, limit = Number.POSITIVE_INFINITY) {
    const [start, end] = [hex(from), hex(to)];
    const keys = [...this.rows.keys()].filter((key) => key >= start && key < end).sort();
    for (const key of keys.slice(0, limit)) {
      yield { key: fromHex(key), value: new Uint8Array(this.rows.get(key) as Uint8Array) };
    }
  }

  write(writes: readonly Write[]): void {
    const keys = new Set(writes.map(({ key }) => hex(key)));
    if (keys.size < writes.length) throw new Error('a key occurs twice in a batch');
    for (const { key, value } of writes) {
      if (value === undefined) this.rows.delete(hex(key));
      else this.rows.set(hex(key), new Uint8Array(value));
    }
  }

  /** How many rows there are of a table, or in all. */
  count(table?: number): number {
    const keys = [...this.rows.keys()];
    return table === undefined ? keys.length : keys.filter((key) => fromHex(key)[0] === table).length;
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
