// What one end may have under way above QoS 0, by its own packets out and its peer's packets in: packet identifiers,
// Receive Maximum, the order of sending again. The same for both ends. [5:4.3] [5:4.4] [5:4.6] [5:4.9]

import type { Packet } from '@anax/protocol';
import type { Ledger } from './ledger.ts';
import { broken } from './violation.ts';

interface Held {
  readonly serial: number;
  /** What was sent, so that another message under the same identifier is noticed. */
  readonly content: string;
  /** When the connection ends it may be forgotten: another member of its shared subscription gets it, for example. */
  maybeGone: boolean;
  released: boolean;
  /** When PUBREC came: PUBREL keeps that order. */
  receivedAt: number;
}

export class Exchanges {
  readonly #who: string;
  readonly #ledger: Ledger | undefined;
  /** Where this end died before it was stored: what else an identifier may stand for. */
  readonly #doubts = new Map<number, Held[]>();
  readonly #held = new Map<number, Held>();
  /** SUBSCRIBE and UNSUBSCRIBE under way. */
  readonly #requests = new Set<number>();
  /** PUBLISH of this connection that is not answered. */
  readonly #underWay = new Set<number>();
  /** PUBREL owed, in the order of PUBREC. [5:MQTT-4.6.0-4] [3.1.1:MQTT-4.6.0-4] */
  #releases: number[] = [];
  #isDoubtful = false;
  #receiveMaximum = 0;
  #serial = 0;
  #lastAgain = 0;

  /** @param ledger of an end that may die and begin anew with what it has stored */
  constructor(who: string, ledger?: Ledger) {
    this.#who = who;
    this.#ledger = ledger;
  }

