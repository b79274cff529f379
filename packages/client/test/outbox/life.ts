// One life of a process that owns an outbox, for tests: publishes, sends and settles without any connection.

import type { Found, OpenOutbox, OutboxOwner, OutboxStore } from '../../src/journal.ts';
import type { Outgoing } from '../../src/outgoing.ts';
import type { PublishRequest } from '../../src/phase.ts';
import { Session } from '../../src/session.ts';

interface Given {
  readonly clientId?: string;
  readonly dialect?: string;
  readonly now?: number;
  readonly wallAhead?: number;
}

const EPOCH = 1_700_000_000_000;

export class Life {
  readonly facts = { dialect: '5.0', lasts: false, newAskedFor: false };
  written = 0;
  failure: unknown;
  outbox!: OpenOutbox;
  readonly #session = new Session();
  readonly #now: number;
  #waiting: { readonly batch: number; readonly call: () => void }[] = [];
  #tickets = 0;

  private constructor({ now = 0 }: Given) {
    this.#now = now;
  }

  static async begin(store: OutboxStore, given: Given = {}): Promise<Life> {
    const life = new Life(given);
    const owner: OutboxOwner = {
      clientId: given.clientId ?? 'c',
      dialects: [given.dialect ?? '5.0'],
      now: () => life.#now,
      wall: () => EPOCH + (given.wallAhead ?? 0),
      ticket: () => ++life.#tickets,
      facts: () => life.facts,
      written: (batch) => life.#wrote(batch),
      failed: (error) => {
        life.failure = error;
      },
    };
    life.outbox = await store.open(owner);
    return life;
  }

  get found(): Found {
    return this.outbox.found;
  }

  publish(request: PublishRequest): Outgoing {
    const owed = this.#session.message(request, ++this.#tickets, this.#now);
    if (owed.qos > 0) this.outbox.owes(owed);
    return owed;
  }

  sends(owed: Outgoing | undefined, packetId: number): void {
    if (owed === undefined) return;
    owed.packetId = packetId;
    this.outbox.owes(owed);
  }

  releases(owed: Outgoing | undefined): void {
    if (owed === undefined) return;
    owed.phase = 'release';
    this.outbox.owes(owed);
  }

  settles(owed: Outgoing): void {
    this.outbox.settles(owed);
  }

  /** Everything that was told so far is stored. */
  stored(): Promise<void> {
    const batch = this.outbox.batch();
    return new Promise((call) => this.#waiting.push({ batch, call }));
  }

  close(): Promise<void> {
    return this.outbox.close();
  }

  #wrote(batch: number): void {
    this.written = batch;
    const waiting = this.#waiting;
    this.#waiting = waiting.filter((one) => one.batch > batch);
    for (const one of waiting) if (one.batch <= batch) one.call();
  }
}
