// One direction of a link: what goes in comes out later, in order, in other chunks, as fast as the line is, up to a byte
// where nothing passes any more. Knows neither end.

import type { Chance } from '../world/chance.ts';
import type { Clock } from '../world/clock.ts';
import { joined, type Weather } from '../world/pipe.ts';

/** A line, and how fast it is. */
export interface Line extends Weather {
  readonly bytesPerMs: number;
}

interface Piece {
  readonly at: number;
  readonly bytes: Uint8Array | undefined;
  /** What follows the bytes: nothing, the end in order, or nothing ever more. */
  readonly then: 'more' | 'end' | 'stop';
}

export interface Mouth {
  arrived(bytes: Uint8Array): void;
  ended(): void;
  /** The byte has passed behind which nothing does. */
  stopped(): void;
}

export class Stream {
  /** Bytes taken from the sender and not yet arrived. */
  outstanding = 0;
  /** After so many bytes nothing passes. */
  stopAtBytes: () => number = () => Number.POSITIVE_INFINITY;
  readonly #clock: Clock;
  readonly #chance: Chance;
  readonly #line: () => Line;
  readonly #mouth: Mouth;
  #pieces: Piece[] = [];
  #sentBytes = 0;
  #lastAt = 0;
  #isOpen = true;
  #flows = true;
  /** The receiver does not read; the line is jammed. */
  #isPaused = false;
  #isJammed = false;

  constructor(clock: Clock, chance: Chance, line: () => Line, mouth: Mouth) {
    this.#clock = clock;
    this.#chance = chance;
    this.#line = line;
    this.#mouth = mouth;
  }

  get flows(): boolean {
    return this.#flows;
  }

  /** Takes the bytes; the caller may not use them again. */
  send(bytes: Uint8Array): void {
    if (!this.#isOpen || bytes.length === 0) return;
    this.outstanding += bytes.length;
    if (!this.#flows) return;
    const room = this.stopAtBytes() - this.#sentBytes;
    this.#sentBytes += bytes.length;
    this.#split(bytes.length < room ? bytes : bytes.subarray(0, room));
    if (bytes.length < room) return;
    this.#flows = false;
    this.#put(undefined, 'stop');
  }

  /** Nothing follows what has been sent. */
  end(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    if (this.#flows) this.#put(undefined, 'end');
  }

  /** What is under way is lost, and nobody is told; the sender may go on, and nothing comes of it. */
  swallow(): void {
    this.#flows = false;
    this.#pieces = [];
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#goOn();
  }

  /** Nothing arrives for a while; then all of it does. */
  jam(forMs: number): void {
    this.#isJammed = true;
    this.#clock.after(forMs, () => {
      this.#isJammed = false;
      this.#goOn();
    });
  }

  #goOn(): void {
    for (const { at } of this.#pieces) {
      if (at > this.#clock.now) return;
      this.#clock.after(0, this.#arrive);
    }
  }

  #split(bytes: Uint8Array): void {
    const { piecesMax } = this.#line();
    // Byte by byte, but not what is large: that is only slow.
    const isSmall = bytes.length <= 60;
    const count = piecesMax === 0 ? (isSmall ? bytes.length : 8) : 1 + this.#chance.below(piecesMax);
    let from = 0;
    for (let left = count; left > 0 && from < bytes.length; left--) {
      const rest = bytes.length - from;
      const size = piecesMax === 0 && isSmall ? 1 : left === 1 ? rest : 1 + this.#chance.below(rest);
      this.#put(bytes.subarray(from, from + size), 'more');
      from += size;
    }
  }

  #put(bytes: Uint8Array | undefined, then: Piece['then']): void {
    const { delayMs, jitterMs, bytesPerMs } = this.#line();
    const leaves = this.#clock.now + delayMs + this.#chance.below(jitterMs + 1);
    const at = Math.max(this.#lastAt, leaves) + (bytes?.length ?? 0) / bytesPerMs;
    this.#lastAt = at;
    this.#pieces.push({ at, bytes, then });
    this.#clock.at(at, this.#arrive);
  }

  /** One piece, or all that are due as one chunk. */
  readonly #arrive = (): void => {
    if (this.#isPaused || this.#isJammed || !this.#isDue()) return;
    const first = this.#pieces.shift() as Piece;
    if (first.then === 'end') return this.#mouth.ended();
    if (first.then === 'stop') return this.#mouth.stopped();
    const chunk = [first.bytes as Uint8Array];
    if (this.#chance.below(2) === 0) {
      while (this.#isDue() && this.#pieces[0]?.then === 'more') {
        chunk.push(this.#pieces.shift()?.bytes as Uint8Array);
      }
    }
    const bytes = joined(chunk);
    this.outstanding -= bytes.length;
    this.#mouth.arrived(bytes);
  };

  #isDue(): boolean {
    const [first] = this.#pieces;
    return first !== undefined && first.at <= this.#clock.now;
  }
}
