// The port of durability for an outbox: a small table of rows under numbers, written in groups, all or nothing. What rows
// mean is not its business. An implementation is held to the contract in `test/outbox/contract.ts`.

import { MqttError } from '@anax/protocol';

export interface OutboxRow {
  /** A whole number from 0 up to 2^53 - 1. */
  readonly key: number;
  readonly value: Uint8Array;
}

/** One row to be written; `undefined` removes it. */
export interface OutboxWrite {
  readonly key: number;
  readonly value: Uint8Array | undefined;
}

export interface RowStore {
  /**
   * Opens it, makes it where there is none, and gives all rows in the order of their keys, the caller's to keep.
   * @throws MqttError `store-in-use` where somebody else has it open, this process included; `store-damaged`,
   * `store-full` or `store-failed`. Then nothing is left open.
   */
  open(): Promise<readonly OutboxRow[]>;

  /**
   * Writes a group of rows, all or none of them; no key occurs twice. Resolves once they are as durable as this store
   * promises. The caller waits for one group before it gives the next, and leaves the bytes as they are until then.
   * @throws MqttError `store-full` or `store-failed`, where nothing was written.
   */
  write(writes: readonly OutboxWrite[]): Promise<void>;

  /** Waits for a group under way, then gives everything back; it may be opened again. Never rejects. */
  close(): Promise<void>;
}

export type StoreProblem =
  | 'store-in-use'
  | 'store-mismatch'
  | 'store-damaged'
  | 'store-full'
  | 'store-failed';

export function storeError(problem: StoreProblem, message: string, cause?: unknown): MqttError {
  return new MqttError(problem, message, {}, cause === undefined ? {} : { cause });
}
