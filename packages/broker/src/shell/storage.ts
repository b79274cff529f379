// What outlives the process: the store is opened at the start, what it has is taken up, and what changes goes to it.
// Without a store there is nothing to do, and everything ends with the process.

import { MqttError } from '@anax/protocol';
import type { Hub } from '../hub/hub.ts';
import type { Note } from '../hub/notes.ts';
import type { RightsOf } from '../hub/rights.ts';
import type { RowSource } from '../hub/writes.ts';
import { type Store, StoreError } from '../store/port.ts';
import { Committer } from './committer.ts';
import { LateRows } from './late-rows.ts';
import { Room } from './room.ts';

export class Storage {
  /** What the hub reads; undefined where nothing is stored. */
  readonly rows: RowSource | undefined;
  readonly #late = new LateRows();
  readonly #openStore: (() => Promise<Store>) | undefined;
  readonly #bytesMax: number;
  readonly #note: (note: Note) => void;
  #store: Store | undefined;
  #committer: Committer | undefined;

  constructor(openStore: (() => Promise<Store>) | undefined, bytesMax: number, note: (note: Note) => void) {
    this.#openStore = openStore;
    this.#bytesMax = bytesMax;
    this.#note = note;
    this.rows = openStore && this.#late;
  }

  /** Whether clients may come. */
  get isOpen(): boolean {
    return this.#openStore === undefined || this.#store !== undefined;
  }

  /** @throws MqttError `store-failed` */
  async open(
    hub: Hub,
    rightsOf: RightsOf,
    now: () => number,
    committed: (batch: number) => void,
  ): Promise<void> {
    if (this.#openStore === undefined) return;
    const store = await opened(this.#openStore);
    this.#store = store;
    this.#late.source = store;
    const room = new Room(this.#bytesMax, hub.journal, this.#note);
    const written = (batch: number): void => {
      room.look(store);
      committed(batch);
    };
    this.#committer = new Committer(hub.journal, store, written, this.#note);
    this.#restore(hub, rightsOf, now);
    room.look(store);
  }

  #restore(hub: Hub, rightsOf: RightsOf, now: () => number): void {
    const begun = now();
    const { sessions, subscriptions, deliveries, retained, swept, damaged } = hub.restore(begun, rightsOf);
    const ms = Math.round(now() - begun);
    const what = `${sessions} sessions, ${subscriptions} subscriptions, ${deliveries} messages owed, ${retained} retained`;
    const isNew = sessions + retained + swept + damaged === 0;
    if (!isNew) this.#note({ event: 'store-restored', text: `restored in ${ms} ms: ${what}` });
    if (swept > 0) this.#note({ event: 'store-swept', text: `${swept} rows belonged to nothing: removed` });
    if (damaged > 0)
      this.#note({
        event: 'store-damaged',
        text: `${damaged} rows cannot be read and are passed over: anax store check says which`,
      });
    this.run();
  }

  /** At the end of a turn: what is to be stored is on its way. */
  run(): void {
    this.#committer?.run();
  }

  /** Writes what there is, for `timeoutMs` at the most: what is not written by then was not acknowledged, either. */
  async close(timeoutMs: number): Promise<void> {
    await this.#committer?.drain(timeoutMs);
    await this.#store?.close();
  }
}

async function opened(openStore: () => Promise<Store>): Promise<Store> {
  try {
    return await openStore();
  } catch (cause) {
    if (!(cause instanceof StoreError)) throw cause;
    throw new MqttError('store-failed', cause.message, {}, { cause });
  }
}
