// What an application that acknowledges itself says of each message: at once, late, in any order, no, twice, and not before
// the connection has been lost. Says it only while it lives.

import { MqttError, Reason, type ReasonCode } from '@anax/protocol';
import type { Message } from '../../../packages/client/src/index.ts';
import type { Copies, Copy } from './copies.ts';
import type { Errands } from './errands.ts';
import type { Publication, Taker } from './facts.ts';

export interface Handed {
  readonly taker: Taker;
  readonly message: Message;
  readonly publication: Publication;
  readonly copy: Copy | undefined;
}

type Way = 'now' | 'late' | 'cut' | 'no' | 'no, late';

const WAYS: readonly Way[] = ['now', 'now', 'now', 'late', 'late', 'late', 'late', 'cut', 'no', 'no, late'];
const LATE_MS = 500;
/** Not every connection is cut, and who does not acknowledge gets no more. */
const CUT_MS = 3000;
const REFUSALS: readonly ReasonCode[] = [0x80, 0x83, 0x87];

export class Saying {
  readonly #errands: Errands;
  readonly #copies: Copies;
  readonly #hasReasonCodes: boolean;
  /** What waits for its time, and what for the end of the connection. */
  readonly #late = new Set<() => void>();
  readonly #uncut = new Set<() => void>();
  #isLeisurely = true;

  constructor(errands: Errands, copies: Copies, hasReasonCodes: boolean) {
    this.#errands = errands;
    this.#copies = copies;
    this.#hasReasonCodes = hasReasonCodes;
  }

  set isLeisurely(isLeisurely: boolean) {
    this.#isLeisurely = isLeisurely;
    if (isLeisurely) return;
    for (const say of [...this.#late, ...this.#uncut]) say();
  }

  of(handed: Handed): void {
    const { chance } = this.#errands.net;
    const way = this.#isLeisurely ? chance.pick(WAYS) : 'now';
    const say = (): void => this.#say(handed, way.startsWith('no,') || way === 'no');
    if (way === 'now' || way === 'no') say();
    else if (way === 'cut') this.#wait(this.#uncut, say, CUT_MS);
    else this.#wait(this.#late, say, chance.below(LATE_MS));
  }

  disconnected(): void {
    const { chance } = this.#errands.net;
    // Some before there is another connection, some on it.
    for (const say of this.#uncut) this.#errands.clock.after(chance.below(200), say);
  }

  #wait(waiting: Set<() => void>, say: () => void, ms: number): void {
    const once = (): void => {
      if (waiting.delete(once)) say();
    };
    waiting.add(once);
    this.#errands.clock.after(ms, once);
  }

  #say(handed: Handed, isNo: boolean): void {
    const { net, witness, clientId, isOver } = this.#errands;
    if (isOver) return;
    const { taker, message, publication, copy } = handed;
    const reasonCode = isNo && message.qos > 0 ? this.#refuse(handed) : undefined;
    if (reasonCode === undefined) {
      this.#errands.tell(`acknowledges ${publication.number} in ${taker.number}`);
      // First remembered: what follows may leave at once.
      this.#said(copy, taker, Reason.success);
      witness.has(clientId, publication);
      message.acknowledge();
    }
    if (net.chance.below(10) === 0) message.acknowledge();
  }

  /** The reason code, if there is one that can be said. */
  #refuse({ taker, message, publication, copy }: Handed): ReasonCode | undefined {
    const { net, witness, clientId } = this.#errands;
    const reasonCode = net.chance.pick(REFUSALS);
    if (this.#hasReasonCodes) {
      this.#errands.tell(`refuses ${publication.number} in ${taker.number} with ${reasonCode}`);
      this.#said(copy, taker, reasonCode);
      witness.refuses(clientId, publication);
      message.reject(reasonCode);
      return reasonCode;
    }
    try {
      message.reject(reasonCode);
      witness.fails('acknowledged', `${clientId} refuses a message, and MQTT has no word for it`);
    } catch (error) {
      if (!(error instanceof MqttError) || error.code !== 'reason-codes-not-supported') throw error;
    }
    return undefined;
  }

  #said(copy: Copy | undefined, taker: Taker, reasonCode: ReasonCode): void {
    if (copy !== undefined) this.#copies.said(copy, taker, reasonCode, this.#errands.asked === undefined);
  }
}
