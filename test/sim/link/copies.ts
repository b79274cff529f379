// Messages on their way to one application, by packet identifier: who has been handed which, what was said of each, and
// whether PUBACK and PUBREC say the same and not before. Where a client keeps identifiers beyond its process, this is kept
// beyond it, too. Of what an older session had, nothing is claimed.

import type { Packet, PublishPacket, ReasonCode } from '@anax/protocol';
import type { Message } from '../../../packages/client/src/index.ts';
import { NEVER, type Publication, type Taker } from './facts.ts';
import { shown, type Witness } from './witness.ts';

type Acknowledgement = Packet & { readonly type: 'puback' | 'pubrec' };

interface How {
  /** It has come just now: a callback has it. */
  readonly isNow: boolean;
  /** Nobody has asked for the end yet: what is taken is still remembered. */
  readonly isInTime: boolean;
}

export interface Copy {
  readonly publication: Publication;
  readonly packetId: number;
  readonly qos: 1 | 2;
  /** The session of the server that it belongs to. */
  readonly epoch: number;
  /** The process whose client passed it on, 0 where none has, and when. */
  process: number;
  passedOn: number;
  /** Whom it may be for: what is subscribed when it is passed on, and what was. */
  takers: readonly Taker[];
  /** All of those are, and each of them acknowledges itself. */
  isManual: boolean;
  readonly handedTo: Set<Taker>;
  /** Who has it and has said nothing. */
  readonly held: Set<Taker>;
  readonly refusals: Set<ReasonCode>;
  /** Somebody has taken it; in time for the process to remember it. */
  isTaken: boolean;
  isRemembered: boolean;
  /** What becomes of it does not follow from what is known here. */
  isVague: boolean;
  /** PUBREC has left, or its process has ended in order: the number of that process. */
  sealedBy: number | undefined;
}

export class Copies {
  readonly #clientId: string;
  readonly #witness: Witness;
  #process = 0;
  #begun = 0;
  /** Of the connection that there is. */
  readonly #onLink = new Map<number, Copy>();
  /** Of QoS 2, until PUBCOMP. */
  readonly #exact = new Map<number, Copy>();
  /** By packet identifier and message, for those who are handed it. */
  readonly #arrived = new Map<string, Copy[]>();

  constructor(clientId: string, witness: Witness) {
    this.#clientId = clientId;
    this.#witness = witness;
  }

  /** Another process, which knows what was stored. */
  begin(): void {
    this.#process += 1;
    this.#begun = this.#witness.moment();
    this.#onLink.clear();
    this.#arrived.clear();
    for (const copy of this.#exact.values()) {
      copy.held.clear();
      copy.handedTo.clear();
      copy.isRemembered = false;
    }
  }

  /** The process has ended in order: what was taken has been stored. */
  end(): void {
    for (const copy of this.#exact.values()) {
      const { takers, handedTo, held, refusals, isRemembered } = copy;
      const isAlone = takers.length === 1 && handedTo.size === 1;
      if (isAlone && isRemembered && held.size + refusals.size === 0) copy.sealedBy ??= this.#process;
    }
  }

  connects(): void {
    this.#onLink.clear();
  }

  /** PUBLISH has come above QoS 0. */
  arrives(packet: PublishPacket, publication: Publication, epoch: number): void {
    const { packetId, qos } = packet;
    if (qos === 0) return;
    const before = qos === 2 ? this.#again(packetId, publication, epoch) : undefined;
    const copy = before ?? newCopy(publication, packetId, qos, epoch);
    this.#onLink.set(packetId, copy);
    if (qos === 2) this.#exact.set(packetId, copy);
  }

  /** The client passes it on, to whoever it is for. */
  passedOn({ packetId, qos }: Message, publication: Publication): void {
    if (qos === 0) return;
    let copy = this.#onLink.get(packetId);
    if (copy?.publication !== publication) return;
    if (copy.process === this.#process && copy.refusals.size > 0) {
      // It was refused while the repetition had come and was not read.
      copy = newCopy(publication, packetId, qos, copy.epoch);
      this.#onLink.set(packetId, copy);
      if (qos === 2) this.#exact.set(packetId, copy);
    }
    if (copy.sealedBy !== undefined && copy.sealedBy !== this.#process && !this.#isVague(copy))
      this.#witness.fails(
        'exactly-once',
        `${this.#clientId} has taken ${shown(publication)} in an earlier process, and is given it again`,
      );
    copy.process = this.#process;
    copy.passedOn = this.#witness.moment();
    const { topic } = publication;
    copy.takers = this.#witness.askersOf(this.#clientId, topic, this.#begun);
    const stillWant = this.#witness.takersOf(this.#clientId, topic).length === copy.takers.length;
    copy.isManual = copy.takers.length > 0 && stillWant && copy.takers.every(({ isManual }) => isManual);
    const key = keyOf(packetId, publication);
    const same = this.#arrived.get(key);
    if (same === undefined) this.#arrived.set(key, [copy]);
    else same.push(copy);
  }

