// Where a server can be reached: asked for anew when its first address is to be tried, then one after the other. Opens
// nothing; which one is next is said by `Reconnect`.

import { localLimits } from '../options.ts';
import type { Place } from '../reconnect.ts';
import { type Cancelled, type Clock, inTime } from './clock.ts';
import type { ClientOptions } from './options.ts';
import type { Dialer, OpenPipe } from './pipe.ts';

/** How long an address may take to accept a connection where there is another one to try. */
const OTHER_ADDRESS_AFTER_MS = 3000;

export class Addresses {
  readonly #dial: Dialer;
  readonly #clock: Clock;
  readonly #connectTimeoutMs: number;
  #pipes: readonly OpenPipe[] = [];

  constructor(dial: Dialer, options: ClientOptions, clock: Clock) {
    this.#dial = dial;
    this.#clock = clock;
    this.#connectTimeoutMs = localLimits(options).connectTimeoutMs;
  }

  get count(): number {
    return this.#pipes.length;
  }

  /** @throws MqttError */
  async find({ server, address }: Place, waits: Cancelled): Promise<void> {
    if (address === 0) this.#pipes = await this.inTime(this.#dial(server), waits, 'no address was found');
  }

  at({ address }: Place): OpenPipe | undefined {
    return this.#pipes[address];
  }

  /** An address that does not answer keeps the others waiting. */
  openTimeoutMs({ address }: Place): number {
    const isLast = address + 1 >= this.#pipes.length;
    return isLast ? this.#connectTimeoutMs : Math.min(this.#connectTimeoutMs, OTHER_ADDRESS_AFTER_MS);
  }

  /** A name server may take its time, or an authenticator. @throws MqttError `connect-timeout` */
  inTime<T>(asked: Promise<T>, waits: Cancelled, otherwise: string): Promise<T> {
    return inTime(asked, this.#connectTimeoutMs, this.#clock, waits, otherwise);
  }
}
