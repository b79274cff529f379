/** Owns what a listener handed on, and the bytes that came of it. */

import type { Arrival } from '../../src/listeners/listener.ts';
import { eventually } from '../shell/sockets.ts';

export class Arrived {
  readonly arrival: Arrival;
  readonly #chunks: Buffer[] = [];
  #count = 0;
  over = false;

  constructor(arrival: Arrival) {
    this.arrival = arrival;
    arrival.duplex.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk);
      this.#count += chunk.length;
    });
    arrival.duplex.on('close', () => {
      this.over = true;
    });
    arrival.duplex.on('error', () => undefined);
  }

  get read(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  get text(): string {
    return this.read.toString();
  }

  /** As who takes it says of somebody who was let in. */
  known(): void {
    if (this.arrival.acquaintance === undefined) throw new Error('it does not ask');
    this.arrival.acquaintance.isKnown = () => true;
  }

  /** What was read, once it is so much. */
  async bytes(count: number): Promise<Buffer> {
    await eventually(() => this.#count >= count);
    return this.read;
  }
}
