// A transport in memory, and a clock that stands still until a test moves it.

import { MqttError } from '@anax/protocol';
import type { BytePipe, Clock, OpenPipe, PipeListener } from '../src/index.ts';
import { bytes, hex } from './support.ts';

export class MemoryPipe implements BytePipe {
  readonly sent: string[] = [];
  congested = false;
  bufferedBytes = 0;
  paused = false;
  over = false;
  listener: PipeListener | undefined;

  readonly open: OpenPipe = (listener) => {
    this.listener = listener;
    return this;
  };

  write(packet: Uint8Array): void {
    this.sent.push(hex(packet));
  }
  end(): void {
    queueMicrotask(() => this.listener?.ended(undefined));
  }
  destroy(): void {
    this.over = true;
  }
  pause(): void {
    this.paused = true;
  }
  resume(): void {
    this.paused = false;
  }
  /** Bytes of the server. */
  in(text: string): void {
    this.listener?.received(bytes(text));
  }
  /** The network is gone, or never was there. */
  lose(code = 'connection-lost'): void {
    this.listener?.ended(new MqttError(code, 'lost', { side: 'server' }));
  }
  taken(): string[] {
    return this.sent.splice(0);
  }
}

/** Until all that waits for nothing but its turn has had it. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

export class ManualClock implements Clock {
  wall?: () => number;
  #now = 0;
  readonly #timers = new Set<{ readonly at: number; readonly call: () => void }>();

  now(): number {
    return this.#now;
  }

  after(ms: number, call: () => void): () => void {
    const timer = { at: this.#now + ms, call };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Timers that wait. */
  get waiting(): number {
    return this.#timers.size;
  }

  /** Time passes, each timer at its time. */
  async pass(ms: number): Promise<void> {
    const until = this.#now + ms;
    for (;;) {
      const [next] = [...this.#timers].filter(({ at }) => at <= until).toSorted((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.call();
      await settle();
    }
    this.#now = until;
    await settle();
  }

  /** Time has passed and no timer was served: a machine that slept. Those that are late come now, all at once. */
  async jump(ms: number): Promise<void> {
    this.#now += ms;
    const late = [...this.#timers].filter(({ at }) => at <= this.#now);
    for (const timer of late) if (this.#timers.delete(timer)) timer.call();
    await settle();
  }
}
