// Work that costs much, and that strangers can ask for: so much at once, the rest waits, and addresses take turns, so that
// a flood from one does not keep out the others. Knows not what the work is.

export interface TurnstileLimits {
  /** Jobs at once. */
  readonly atOnceMax: number;
  /** Jobs that wait, of all addresses; when there are more, the address with the most loses its newest. */
  readonly waitingMax: number;
  /** Jobs of one address that wait; one more is turned away. */
  readonly waitingPerAddressMax: number;
  /** Who has waited so long is turned away instead of done. */
  readonly waitingMsMax: number;
}

/** There were too many. */
export class TurnedAway extends Error {
  override readonly name = 'TurnedAway';
}

interface Waiting {
  readonly since: number;
  readonly begin: () => Promise<void>;
  readonly refuse: (error: TurnedAway) => void;
}

export class Turnstile {
  readonly #limits: TurnstileLimits;
  readonly #now: () => number;
  /** In the order in which it is their turn; none is empty. */
  readonly #queues = new Map<string, Waiting[]>();
  #waiting = 0;
  #running = 0;

  constructor(limits: TurnstileLimits, now: () => number = () => performance.now()) {
    this.#limits = limits;
    this.#now = now;
  }

  /** Rejects with `TurnedAway`, or as the job does. */
  run<T>(address: string, job: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const begin = async (): Promise<void> => {
        try {
          resolve(await job());
        } catch (error) {
          reject(error);
        }
      };
      if (this.#running < this.#limits.atOnceMax) return void this.#begin(begin);
      this.#wait(address, { since: this.#now(), begin, refuse: reject });
    });
  }

  async #begin(begin: () => Promise<void>): Promise<void> {
    this.#running += 1;
    await begin();
    this.#running -= 1;
    this.#next();
  }

  #wait(address: string, one: Waiting): void {
    const queue = this.#queues.get(address) ?? [];
    if (queue.length >= this.#limits.waitingPerAddressMax) {
      return one.refuse(new TurnedAway('too many from this address wait already'));
    }
    queue.push(one);
    this.#queues.set(address, queue);
    this.#waiting += 1;
    if (this.#waiting > this.#limits.waitingMax) this.#dropOfLongest();
  }

  #dropOfLongest(): void {
    let longest: readonly [address: string, queue: Waiting[]] | undefined;
    for (const entry of this.#queues) {
      if (longest === undefined || entry[1].length > longest[1].length) longest = entry;
    }
    if (longest === undefined) return;
    const [address, queue] = longest;
    const dropped = queue.pop();
    this.#waiting -= 1;
    if (queue.length === 0) this.#queues.delete(address);
    dropped?.refuse(new TurnedAway('too many wait already'));
  }

  #next(): void {
    for (const [address, queue] of this.#queues) {
      const one = queue.shift();
      this.#queues.delete(address);
      // Behind all others: it was this one's turn.
      if (queue.length > 0) this.#queues.set(address, queue);
      if (one === undefined) continue;
      this.#waiting -= 1;
      if (this.#now() - one.since <= this.#limits.waitingMsMax) return void this.#begin(one.begin);
      one.refuse(new TurnedAway('it waited too long'));
    }
  }
}
