// What one process publishes, and what it finds in its outbox of those before it: each has a promise, and a word from the
// store where there is one.

import type { MqttError, QoS } from '@anax/protocol';
import type { RestoredMessage } from '../../../packages/client/src/index.ts';
import type { Errands } from './errands.ts';
import { NEVER, type Publication } from './facts.ts';
import type { Keeping } from './keeping.ts';
import { payloadOf, shown } from './witness.ts';

export class Writer {
  /** Publishes that are not settled. */
  underWay = 0;
  /** Those of QoS 2 that are not settled, or that nobody knows the end of. */
  owed = 0;
  readonly #errands: Errands;
  /** Undefined: nothing is stored. */
  readonly #keeping: Keeping | undefined;
  readonly #found: (Publication | undefined)[] = [];

  constructor(errands: Errands, keeping: Keeping | undefined) {
    this.#errands = errands;
    this.#keeping = keeping;
  }

  /** How many messages earlier processes had left. */
  get found(): number {
    return this.#found.length;
  }

  publish(topic: string, qos: QoS, size: number, abortAfterMs: number | undefined): Publication | undefined {
    const { client, witness, clientId, promises } = this.#errands;
    if (client === undefined) return undefined;
    const publication = witness.asks(clientId, topic, qos, size);
    const { signal, release } = this.#errands.signal(abortAfterMs);
    this.#errands.tell(`publishes ${shown(publication)}`);
    this.underWay += 1;
    if (qos === 2) this.owed += 1;
    const sent = client.publish(publication.topic, payloadOf(publication), {
      qos,
      ...signal,
      onStored: () => this.#stored(publication),
    });
    this.#keeps(publication, sent, abortAfterMs !== undefined);
    void promises.watch(
      `${clientId} publish ${publication.number}`,
      sent,
      ({ reasonCode }) => {
        release();
        this.underWay -= 1;
        if (qos === 2) this.owed -= 1;
        this.#arrives(publication, reasonCode);
      },
      (error) => {
        release();
        this.underWay -= 1;
        if (qos === 2 && this.#isKnown(error)) this.owed -= 1;
        this.#fails(publication, error, abortAfterMs !== undefined);
      },
    );
    return publication;
  }

  /** For the client: what it has found, one after the other, before its first connection. */
  readonly restored = ({ topic, payload, qos, settled }: RestoredMessage): void => {
    if (this.#errands.isDead) return;
    const { witness, clientId, promises } = this.#errands;
    const publication = witness.publicationOf({ topic, payload });
    this.#found.push(publication?.qos === qos ? publication : undefined);
    if (publication === undefined) return;
    this.#errands.tell(`finds ${shown(publication)}`);
    this.#keeping?.finds(publication);
    this.#keeps(publication, settled, false);
    void promises.watch(
      `${clientId} publish ${publication.number}, found`,
      settled,
      ({ reasonCode }) => this.#arrives(publication, reasonCode),
      (error) => this.#fails(publication, error, false),
    );
  };

  /** The client begins to connect. */
  requireFound(): void {
    this.#keeping?.found(this.#found);
  }

  /** Until it is settled, also in the very turn in which the process dies, when nobody is told of it any more. */
  #keeps(publication: Publication, settled: Promise<unknown>, mayAbort: boolean): void {
    settled.then(
      () => this.#keeping?.settled(publication),
      (error: MqttError) => {
        if (this.#isKnown(error) || (mayAbort && error.code === 'aborted'))
          this.#keeping?.settled(publication);
      },
    );
  }

  #stored(publication: Publication): void {
    if (this.#errands.isDead) return;
    if (this.#keeping === undefined)
      return this.#errands.witness.fails('stored', `${shown(publication)} is stored, and there is no store`);
    this.#errands.tell(`has ${publication.number} stored`);
    this.#keeping.stored(publication);
  }

  #arrives(publication: Publication, reasonCode: number): void {
    const { witness } = this.#errands;
    this.#errands.tell(`has ${publication.number} published: ${reasonCode}`);
    if (publication.settled === NEVER) witness.settles(publication, true);
    else witness.arrives(publication);
    if (reasonCode >= 0x80 && reasonCode !== 0x92)
      witness.fails('settled', `${shown(publication)} was settled with ${reasonCode}`);
  }

  #fails(publication: Publication, error: MqttError, mayAbort: boolean): void {
    const { code } = error;
    this.#errands.tell(`has ${publication.number} failed: ${code}`);
    if (publication.settled === NEVER) this.#errands.witness.settles(publication, false);
    const isKept = this.#keeping?.has(publication) === true;
    if (code === 'outbox-kept' ? !isKept : isKept)
      this.#errands.witness.fails('stored', `${shown(publication)} fails with ${code}`);
    if (code !== 'outbox-kept') this.#errands.requireExcuse(shown(publication), error, mayAbort, publication);
  }

  /** What became of it: nothing will be done about it. */
  #isKnown({ code }: MqttError): boolean {
    return this.#errands.isFull(code) || code === 'session-lost';
  }
}