  #mayStandFor(packetId: number, held: Held): void {
    const doubts = this.#doubts.get(packetId);
    if (doubts === undefined) this.#doubts.set(packetId, [held]);
    else doubts.push(held);
  }

  /** It may be this, as it has not been stored. */
  #doubted(packetId: number, isIt: (held: Held) => boolean): Held | undefined {
    const held = this.#doubts.get(packetId)?.find(isIt);
    if (held !== undefined) this.#held.set(packetId, held);
    return held;
  }

  /** A connection begins, with the same session or with a new one. */
  begin(receiveMaximum: number, isNewSession: boolean): void {
    if (isNewSession) {
      this.#held.clear();
      this.#doubts.clear();
    }
    // What a doubt was about may still be held here, and nowhere else.
    this.#isDoubtful = [...this.#held.values()].some(({ maybeGone, released }) => maybeGone && released);
    this.#receiveMaximum = receiveMaximum;
    this.#requests.clear();
    this.#underWay.clear();
    this.#lastAgain = 0;
    this.#releases = [...this.#held]
      .filter(([, { released }]) => released)
      .sort(([, one], [, other]) => one.receivedAt - other.receivedAt)
      .map(([packetId]) => packetId);
  }

  /** Whether the session is the old one cannot be known: what it had under way goes on, or begins anew. */
  doubt(): void {
    for (const held of this.#held.values()) held.maybeGone = true;
    this.#isDoubtful = true;
  }

  sent(packet: Packet, content: string, isShared: boolean): void {
    if (packet.type === 'publish') {
      if (packet.qos > 0)
        this.#sentPublish(packet.packetId, packet.dup, content, isShared && packet.qos === 1);
    } else if (packet.type === 'subscribe' || packet.type === 'unsubscribe') {
      this.#requireFree(packet.packetId, packet.type);
      this.#requests.add(packet.packetId);
    } else if (packet.type === 'pubrel') {
      const { packetId } = packet;
      const isNext = this.#releases.includes(packetId);
      if (!isNext && this.#doubted(packetId, ({ released }) => released) !== undefined) return;
      const place = this.#isDoubtful ? this.#releases.indexOf(packetId) : 0;
      const expected = this.#releases.splice(0, place + 1).at(-1);
      if (expected !== packet.packetId)
        broken('order', `${this.#who} sent PUBREL ${packet.packetId} where PUBREL ${expected} was next`);
    }
  }

  #sentPublish(packetId: number, dup: boolean, content: string, maybeGone: boolean): void {
    if (dup) {
      const held = this.#resent(packetId, content);
      // [5:MQTT-4.3.2-1] [5:MQTT-4.3.3-6] [5:MQTT-4.4.0-1]
      if (held === undefined || held.content !== content)
        return broken(
          'packet-id',
          `${this.#who} sent ${content} with DUP as ${packetId}, which stands for ${held?.content ?? 'nothing'}`,
        );
      if (held.released) broken('packet-id', `${this.#who} sent ${content} again after its PUBREC`);
      if (this.#underWay.has(packetId))
        broken('packet-id', `${this.#who} sent ${content} twice on one connection`);
      if (held.serial < this.#lastAgain)
        broken('order', `${this.#who} sent ${content} again out of its order`);
      this.#lastAgain = held.serial;
    } else {
      this.#requireFree(packetId, `PUBLISH ${content}`);
      this.#serial += 1;
      const held: Held = { serial: this.#serial, content, maybeGone, released: false, receivedAt: 0 };
      this.#held.set(packetId, held);
      this.#doubts.delete(packetId);
      this.#ledger?.note(() => {
        held.maybeGone = true;
      });
    }
    this.#underWay.add(packetId);
    // [5:MQTT-3.3.4-7] [5:MQTT-3.3.4-9]
    if (this.#underWay.size > this.#receiveMaximum)
      broken(
        'receive-maximum',
        `${this.#who} has ${this.#underWay.size} messages under way, its peer takes ${this.#receiveMaximum}`,
      );
  }

  /** What the identifier stands for; where it may also be what came before, that. */
  #resent(packetId: number, content: string): Held | undefined {
    const held = this.#held.get(packetId);
    if (held?.content === content && !held.released) return held;
    const doubted = this.#doubted(packetId, (one) => one.content === content && !one.released);
    if (doubted !== undefined) this.#releases = this.#releases.filter((one) => one !== packetId);
    return doubted ?? held;
  }

  /** [5:MQTT-2.2.1-3] [5:MQTT-2.2.1-4] [3.1.1:MQTT-2.3.1-1] */
  #requireFree(packetId: number, what: string): void {
    if (packetId === 0) broken('packet-id', `${this.#who} sent ${what} with packet identifier 0`);
    const held = this.#held.get(packetId);
    if (held?.maybeGone === true && !this.#underWay.has(packetId)) this.#held.delete(packetId);
    const content = this.#held.get(packetId)?.content;
    if (content !== undefined || this.#requests.has(packetId))
      broken(
        'packet-id',
        `${this.#who} sent ${what} as ${packetId}, which stands for ${content ?? 'a request'}`,
      );
  }

  answered(packet: Packet): void {
    switch (packet.type) {
      case 'puback':
      case 'pubcomp':
        return this.#over(packet.packetId);
      case 'pubrec':
        if (packet.reasonCode >= 0x80) return this.#over(packet.packetId);
        return this.#received(packet.packetId);
      case 'suback':
      case 'unsuback':
        this.#requests.delete(packet.packetId);
        return undefined;
      default:
        return undefined;
    }
  }

  #over(packetId: number): void {
    const held = this.#held.get(packetId);
    if (held !== undefined)
      this.#ledger?.note(() => this.#mayStandFor(packetId, { ...held, maybeGone: true }));
    this.#doubts.delete(packetId);
    this.#held.delete(packetId);
    this.#underWay.delete(packetId);
  }

  #received(packetId: number): void {
    const held = this.#held.get(packetId);
    this.#releases.push(packetId);
    if (held === undefined) return;
    this.#ledger?.note(() => {
      held.maybeGone = true;
      this.#mayStandFor(packetId, { ...held, released: false });
    });
    held.released = true;
    this.#serial += 1;
    held.receivedAt = this.#serial;
  }
}
