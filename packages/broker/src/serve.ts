// The shell: owns sockets and the clock, and performs what the machines decide, in order. Once per turn of the event
// loop everything that was put together is sent.

import type { Duplex } from 'node:stream';
import { MqttError, Reason, type ReasonCode, reasonCodeAllowed } from '@anax/protocol';
import { Guard } from './abuse/guard.ts';
import { Admission } from './access/admission.ts';
import type { Chains } from './access/chain/chains.ts';
import { Policy } from './access/policy.ts';
import type { ListenerSettings, Settings } from './config/settings.ts';
import type { Context, SharedContext } from './connection/context.ts';
import { Dispatch } from './embedding/dispatch.ts';
import { type Handler, Handlers } from './embedding/handlers.ts';
import { type Listener as EventListener, Listeners } from './embedding/listeners.ts';
import { messageOf, type Publication } from './embedding/publication.ts';
import type { BrokerEvents } from './hub/events.ts';
import { Hub } from './hub/hub.ts';
import type { Limits } from './hub/limits.ts';
import type { Counters, Note } from './hub/notes.ts';
import type { Revised } from './hub/rights.ts';
import type { Listener } from './listeners/listener.ts';
import type { BrokerHooks } from './options.ts';
import { absentRights } from './reception/absent.ts';
import { OperatorBans } from './reception/bans.ts';
import { cryptoRandom, later, now } from './reception/clock.ts';
import { chainsOf, contextOf, embeddedTerms, termsOf } from './reception/contexts.ts';
import { Doors } from './reception/doors.ts';
import { judgeOf, type SessionJudge } from './reception/judge.ts';
import { MemoryWatch } from './reception/memory.ts';
import { Reception } from './reception/reception.ts';
import { admissionOf, failedNote, prepare, type Reloaded, reloadedNote } from './reception/reload.ts';
import { Storage } from './shell/storage.ts';
import type { Store } from './store/port.ts';
import { startSys } from './sys/publisher.ts';
import type { Figures } from './sys/tree.ts';
import { VERSION } from './version.ts';

const TICK_MS = 100;

/** How much there is of what, at one moment. */
export interface Counts {
  readonly connections: number;
  readonly clients: number;
  readonly sessions: number;
  /** Shared ones included. */
  readonly subscriptions: number;
  readonly retained: number;
}

/** Where an accepted stream comes from. */
export interface Origin {
  /** For rules, hooks and the log; empty where it is not said. */
  readonly address?: string;
  /** Whether it comes from this machine, which may let anonymous clients in. */
  readonly loopback?: boolean;
}

export class Broker {
  #settings: Settings;
  /** Those of the settings, for all that reads them while the broker runs: a reload changes them in place. */
  readonly #limits: { -readonly [K in keyof Limits]: Limits[K] };
  readonly #hooks: BrokerHooks;
  readonly #hub: Hub;
  readonly #storage: Storage;
  readonly #shared: SharedContext;
  /** For what is handed over by a program. */
  readonly #embedded: Context;
  readonly #reception: Reception;
  /** Those of the start. */
  readonly #chains: Chains;
  readonly #doors: Doors;
  readonly #dispatch: Dispatch;
  readonly bans: OperatorBans;
  readonly #events: Listeners;
  readonly #handlers: Handlers;
  readonly #memory: MemoryWatch;
  #flushAsked = false;
  #started = false;
  #ticker: NodeJS.Timeout | undefined;
  #closing: Promise<void> | undefined;
  /** One at a time. */
  #reloading: Promise<void> = Promise.resolve();

