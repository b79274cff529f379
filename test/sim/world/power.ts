// The broker's process: when it dies, in order or not, how long it is away, and how it begins again. Counts what it does
// that somebody can see, so that it can be ended after any one of these.

import { ANYTHING_BUT_SYS } from '../../../packages/broker/src/access/access.ts';
import type { Limits } from '../../../packages/broker/src/hub/limits.ts';
import type { Restored } from '../../../packages/broker/src/hub/restore.ts';
import type { Write } from '../../../packages/broker/src/hub/writes.ts';
import { Committer } from '../../../packages/broker/src/shell/committer.ts';
import { broken } from '../model/violation.ts';
import { type HubClass, type Life, makeBroker } from './broker.ts';
import type { Chance } from './chance.ts';
import type { Clock } from './clock.ts';
import { SimStore, type StoreFacts } from './store.ts';

/** The world as its broker's process knows it. */
export interface Mains {
  readonly clock: Clock;
  readonly chance: Chance;
  /** Undefined: nothing is stored, and the broker never dies. */
  readonly store: StoreFacts | undefined;
  /** What the broker obeys. */
  readonly chosen: Limits;
  readonly sabotage: {
    readonly hub?: HubClass;
    readonly writes?: (writes: readonly Write[]) => readonly Write[];
  };
  readonly clientIds: readonly string[];
  readonly stats: { crashes: number };
  readonly model: {
    readonly ledger: { stored(batch: number): void };
    restarted(now: number): void;
  };
  readonly trace: ((line: string) => void) | undefined;
  /** Hears what the broker of this life tells. */
  listen(): void;
  brokerGone(linksLive: boolean): void;
  endAll(): void;
  /** What waited for the store leaves. */
  released(): void;
  /** The end of the broker's turn. */
  flush(): void;
}

export interface Death {
  /** Until it is there again. */
  readonly downMs: number;
  /** What has left the process arrives, as when it is killed; otherwise it is lost, as when the machine goes down. */
  readonly linksLive: boolean;
  /** Its store is gone with it. */
  readonly forgets?: boolean;
}

const AT_ONCE: Death = { downMs: 0, linksLive: true };

export class Power {
  readonly store: SimStore | undefined;
  /** What clients and links have seen it do, and what its store has. */
  effects = 0;
  life: Life;
  readonly #world: Mains;
  readonly #note: Parameters<typeof makeBroker>[3];
  #dieAt = Number.POSITIVE_INFINITY;
  #death: Death = AT_ONCE;
  #isStopping = false;

  constructor(world: Mains, note: Parameters<typeof makeBroker>[3]) {
    this.#world = world;
    this.#note = note;
    const { store, clock, chance } = world;
    this.store = store && new SimStore(store, clock, chance);
    this.life = this.#born();
  }

  /** Clients may come. */
  get isUp(): boolean {
    return !this.life.isDead && !this.#isStopping;
  }

  /** Nothing is being written, and nothing waits to be. */
  get isStored(): boolean {
    const { committer, hub } = this.life;
    return committer === undefined || (committer.idle && !hub.journal.pending);
  }

  #born(): Life {
    const { clock, chance, sabotage, chosen } = this.#world;
    const { store } = this;
    const broker = makeBroker(chosen, clock.now, chance.next, this.#note, sabotage.hub, store);
    const commits = { committed: 0 };
    const life: Life = { ...broker, commits, isDead: false, committer: undefined };
    if (store === undefined) return life;
    const change = sabotage.writes ?? ((writes: readonly Write[]) => writes);
    const writable = store.writable(
      {
        get isDead() {
          return life.isDead;
        },
        effect: () => this.effect(life),
      },
      change,
    );
    const later = (run: () => void, ms: number): undefined => {
      clock.after(ms, () => {
        if (!life.isDead) run();
      });
    };
    const committed = (batch: number): void => this.#committed(life, batch);
    const committer = new Committer(broker.hub.journal, writable, committed, this.#note, later);
    return Object.assign(life, { committer });
  }

  /** What waited for a batch leaves. */
  #committed(life: Life, batch: number): void {
    if (life.isDead) return;
    life.commits.committed = batch;
    this.#world.model.ledger.stored(batch);
    if (this.effect(life)) this.#world.released();
  }

  /** The process has done something that can be seen; false where that was the last. */
  effect(life: Life): boolean {
    if (life.isDead) return false;
    this.effects += 1;
    if (this.effects >= this.#dieAt) this.die(this.#death);
    return !life.isDead;
  }

  /** It dies right after it has done so much more. */
  arm(effects: number, death: Death): void {
    this.#dieAt = this.effects + effects;
    this.#death = death;
  }

  disarm(): void {
    this.#dieAt = Number.POSITIVE_INFINITY;
  }

  die(death: Death): void {
    if (this.store === undefined || this.life.isDead) return;
    this.life.isDead = true;
    this.disarm();
    this.#world.stats.crashes += 1;
    this.#world.trace?.(`${this.#world.clock.now} the broker is gone ${JSON.stringify(death)}`);
    if (death.forgets === true) this.store.forget();
    this.#world.brokerGone(death.linksLive);
    this.#world.clock.after(death.downMs, () => this.#rise());
  }

  /** Ends in order: nobody comes any more, all are told, what there is is stored. */
  stop(death: Death): void {
    if (this.store === undefined || !this.isUp) return;
    this.#isStopping = true;
    this.#death = death;
    this.#world.endAll();
  }

  /** At the end of a turn: what is to be stored is on its way. */
  run(): void {
    const { life } = this;
    if (life.committer === undefined) return;
    const { batch } = life.hub.journal;
    life.committer.run();
    if (life.isDead || !this.isStored) return;
    this.#world.model.ledger.stored(batch);
  }

  /** Nobody is connected. */
  rest(): void {
    if (this.#isStopping && this.isStored) this.die(this.#death);
  }

  #rise(): void {
    const { model, clock, trace } = this.#world;
    this.#isStopping = false;
    this.life = this.#born();
    this.#world.listen();
    model.restarted(clock.now);
    const restored: Restored = this.life.hub.restore(clock.now, () => ANYTHING_BUT_SYS);
    trace?.(`${clock.now} the broker is there again: ${JSON.stringify(restored)}`);
    if (restored.damaged > 0) broken('protocol', `${restored.damaged} rows could not be read`);
    this.life.hub.find(this.#world.clientIds);
    this.#world.flush();
  }
}
