// What passed on one connection, in order: the bytes sent, packet by packet as they were given, and the bytes seen.
// Owns the record; explains nothing.

import type { Dialect } from '@anax/protocol';

export type Event = 'opened' | 'closed by the broker' | 'closed by the audit';

export interface Passed {
  /** Milliseconds since the connection was opened. */
  readonly atMs: number;
  readonly what: { readonly sent: Uint8Array } | { readonly seen: Uint8Array } | { readonly event: Event };
}

/** What is kept of one connection. */
export interface TranscriptRecord {
  readonly label: string;
  readonly dialect: Dialect;
  readonly passed: readonly Passed[];
  /** Bytes that are not in the record. */
  readonly leftOutBytes: number;
}

/** More than this of one connection is not kept, in bytes: the rest is counted. */
const TRANSCRIPT_BYTES_MAX = 256 * 1024;

export class Transcript implements TranscriptRecord {
  readonly label: string;
  readonly dialect: Dialect;
  readonly passed: Passed[] = [];
  leftOutBytes = 0;
  readonly #openedAt = performance.now();
  #bytes = 0;

  constructor(label: string, dialect: Dialect) {
    this.label = label;
    this.dialect = dialect;
  }

  sent(bytes: Uint8Array): void {
    this.#add({ sent: bytes }, bytes.length);
  }

  seen(bytes: Uint8Array): void {
    this.#add({ seen: bytes }, bytes.length);
  }

  event(event: Event): void {
    this.#add({ event }, 0);
  }

  /** As it stands now: the connection may go on. */
  copy(): TranscriptRecord {
    const { label, dialect, passed, leftOutBytes } = this;
    return { label, dialect, passed: [...passed], leftOutBytes };
  }

  #add(what: Passed['what'], bytes: number): void {
    if (this.#bytes + bytes > TRANSCRIPT_BYTES_MAX) {
      this.leftOutBytes += bytes;
      return;
    }
    this.#bytes += bytes;
    this.passed.push({ atMs: performance.now() - this.#openedAt, what });
  }
}
