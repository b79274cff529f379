// What arrives one after the other, and whoever waits for it. The test's own timeout ends a wait that is in vain.

export class Queue<T> {
  readonly #items: T[] = [];
  readonly #waiting: { resolve(item: T): void; reject(error: Error): void }[] = [];
  #error: Error | undefined;

  push(item: T): void {
    const first = this.#waiting.shift();
    if (first === undefined) this.#items.push(item);
    else first.resolve(item);
  }

  /** Nothing more will come: who waits is told why. */
  end(error: Error): void {
    this.#error = error;
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }

  next(): Promise<T> {
    const item = this.#items.shift();
    if (item !== undefined) return Promise.resolve(item);
    if (this.#error !== undefined) return Promise.reject(this.#error);
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  async take(count: number): Promise<readonly T[]> {
    const items: T[] = [];
    while (items.length < count) items.push(await this.next());
    return items;
  }
}
