// Who is connected through one listener, for its limit. A listener without one keeps nothing.

export class Guests {
  #max: number;
  /** Client identifiers. */
  readonly #inside = new Set<string>();

  /** @param max clients at once; infinite where only the limit of the broker holds */
  constructor(max: number) {
    this.#max = max;
  }

  /** Another limit from now on; who is inside stays. @param inside all of them: none were kept where there was no limit */
  limit(max: number, inside: Iterable<string>): void {
    this.#max = max;
    this.#inside.clear();
    for (const clientId of inside) this.come(clientId);
  }

  /** Whether there is room for this client: who is inside and connects anew adds none. */
  hasRoom(clientId: string): boolean {
    return this.#inside.size < this.#max || this.#inside.has(clientId);
  }

  come(clientId: string): void {
    if (this.#max !== Number.POSITIVE_INFINITY) this.#inside.add(clientId);
  }

  go(clientId: string): void {
    this.#inside.delete(clientId);
  }
}
