// What every part of a process does: waits for promises and for time, says what happens, and knows which errors it may be
// told. Knows why the process is over, and ends it as it dies; does nothing of its own.

import { getEventListeners } from 'node:events';
import type { MqttError } from '@anax/protocol';
import type { Client, CloseReason } from '../../../packages/client/src/index.ts';
import { NEVER, type Publication } from './facts.ts';
import type { Net } from './net.ts';
import { OwnClock } from './own-clock.ts';
import { Promises } from './promises.ts';
import type { Witness } from './witness.ts';

/** What may end a client that nobody ended: two clients with one identifier. */
const OWN_ENDS: ReadonlySet<string> = new Set(['take-over-loop']);
/** What a full room answers, where an application has set its limits low. */
const FULL: ReadonlySet<string> = new Set([
  'outbox-full',
  'outbox-dropped',
  'outbox-expired',
  'send-buffer-full',
]);
const STORE_ERRORS: ReadonlySet<string> = new Set(['store-full', 'store-failed']);

/** What an application may do with a call: give it up, and let go of it when it is settled. */
interface Given {
  readonly signal: { readonly signal?: AbortSignal };
  readonly release: () => void;
}

export class Errands {
  readonly clientId: string;
  readonly net: Net;
  readonly witness: Witness;
  readonly promises: Promises;
  /** For what the application waits for. */
  readonly clock: OwnClock;
  client: Client | undefined;
  /** Why it is over. */
  reason: CloseReason | MqttError | undefined;
  /** What the application has ended it with. */
  asked: 'disconnected' | 'aborted' | undefined;
  isDead = false;
  readonly #isLimited: boolean;
  readonly #storeHasFailed: () => boolean;

  constructor(
    net: Net,
    witness: Witness,
    clientId: string,
    isLimited: boolean,
    storeHasFailed: () => boolean,
  ) {
    this.net = net;
    this.witness = witness;
    this.clientId = clientId;
    this.promises = new Promises(witness);
    this.clock = new OwnClock(net.clock);
    this.#isLimited = isLimited;
    this.#storeHasFailed = storeHasFailed;
  }

  get isOver(): boolean {
    return this.reason !== undefined;
  }

  /** Nothing that happens here reaches the application any more. */
  die(reason: MqttError): void {
    this.isDead = true;
    this.reason = reason;
    this.promises.forget();
    this.clock.stop();
  }

  tell(what: string): void {
    this.net.trace?.(`${this.net.clock.now} ${this.clientId} ${what}`);
  }

  /** Whether a client may end with this. */
  mayEnd(code: string): boolean {
    if (code === this.asked || OWN_ENDS.has(code)) return true;
    return STORE_ERRORS.has(code) && this.#storeHasFailed();
  }

  /** What the outbox does with a message where it has no room for it, or it has become too old. */
  isFull(code: string): boolean {
    return FULL.has(code);
  }

  requireExcuse(what: string, error: MqttError, mayAbort: boolean, publication?: Publication): void {
    const { code } = error;
    if (mayAbort && code === 'aborted') return;
    if (code === this.asked || (this.isOver && code === this.reason?.code)) return;
    if (STORE_ERRORS.has(code) && this.#storeHasFailed()) return;
    if (this.#isLimited && publication !== undefined && FULL.has(code)) return;
    // One that is known to have arrived stands in the store until that is stored, too.
    const mayBeLost = publication?.qos === 2 && (publication.anew || publication.done !== NEVER);
    if (code === 'session-lost' && mayBeLost) return;
    this.witness.fails('settled', `${what}: ${code}: ${error.message}`);
  }

  /** A signal that gives up after a while, unless it is released before. */
  signal(afterMs: number | undefined, given: () => void = () => {}): Given {
    if (afterMs === undefined) return { signal: {}, release: () => {} };
    const controller = new AbortController();
    const cancel = this.clock.after(afterMs, () => {
      given();
      controller.abort();
    });
    const release = (): void => {
      cancel();
      if (getEventListeners(controller.signal, 'abort').length > 0)
        this.witness.fails('leak', `${this.clientId} still listens to the signal of what is settled`);
    };
    return { signal: { signal: controller.signal }, release };
  }

  pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.clock.after(ms, resolve));
  }
}