  /** For those who have read settings; `createBroker` takes options. @throws MqttError `invalid-configuration` */
  constructor(settings: Settings, hooks: BrokerHooks, openStore?: () => Promise<Store>) {
    this.#settings = settings;
    this.#limits = { ...settings.limits };
    this.#hooks = hooks;
    const note = heard(hooks.note);
    this.#storage = new Storage(openStore, settings.store?.bytesMax ?? Number.POSITIVE_INFINITY, note);
    this.#hub = new Hub(this.#limits, note, now(), Math.random, this.#storage.rows);
    this.#shared = {
      hub: this.#hub,
      admission: new Admission(admissionOf(settings)),
      guard: new Guard(settings.abuse, this.#hub.counters, note, now()),
      policy: new Policy(settings.access),
      authorizer: hooks,
      random: cryptoRandom,
      later,
      clients: { connected: 0 },
    };
    this.#reception = new Reception(this.#hub.counters, {
      isOpen: () => this.#closing === undefined && this.#storage.isOpen,
      arrived: () => this.#live(),
      ask: () => this.#askFlush(),
    });
    this.#memory = new MemoryWatch(this.#hub, this.#shared.guard, this.#reception);
    this.bans = new OperatorBans(this.#shared.guard, this.#reception, note);
    this.#doors = new Doors(this.#reception, note);
    this.#chains = chainsOf(settings, hooks, note);
    this.#embedded = contextOf(this.#shared, embeddedTerms(settings, this.#chains));
    this.#dispatch = new Dispatch(note, () => setImmediate(() => this.#dispatch.run()));
    this.#events = new Listeners(this.#hub.events, this.#dispatch);
    this.#handlers = new Handlers(this.#hub, this.#dispatch);
  }

  /** What is listened on, with the ports that were chosen. */
  get listeners(): readonly Listener[] {
    return this.#doors.open;
  }

  /** What has happened since the start: numbers that only go up. */
  get counters(): Readonly<Counters> {
    return this.#hub.counters;
  }

  get counts(): Counts {
    return {
      connections: this.#reception.size,
      clients: this.#shared.clients.connected,
      sessions: this.#hub.sessionCount,
      subscriptions: this.#hub.subscriptionCount,
      retained: this.#hub.retainedCount,
    };
  }

  /**
   * Opens every listener; where one cannot be opened, none is left open.
   * @throws MqttError `listen-failed`, `invalid-configuration`, `already-started`, `closed`
   */
  async start(): Promise<void> {
    this.#requireOpen();
    if (this.#started) throw new MqttError('already-started', 'this broker has been started');
    this.#started = true;
    const { rightsOf } = absentRights(this.#settings, this.#hooks, this.#shared.policy, this.#chains);
    await this.#storage.open(this.#hub, rightsOf, now, (batch) => this.#written(batch));
    this.#live();
    for (const listener of this.#settings.listeners) {
      await this.#listen(listener);
      // Somebody may have closed the broker meanwhile.
      this.#requireOpen();
    }
    this.#doors.certificates.start();
  }

  async #listen(settings: ListenerSettings): Promise<void> {
    try {
      const terms = termsOf(settings, this.#chains);
      await this.#doors.listen(settings, contextOf(this.#shared, terms, settings.guestsMax));
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  #requireOpen(): void {
    if (this.#closing !== undefined) throw new MqttError('closed', 'this broker has been closed');
  }

  /** From the first listener or connection on, time passes. */
  #live(): void {
    if (this.#ticker !== undefined) return;
    this.#ticker = setInterval(() => this.#tick(), TICK_MS);
    // Listeners and sockets keep the process alive; a broker without any does not.
    this.#ticker.unref();
    const { sysIntervalMs } = this.#settings;
    if (sysIntervalMs > 0) startSys(this.#hub, VERSION, sysIntervalMs, () => this.#figures(), now());
  }

  /** A batch is written: what waited for it leaves. */
  #written(batch: number): void {
    this.#reception.turns.release(batch, now());
    this.#askFlush();
  }

  /** Takes any duplex byte stream as a client's connection, also where the broker listens nowhere. */
  accept(duplex: Duplex, { address = '', loopback = false }: Origin = {}): void {
    this.#doors.accept({ duplex, address, loopback }, this.#embedded);
  }

  /**
   * Calls a function for each event of a kind, at the end of the turn in which it happened; what it throws harms nobody
   * and is noted. Returns the function that ends it. @throws MqttError `unknown-event`
   */
  on<E extends keyof BrokerEvents>(event: E, listener: EventListener<E>): () => void {
    return this.#events.on(event, listener);
  }

  /**
   * Publishes a message from the server itself; returns to how many sessions and handlers it goes.
   * @throws MqttError `invalid-topic-name`, `retain-not-supported`, `retained-full`, `closed`, or what is wrong with it
   */
  publish(publication: Publication): number {
    this.#requireOpen();
    const at = now();
    const message = messageOf(publication, this.#settings.limits, at);
    if (message.retain && !this.#hub.canRetain(message)) {
      const facts = { reasonCode: Reason.quotaExceeded };
      throw new MqttError('retained-full', 'no more retained messages fit', facts);
    }
    return this.#hub.publish(message, undefined, at);
  }

  /**
   * Calls a function for each message that is published on a topic filter from now on, by whomever; retained messages
   * from before are not brought. Returns the function that ends it. @throws MqttError `invalid-topic-filter`
   */
  subscribe(topicFilter: string, handler: Handler): () => void {
    return this.#handlers.add(topicFilter, handler);
  }

  /**
   * Ends a client's connection; in 5.0 it is told why. False where no client of that identifier is connected.
   * @throws MqttError `invalid-reason-code`
   */
  disconnect(
    clientId: string,
    reasonCode: ReasonCode = Reason.administrativeAction,
    text = 'the server ends this connection',
  ): boolean {
    if (reasonCode < 0x80 || !reasonCodeAllowed(reasonCode, 'disconnect', 'server')) {
      const code = `0x${Number(reasonCode).toString(16).toUpperCase().padStart(2, '0')}`;
      throw new MqttError('invalid-reason-code', `${code} is no reason for a server to end a connection`);
    }
    return this.#hub.disconnect(clientId, reasonCode, text, now());
  }

  /**
   * Asks anew what each session may do, connected or not, and takes away at once what is no longer allowed: subscriptions,
   * and what waits. Without a function the permissions that there are are asked again. See docs/embedding.md.
   */
  revise(decide?: SessionJudge): Revised {
    return this.#hub.revise(judgeOf(decide, this.#shared), now());
  }

  /**
   * Other settings from now on, all of them or, where one is wrong, none: then what was holds on, and it is noted why. Nobody
   * is disconnected but those who are not let in any more, and those whose listener is gone. What a client was told in
   * CONNACK holds until it connects again; `store` and `sysInterval` are read at the start only, which is noted.
   * @param read gives the settings; what it throws is a reload that failed, too
   * @throws MqttError `closed`, `not-started`, `listen-failed`, `would-open`, or what `read` throws
   */
  reload(read: () => Settings): Promise<Reloaded> {
    const one = this.#reloading.then(() => this.#reload(read));
    this.#reloading = one.then(
      () => undefined,
      () => undefined,
    );
    return one;
  }

  async #reload(read: () => Settings): Promise<Reloaded> {
    this.#requireOpen();
    if (!this.#started) throw new MqttError('not-started', 'this broker has not been started');
    try {
      const settings = read();
      const renewal = await prepare(this.#settings, settings, this.#hooks, {
        doors: this.#doors,
        reception: this.#reception,
        shared: this.#shared,
        embedded: this.#embedded,
      });
      const reloaded = renewal.commit(now());
      this.#settings = settings;
      Object.assign(this.#limits, settings.limits);
      this.#askFlush();
      this.#hub.note(reloadedNote(reloaded));
      return reloaded;
    } catch (error) {
      this.#hub.note(failedNote(error));
      throw error;
    }
  }

  /**
   * Accepts nobody any more, tells 5.0 clients 0x8B, sends what is outstanding, and ends every connection; who has not
   * taken it within `closeTimeout` is cut. What is stored is there again at the next start; all else ends with the broker.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** For `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#shared.admission.shutDown();
    const closing = this.#doors.close();
    this.#reception.end(Reason.serverShuttingDown, 'this server is shutting down', now());
    this.#flush();
    const cut = setTimeout(() => this.#reception.destroy(), this.#settings.closeTimeoutMs);
    await this.#reception.allGone();
    await closing;
    clearTimeout(cut);
    clearInterval(this.#ticker);
    await this.#storage.close(this.#settings.closeTimeoutMs);
    this.#dispatch.run();
  }

  #figures(): Figures {
    const hub = this.#hub;
    const { heapUsed, external } = process.memoryUsage();
    return {
      counters: hub.counters,
      clientsConnected: this.#shared.clients.connected,
      sessions: hub.sessionCount,
      subscriptions: hub.subscriptionCount - hub.sharedSubscriptionCount,
      sharedSubscriptions: hub.sharedSubscriptionCount,
      retainedMessages: hub.retainedCount,
      storedMessages: hub.retainedCount + hub.held.messages,
      storedBytes: hub.retainedBytes + hub.held.bytes,
      heapBytes: heapUsed + external,
    };
  }

  #tick(): void {
    const at = now();
    this.#hub.advance(at);
    this.#shared.guard.advance(at);
    this.#memory.look(at);
    // Once it closes, everybody has until `closeTimeout`.
    if (this.#closing === undefined) this.#reception.turns.cut(at);
    this.#askFlush();
  }

  #askFlush(): void {
    if (this.#flushAsked) return;
    this.#flushAsked = true;
    setImmediate(() => this.#flush());
  }

  #flush(): void {
    this.#flushAsked = false;
    const at = now();
    if (this.#hub.work(at)) this.#askFlush();
    this.#storage.run();
    this.#reception.turns.flush(at);
  }
}

/** A listener that throws has not been listening: what happens goes on. */
function heard(listener: BrokerHooks['note']): (note: Note) => void {
  return (note) => {
    try {
      listener?.(note);
    } catch {
      // There is nobody left to tell.
    }
  };
}
