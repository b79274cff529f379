// What one process subscribes to, and what it does with what it gets: iterations and callbacks, quick and slow ones, left
// from within and from outside; and what it says of each message where it acknowledges itself.

import type { MqttError, QoS } from '@anax/protocol';
import type { Message, Subscription } from '../../../packages/client/src/index.ts';
import type { Copies } from './copies.ts';
import type { Errands } from './errands.ts';
import { NEVER, type Taker } from './facts.ts';
import { Saying } from './saying.ts';

export interface SubscribeFacts {
  readonly filters: readonly string[];
  readonly qos: QoS;
  /** Undefined: a callback. */
  readonly bufferMessagesMax: number | undefined;
  /** How long the application has to do with a message, at most. */
  readonly slowMs: number;
  readonly abortAfterMs: number | undefined;
  /** It acknowledges each message itself. */
  readonly isManual: boolean;
}

/** A subscription and what the application does with it. */
export interface Holding {
  readonly taker: Taker;
  readonly subscription: Subscription;
  readonly slowMs: number;
  /** It is left from within its loop. */
  isBreaking: boolean;
}

const FOR_EVER = new Promise<never>(() => {});

export class Reader {
  readonly holdings: Holding[] = [];
  readonly #errands: Errands;
  readonly #saying: Saying;
  readonly #copies: Copies;
  #isLeisurely = true;

  constructor(errands: Errands, copies: Copies, hasReasonCodes: boolean) {
    this.#errands = errands;
    this.#copies = copies;
    this.#saying = new Saying(errands, copies, hasReasonCodes);
  }

  /** Takes as long as it likes. */
  set isLeisurely(isLeisurely: boolean) {
    this.#isLeisurely = isLeisurely;
    this.#saying.isLeisurely = isLeisurely;
  }

  subscribe({ filters, qos, bufferMessagesMax, slowMs, abortAfterMs, isManual }: SubscribeFacts): void {
    const { client, witness, clientId, promises } = this.#errands;
    if (client === undefined) return;
    const taker = witness.takes(clientId, filters, qos, isManual);
    const name = `${clientId} subscription ${taker.number} (${filters})`;
    const mode = isManual ? ', manual' : '';
    this.#errands.tell(
      `subscribes ${taker.number}: ${filters} QoS ${qos}, buffer ${bufferMessagesMax}${mode}`,
    );
    // As long as it lives: giving it up ends it.
    const { signal } = this.#errands.signal(abortAfterMs, () => witness.leaves(taker));
    const how =
      bufferMessagesMax === undefined
        ? { onMessage: (message: Message) => this.#called(taker, message) }
        : { bufferMessagesMax };
    const acknowledge = isManual ? 'manual' : 'taken';
    const subscription = client.subscribe(filters, { qos, acknowledge, ...how, ...signal });
    const holding: Holding = { taker, subscription, slowMs, isBreaking: false };
    this.holdings.push(holding);
    const refused =
      (what: string) =>
      (error: MqttError): void => {
        witness.leaves(taker);
        this.#errands.requireExcuse(what, error, abortAfterMs !== undefined);
      };
    void promises.watch(
      `${name} granted`,
      subscription.granted,
      (result) => {
        this.#errands.tell(`is granted ${taker.number}`);
        witness.granted(taker);
        for (const { reasonCode, topicFilter } of result.filters)
          if (reasonCode !== qos) witness.fails('match', `${name}: ${topicFilter} got ${reasonCode}`);
      },
      refused(name),
    );
    if (bufferMessagesMax === undefined) return;
    void promises.watch(
      `${name} reads`,
      this.#read(holding),
      () => {},
      (error) => {
        this.#errands.requireExcuse(`the iteration of ${name}`, error, abortAfterMs !== undefined);
      },
    );
  }

  /** Ends one subscription: from within its loop, or from outside. */
  leave(holding: Holding, isWithin: boolean): void {
    const { witness, clientId, promises } = this.#errands;
    const { taker, subscription } = holding;
    if (taker.left !== NEVER) return;
    if (isWithin) {
      holding.isBreaking = true;
      return;
    }
    this.#errands.tell(`leaves ${taker.number}`);
    witness.leaves(taker);
    void promises.watch(
      `${clientId} leaves ${taker.number}`,
      subscription.unsubscribe(),
      () => {},
      (error) => witness.fails('settled', `${clientId} unsubscribe rejects: ${error.message}`),
    );
  }

  unsubscribe(filter: string, abortAfterMs: number | undefined): void {
    const { client, witness, clientId, promises } = this.#errands;
    if (client === undefined) return;
    this.#errands.tell(`unsubscribes ${filter}`);
    witness.unsubscribes(clientId, filter);
    const { signal, release } = this.#errands.signal(abortAfterMs);
    void promises.watch(
      `${clientId} unsubscribes ${filter}`,
      client.unsubscribe(filter, signal),
      release,
      (error) => {
        release();
        this.#errands.requireExcuse(`unsubscribe ${filter}`, error, abortAfterMs !== undefined);
      },
    );
  }

  /** For the client: every message, before anybody has it. Is about what nobody is subscribed to. */
  readonly stray = (message: Message): void => {
    const { witness, clientId, isDead } = this.#errands;
    if (isDead) return;
    const publication = witness.publicationOf(message);
    if (publication !== undefined) this.#copies.passedOn(message, publication);
    if (witness.takersOf(clientId, message.topic).length > 0) return;
    this.#errands.tell(`gets ${message.topic} for nobody`);
    witness.received(clientId, undefined, message);
  };

  /** The connection is lost. */
  disconnected(): void {
    this.#saying.disconnected();
  }

  async #read(holding: Holding): Promise<void> {
    const { taker, subscription, slowMs } = holding;
    for await (const message of subscription) {
      // Of a process that is over nobody reads what is left: the server has to send it again.
      if (this.#errands.isOver && !this.#errands.isDead) break;
      // One that has died may have been given this one just before.
      this.#received(taker, message, false);
      if (this.#errands.isDead) await FOR_EVER;
      if (this.#isLeisurely && slowMs > 0) await this.#errands.pause(this.#errands.net.chance.below(slowMs));
      if (!holding.isBreaking) continue;
      this.#errands.tell(`breaks ${taker.number}`);
      this.#errands.witness.leaves(taker);
      break;
    }
    const { witness, clientId } = this.#errands;
    this.#errands.tell(`has read ${taker.number}`);
    if (taker.left === NEVER)
      witness.fails('settled', `${clientId} subscription ${taker.number} ended, and nobody ended it`);
  }

  #called(taker: Taker, message: Message): void {
    if (!this.#errands.isDead) this.#received(taker, message, true);
  }

  #received(taker: Taker, message: Message, isNow: boolean): void {
    const { witness, clientId, asked } = this.#errands;
    const { topic, payload, qos, packetId } = message;
    this.#errands.tell(`gets ${topic} ${payload.length} QoS ${qos} ${packetId} in ${taker.number}`);
    witness.received(clientId, taker, message);
    const publication = witness.publicationOf(message);
    if (publication === undefined || this.#errands.isDead) return;
    const how = { isNow, isInTime: asked === undefined };
    const copy = qos === 0 ? undefined : this.#copies.handed(taker, message, publication, how);
    if (taker.isManual) this.#saying.of({ taker, message, publication, copy });
  }
}
