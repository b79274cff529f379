// How far what is to be stored has been written, and who waits for more.

import type { SocketWire } from './socket-wire.ts';

export interface Commits {
  /** All batches up to this one are as durable as the store promises. */
  committed: number;
  readonly waiting: Set<SocketWire>;
}
