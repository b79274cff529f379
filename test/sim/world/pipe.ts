// One direction of a connection: bytes go in, come out later, in order, in other chunks; a cut loses what is under way.

import type { Chance } from './chance.ts';
import type { Clock } from './clock.ts';

/** How a network behaves, in milliseconds. */
export interface Weather {
  readonly delayMs: number;
  readonly jitterMs: number;
  /** Into how many pieces what is sent at once may fall; 0: every byte on its own. */
  readonly piecesMax: number;
}

interface Piece {
  readonly at: number;
  /** Undefined is the end of the stream. */
  readonly bytes: Uint8Array | undefined;
}

export interface Mouth {
  arrived(bytes: Uint8Array): void;
  ended(): void;
}

export class Pipe {
  /** Bytes sent and not yet arrived. */
  outstanding = 0;
  readonly #clock: Clock;
  readonly #chance: Chance;
  readonly #weather: Weather;
  readonly #mouth: Mouth;
  #pieces: Piece[] = [];
  #lastAt = 0;
  #open = true;

  constructor(clock: Clock, chance: Chance, weather: Weather, mouth: Mouth) {
    this.#clock = clock;
    this.#chance = chance;
    this.#weather = weather;
    this.#mouth = mouth;
  }

  /** Takes the bytes; the caller may not use them again. */
  send(bytes: Uint8Array): void {
    if (!this.#open) return;
    this.outstanding += bytes.length;
    const { piecesMax } = this.#weather;
    const count = piecesMax === 0 ? bytes.length : 1 + this.#chance.below(piecesMax);
    let from = 0;
    for (let left = count; left > 0 && from < bytes.length; left--) {
      const rest = bytes.length - from;
      const size = piecesMax === 0 ? 1 : left === 1 ? rest : 1 + this.#chance.below(rest);
      this.#put(bytes.subarray(from, from + size));
      from += size;
    }
  }

  /** Nothing follows what has been sent. */
  end(): void {
    if (!this.#open) return;
    this.#put(undefined);
    this.#open = false;
  }

  /** What is under way is lost, and nobody is told. */
  cut(): void {
    this.#open = false;
    this.#pieces = [];
    this.outstanding = 0;
  }

  #put(bytes: Uint8Array | undefined): void {
    const { delayMs, jitterMs } = this.#weather;
    const at = Math.max(this.#lastAt, this.#clock.now + delayMs + this.#chance.below(jitterMs + 1));
    this.#lastAt = at;
    this.#pieces.push({ at, bytes });
    this.#clock.at(at, () => this.#arrive());
  }

  /** One piece, or all that are due as one chunk. */
  #arrive(): void {
    const first = this.#pieces.shift();
    if (first === undefined) return;
    if (first.bytes === undefined) return this.#mouth.ended();
    const chunk = [first.bytes];
    if (this.#chance.below(2) === 0) {
      for (
        let next = this.#pieces[0];
        next?.bytes !== undefined && next.at <= this.#clock.now;
        next = this.#pieces[0]
      ) {
        this.#pieces.shift();
        chunk.push(next.bytes);
      }
    }
    const bytes = joined(chunk);
    this.outstanding -= bytes.length;
    this.#mouth.arrived(bytes);
  }
}

/** In memory of their own, which the receiver may find overwritten afterwards. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
