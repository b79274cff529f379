// The keys of what is kept: a table, and two numbers whose meaning the table gives. 13 bytes that sort as the numbers do.

/** The first byte of a key. Table 0 is the store's own. */
export const TABLE = {
  /** session number, 0 */
  session: 1,
  /** session number, number of the subscription */
  subscription: 2,
  /** session number, place in the queue: the order in which messages are sent for the first time */
  delivery: 3,
  /** session number, place in the order of PUBREC: PUBREL was sent, PUBCOMP is awaited */
  release: 4,
  /** session number, packet identifier of a QoS 2 message that came and is not released */
  arrival: 5,
  /** 0, number of the retained message */
  retained: 6,
  /** 0, number of a message that more than one row names */
  message: 7,
} as const;

export type Table = (typeof TABLE)[keyof typeof TABLE];

export const KEY_BYTES = 13;
/** Numbers in keys have 48 bits. */
export const NUMBER_MAX = 2 ** 48 - 1;

export interface KeyParts {
  readonly table: number;
  readonly first: number;
  readonly second: number;
}

export function keyOf(table: Table, first: number, second: number): Uint8Array {
  const key = new Uint8Array(KEY_BYTES);
  key[0] = table;
  write48(key, 1, first);
  write48(key, 7, second);
  return key;
}

/** Undefined where it is no such key. */
export function keyParts(key: Uint8Array): KeyParts | undefined {
  const table = key[0];
  if (key.length !== KEY_BYTES || table === undefined) return undefined;
  return { table, first: read48(key, 1), second: read48(key, 7) };
}

/** From the first key of a table to the first behind it. */
export function tableRange(table: Table): readonly [from: Uint8Array, to: Uint8Array] {
  return [Uint8Array.of(table), Uint8Array.of(table + 1)];
}

export function write48(bytes: Uint8Array, at: number, value: number): void {
  const high = Math.floor(value / 0x1_0000_0000);
  const low = value >>> 0;
  bytes[at] = high >>> 8;
  bytes[at + 1] = high;
  bytes[at + 2] = low >>> 24;
  bytes[at + 3] = low >>> 16;
  bytes[at + 4] = low >>> 8;
  bytes[at + 5] = low;
}

export function read48(bytes: Uint8Array, at: number): number {
  let value = 0;
  for (let i = at; i < at + 6; i++) value = value * 256 + (bytes[i] as number);
  return value;
}
