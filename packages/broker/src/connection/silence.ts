// How long a connection may be silent: until its CONNECT has been accepted, then for 1.5 times Keep Alive.

import { KEEP_ALIVE_GRACE_FACTOR } from '@anax/protocol';
import { Timer, type Wheel } from '../hub/wheel.ts';

export class Silence {
  /** When the last whole packet came: bytes that never become one keep nothing alive. [5:MQTT-3.1.2-22] */
  lastReceivedAt: number;
  readonly #wheel: Wheel;
  readonly #timer: Timer;
  #keepAliveMs = 0;

  /** @param overdue nothing came in time: called once for each time that was set. */
  constructor(wheel: Wheel, connectTimeoutMs: number, overdue: (now: number) => void, now: number) {
    this.lastReceivedAt = now;
    this.#wheel = wheel;
    this.#timer = new Timer((at) => {
      // One timer per connection, looked at when it might be due, instead of one set again for every packet.
      const due = this.lastReceivedAt + this.#keepAliveMs;
      if (this.#keepAliveMs > 0 && due > at) wheel.set(this.#timer, due);
      else overdue(at);
    });
    wheel.set(this.#timer, now + connectTimeoutMs);
  }

  /** @param keepAlive seconds; 0 lets it be silent for ever. [5:MQTT-3.1.2-22] [5:MQTT-3.2.2-22] [3.1.1:MQTT-3.1.2-24] */
  allow(keepAlive: number, now: number): void {
    this.#keepAliveMs = keepAlive * 1000 * KEEP_ALIVE_GRACE_FACTOR;
    if (keepAlive === 0) this.stop();
    else this.#wheel.set(this.#timer, now + this.#keepAliveMs);
  }

  stop(): void {
    this.#wheel.cancel(this.#timer);
  }
}
