// What is used of the platform: IndexedDB, and locks by name. Declared here and not taken from the types of the DOM, of
// which a worker has a part.

export interface Requested<Result> {
  readonly result: Result;
  readonly error: unknown;
  onsuccess: (() => void) | null;
  onerror: (() => void) | null;
}

export interface ObjectStore {
  put(value: Uint8Array, key: number): unknown;
  delete(key: number): unknown;
  /** Both in the order of the keys. */
  getAll(): Requested<readonly Uint8Array[]>;
  getAllKeys(): Requested<readonly number[]>;
}

export interface Transaction {
  readonly error: unknown;
  oncomplete: (() => void) | null;
  onabort: (() => void) | null;
  abort(): void;
  objectStore(name: string): ObjectStore;
}

export interface Database {
  createObjectStore(name: string): unknown;
  transaction(
    store: string,
    mode: 'readonly' | 'readwrite',
    options?: { readonly durability: 'strict' },
  ): Transaction;
  close(): void;
}

export interface Opening extends Requested<Database> {
  onupgradeneeded: (() => void) | null;
}

interface Locks {
  /** The lock is held until what `held` returns has settled. */
  request(name: string, options: { readonly signal: AbortSignal }, held: () => Promise<void>): Promise<void>;
}

interface Global {
  readonly indexedDB?: { open(name: string, version: number): Opening };
  /** Locks only where the page came over TLS or from this machine. */
  readonly navigator?: { readonly locks?: Locks };
}

export const platform = globalThis as unknown as Global;
