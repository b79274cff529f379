// A timing wheel: tens of thousands of timers, one tick. Setting and cancelling cost the same however many there are.
// Pure: time comes in as an argument. A timer fires at the first `advance` at or after its time, never before.

const SLOTS = 1024;

export class Timer {
  /** Milliseconds; meaningful while `set` is true. */
  at = 0;
  set = false;
  readonly fire: (now: number) => void;
  /** Neighbours in the slot's ring; the slot's own head is one of them. */
  previous: Timer = this;
  next: Timer = this;

  constructor(fire: (now: number) => void) {
    this.fire = fire;
  }
}

export class Wheel {
  readonly #tickMs: number;
  readonly #heads: readonly Timer[] = Array.from({ length: SLOTS }, () => new Timer(() => undefined));
  #tick: number;
  #size = 0;

  /** @param now the time at which the wheel starts, in ms. */
  constructor(now: number, tickMs = 100) {
    this.#tickMs = tickMs;
    this.#tick = Math.floor(now / tickMs);
  }

  /** Timers that are set. */
  get size(): number {
    return this.#size;
  }

  /** Sets a timer for `at`, in ms, wherever it stood before. */
  set(timer: Timer, at: number): void {
    this.cancel(timer);
    timer.at = at;
    timer.set = true;
    this.#size += 1;
    const tick = Math.max(Math.ceil(at / this.#tickMs), this.#tick + 1);
    link(timer, this.#heads[tick % SLOTS] as Timer);
  }

  cancel(timer: Timer): void {
    if (!timer.set) return;
    timer.set = false;
    this.#size -= 1;
    unlink(timer);
  }

  /** Fires what is due. A timer may set and cancel any timer, itself included. */
  advance(now: number): void {
    const target = Math.floor(now / this.#tickMs);
    // A clock that jumped ahead by more than a turn visits every slot once.
    const first = Math.max(this.#tick + 1, target - SLOTS + 1);
    for (let tick = first; tick <= target; tick++) {
      this.#tick = tick;
      this.#visit(this.#heads[tick % SLOTS] as Timer, now);
    }
  }

  #visit(head: Timer, now: number): void {
    // What is due is moved aside first: firing may change this slot.
    const due: Timer[] = [];
    for (let timer = head.next; timer !== head; timer = timer.next) if (timer.at <= now) due.push(timer);
    for (const timer of due) {
      if (!timer.set || timer.at > now) continue;
      this.cancel(timer);
      timer.fire(now);
    }
  }
}

function link(timer: Timer, head: Timer): void {
  timer.previous = head.previous;
  timer.next = head;
  head.previous.next = timer;
  head.previous = timer;
}

function unlink(timer: Timer): void {
  timer.previous.next = timer.next;
  timer.next.previous = timer.previous;
  timer.previous = timer;
  timer.next = timer;
}
