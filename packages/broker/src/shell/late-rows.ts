// The rows of a store that is opened later than the hub is made: until then there are none.

import type { RowSource } from '../hub/writes.ts';

export class LateRows implements RowSource {
  source: RowSource | undefined;

  get(key: Uint8Array): Uint8Array | undefined {
    return this.source?.get(key);
  }

  range(from: Uint8Array, to: Uint8Array, limit?: number): ReturnType<RowSource['range']> {
    return this.source?.range(from, to, limit) ?? [];
  }
}
