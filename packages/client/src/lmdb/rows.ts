// The rows of an outbox in LMDB: one transaction for each group, on the disk before it is told. Knows not what rows mean.

import { join, resolve } from 'node:path';
import { MqttError } from '@anax/protocol';
import { type OutboxRow, type OutboxWrite, type RowStore, storeError } from '../outbox/row-store.ts';
import { type Environment, openEnvironment } from './environment.ts';
import { discardEmpty, makeDirectory, syncDirectory } from './file.ts';
import { takeOwnership } from './owner.ts';

const KEY_BYTES = 8;

export class LmdbRows implements RowStore {
  readonly #directory: string;
  #environment: Environment | undefined;
  #writing: Promise<unknown> | undefined;
  #giveUp: (() => Promise<void>) | undefined;

  constructor(directory: string) {
    this.#directory = resolve(directory);
  }

  async open(): Promise<readonly OutboxRow[]> {
    const directory = this.#directory;
    let giveUp: (() => Promise<void>) | undefined;
    let environment: Environment | undefined;
    try {
      makeDirectory(directory);
      giveUp = await takeOwnership(directory);
      const path = join(directory, 'outbox.mdb');
      discardEmpty(path);
      environment = openEnvironment(path);
      syncDirectory(directory);
      const rows = Array.from(environment.getRange({}), ({ key, value }) => ({
        key: Number(key.readBigUInt64BE(0)),
        value: new Uint8Array(value),
      }));
      this.#environment = environment;
      this.#giveUp = giveUp;
      return rows;
    } catch (error) {
      await environment?.close();
      await giveUp?.();
      throw explained(directory, 'opened', error);
    }
  }

  async write(writes: readonly OutboxWrite[]): Promise<void> {
    const environment = this.#environment;
    if (environment === undefined)
      throw storeError('store-failed', `the outbox in ${this.#directory} is closed`);
    if (writes.length === 0) return;
    try {
      this.#writing = environment.batch(() => {
        for (const { key, value } of writes) {
          if (value === undefined) void environment.remove(keyBytes(key));
          else void environment.put(keyBytes(key), value);
        }
      });
      await this.#writing;
    } catch (error) {
      throw explained(this.#directory, 'written', await causeOf(error));
    } finally {
      this.#writing = undefined;
    }
  }

  async close(): Promise<void> {
    const environment = this.#environment;
    this.#environment = undefined;
    await this.#writing?.catch(() => {});
    await environment?.close().catch(() => {});
    await this.#giveUp?.();
    this.#giveUp = undefined;
  }
}

function keyBytes(key: number): Buffer {
  const bytes = Buffer.alloc(KEY_BYTES);
  bytes.writeBigUInt64BE(BigInt(key));
  return bytes;
}

/** The promise of a batch says only that it failed; another one, which it brings along, says why. */
async function causeOf(error: unknown): Promise<unknown> {
  if (!(error instanceof Error) || !('commitError' in error)) return error;
  try {
    await error.commitError;
    return error;
  } catch (cause) {
    return cause;
  }
}

/** LMDB's numbers are negative, the system's positive; Node has names. */
const FULL: readonly unknown[] = [-30792, 27, 28, 122, 'ENOSPC', 'EFBIG', 'EDQUOT'];
const DAMAGED: readonly unknown[] = [-30793, -30794, -30796, -30797];

function explained(directory: string, done: 'opened' | 'written', error: unknown): MqttError {
  if (error instanceof MqttError) return error;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const problem = FULL.includes(code)
    ? 'store-full'
    : DAMAGED.includes(code)
      ? 'store-damaged'
      : 'store-failed';
  const said = error instanceof Error ? error.message : String(error);
  return storeError(problem, `the outbox in ${directory} cannot be ${done}: ${said}`, error);
}