  /** An application has a message; undefined where it is not known which copy. */
  handed(taker: Taker, message: Message, publication: Publication, how: How): Copy | undefined {
    const { isNow, isInTime } = how;
    const all = this.#arrived.get(keyOf(message.packetId, publication)) ?? [];
    const copies = all.filter((one) => one.passedOn > taker.number && !one.handedTo.has(taker));
    const copy = copies.at(-1);
    if (copy === undefined) return undefined;
    // A callback has what is passed on now. What waits for an iteration may be any of them, as not all were for it.
    if (!isNow && copies.length > 1) {
      for (const one of copies) one.isVague = true;
      return undefined;
    }
    copy.handedTo.add(taker);
    if (taker.isManual) copy.held.add(taker);
    else this.#taken(copy, isInTime);
    return copy;
  }

  /** @param reasonCode 0x80 and above: it is refused. */
  said(copy: Copy, taker: Taker, reasonCode: ReasonCode, isInTime: boolean): void {
    if (!copy.held.delete(taker)) return;
    this.#taken(copy, isInTime);
    if (reasonCode >= 0x80) copy.refusals.add(reasonCode);
  }

  /** The client answers. */
  answers({ type, packetId, reasonCode }: Acknowledgement): void {
    const copy = this.#onLink.get(packetId);
    if (copy === undefined) return this.#fails(`${type} ${packetId} is for nothing that has come`);
    if (!this.#isVague(copy)) this.#requireSaid(copy, type, reasonCode);
    if (copy.qos === 1) this.#onLink.delete(packetId);
    else if (reasonCode >= 0x80) this.#forget(copy);
    else copy.sealedBy ??= this.#process;
  }

  completes(packetId: number): void {
    const copy = this.#exact.get(packetId);
    if (copy !== undefined) this.#forget(copy);
  }

  #requireSaid(copy: Copy, type: string, reasonCode: ReasonCode): void {
    const { publication, process, held, takers, isManual, isTaken, refusals } = copy;
    const what = `${type} for ${shown(publication)} leaves ${this.#clientId}`;
    if (process === 0) this.#fails(`${what}, and nobody has ever had it`);
    const [holder] = held;
    if (holder !== undefined)
      this.#fails(`${what}, and subscription ${holder.number} has not acknowledged it`);
    // Who leaves a subscription does not want what is left of it.
    const isWanted = isManual && takers.every(({ left }) => left === NEVER);
    if (isWanted && !isTaken) this.#fails(`${what}, and nobody has acknowledged it`);
    if (reasonCode >= 0x80 ? !refusals.has(reasonCode) : refusals.size > 0)
      this.#fails(`${what} with ${reasonCode}, and its application said ${[...refusals]}`);
  }

  /** The same once more, as the client has to see it. */
  #again(packetId: number, publication: Publication, epoch: number): Copy | undefined {
    const before = this.#exact.get(packetId);
    if (before === undefined || before.epoch !== epoch || before.publication !== publication)
      return undefined;
    if (before.refusals.size === 0) return before;
    if (before.takers.length === 1) return undefined;
    // Refused by one, and who knows whether all have answered.
    before.isVague = true;
    return before;
  }

  #taken(copy: Copy, isInTime: boolean): void {
    copy.isTaken = true;
    if (isInTime) copy.isRemembered = true;
  }

  #forget(copy: Copy): void {
    this.#onLink.delete(copy.packetId);
    if (this.#exact.get(copy.packetId) === copy) this.#exact.delete(copy.packetId);
  }

  #isVague({ isVague, epoch }: Copy): boolean {
    return isVague || this.#witness.isMistaken(this.#clientId, epoch);
  }

  #fails(message: string): void {
    this.#witness.fails('acknowledged', message);
  }
}

function keyOf(packetId: number, { number }: Publication): string {
  return `${packetId} ${number}`;
}

function newCopy(publication: Publication, packetId: number, qos: 1 | 2, epoch: number): Copy {
  return {
    publication,
    packetId,
    qos,
    epoch,
    process: 0,
    passedOn: 0,
    takers: [],
    isManual: false,
    handedTo: new Set(),
    held: new Set(),
    refusals: new Set(),
    isTaken: false,
    isRemembered: false,
    isVague: false,
    sealedBy: undefined,
  };
}
