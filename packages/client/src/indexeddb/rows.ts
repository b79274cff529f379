// The rows of an outbox in IndexedDB: one transaction for each group, which is complete when the browser says that it is on
// the disk. Knows not what rows mean.

import { MqttError } from '@anax/protocol';
import { type OutboxRow, type OutboxWrite, type RowStore, storeError } from '../outbox/row-store.ts';
import { takeOwnership } from './owner.ts';
import { type Database, platform, type Requested, type Transaction } from './platform.ts';

const VERSION = 1;
const ROWS = 'rows';

export class IndexedDbRows implements RowStore {
  readonly #name: string;
  #database: Database | undefined;
  #writing: Promise<void> | undefined;
  #giveUp: (() => void) | undefined;

  constructor(name: string) {
    this.#name = name;
  }

  async open(): Promise<readonly OutboxRow[]> {
    let giveUp: (() => void) | undefined;
    let database: Database | undefined;
    try {
      giveUp = await takeOwnership(this.#name);
      database = await opened(this.#name);
      const store = database.transaction(ROWS, 'readonly').objectStore(ROWS);
      const [keys, values] = await Promise.all([answered(store.getAllKeys()), answered(store.getAll())]);
      this.#database = database;
      this.#giveUp = giveUp;
      return keys.map((key, index) => ({ key, value: values[index] ?? NOTHING }));
    } catch (error) {
      database?.close();
      giveUp?.();
      throw explained(this.#name, 'opened', error);
    }
  }

  async write(writes: readonly OutboxWrite[]): Promise<void> {
    const database = this.#database;
    if (database === undefined) throw storeError('store-failed', `the outbox ${this.#name} is closed`);
    if (writes.length === 0) return;
    try {
      this.#writing = written(database, writes);
      await this.#writing;
    } catch (error) {
      throw explained(this.#name, 'written', error);
    } finally {
      this.#writing = undefined;
    }
  }

  async close(): Promise<void> {
    const database = this.#database;
    this.#database = undefined;
    await this.#writing?.catch(() => {});
    database?.close();
    this.#giveUp?.();
    this.#giveUp = undefined;
  }
}

const NOTHING = new Uint8Array(0);

function opened(name: string): Promise<Database> {
  const { indexedDB } = platform;
  if (indexedDB === undefined) throw storeError('store-failed', 'there is no IndexedDB here');
  const opening = indexedDB.open(name, VERSION);
  opening.onupgradeneeded = () => opening.result.createObjectStore(ROWS);
  return answered(opening);
}

function written(database: Database, writes: readonly OutboxWrite[]): Promise<void> {
  const transaction = database.transaction(ROWS, 'readwrite', { durability: 'strict' });
  const completed = completion(transaction);
  try {
    const store = transaction.objectStore(ROWS);
    for (const { key, value } of writes) {
      if (value === undefined) store.delete(key);
      // What is put is copied with all of its buffer.
      else store.put(value.byteLength === value.buffer.byteLength ? value : value.slice(), key);
    }
    return completed;
  } catch (error) {
    completed.catch(() => {});
    transaction.abort();
    throw error;
  }
}

function completion(transaction: Transaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
  });
}

function answered<Result>(request: Requested<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function explained(name: string, done: 'opened' | 'written', error: unknown): MqttError {
  if (error instanceof MqttError) return error;
  const isFull = error instanceof Error && error.name === 'QuotaExceededError';
  return storeError(
    isFull ? 'store-full' : 'store-failed',
    `the outbox ${name} cannot be ${done}: ${String(error)}`,
    error,
  );
}
