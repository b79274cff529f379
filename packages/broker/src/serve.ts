// The shell: owns sockets and the clock, and performs what the machines decide, in order. Once per turn of the event
// loop everything that was put together is sent.

import { randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { MqttError, Reason, type ReasonCode, reasonCodeAllowed } from '@anax/protocol';
import { Admission } from './access/admission.ts';
import { userAuthenticator } from './access/users.ts';
import type { Settings } from './config/settings.ts';
import { Connection } from './connection/connection.ts';
import type { Context } from './connection/context.ts';
import { Dispatch } from './embedding/dispatch.ts';
import { type Handler, Handlers } from './embedding/handlers.ts';
import { type Listener as EventListener, Listeners } from './embedding/listeners.ts';
import { messageOf, type Publication } from './embedding/publication.ts';
import type { BrokerEvents } from './hub/events.ts';
import { Hub } from './hub/hub.ts';
import type { Counters, Note } from './hub/notes.ts';
import type { Arrival, Listener } from './listeners/listener.ts';
import { type ListenerOptions, listenSentence, openListener } from './listeners/open.ts';
import { SharedRead } from './listeners/shared-read.ts';
import type { WebSocketLimits, WebSocketTaker } from './listeners/ws.ts';
import type { BrokerHooks } from './options.ts';
import { Handover } from './shell/handover.ts';
import { SlabPool } from './shell/slab.ts';
import { SocketWire, type WireEvents } from './shell/socket-wire.ts';
import { Storage } from './shell/storage.ts';
import { Turns } from './shell/turns.ts';
import type { Store } from './store/port.ts';
import { startSys } from './sys/publisher.ts';
import type { Figures } from './sys/tree.ts';
import { VERSION } from './version.ts';

const TICK_MS = 100;
/** Beside the largest packet, in one message of WebSocket. */
const WEBSOCKET_ROOM_BYTES = 256 * 1024;

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
  readonly #settings: Settings;
  readonly #hub: Hub;
  readonly #storage: Storage;
  readonly #context: Context;
  readonly #admission: Admission;
  readonly #dispatch: Dispatch;
  readonly #events: Listeners;
  readonly #handlers: Handlers;
  readonly #shared = new SharedRead();
  readonly #pool = new SlabPool(this.#shared.memory);
  readonly #handover = new Handover();
  readonly #turns = new Turns(() => this.#askFlush());
  readonly #connections = new Map<Connection, SocketWire>();
  readonly #listeners: Listener[] = [];
  #flushAsked = false;
  #started = false;
  #ticker: NodeJS.Timeout | undefined;
  #closing: Promise<void> | undefined;
  /** Called when the last connection is gone, once the broker closes. */
  #empty: () => void = () => undefined;

  /** For those who have read settings; `createBroker` takes options. */
  constructor(settings: Settings, hooks: BrokerHooks, openStore?: () => Promise<Store>) {
    this.#settings = settings;
    const note = heard(hooks.note);
    this.#storage = new Storage(openStore, settings.store?.bytesMax ?? Number.POSITIVE_INFINITY, note);
    this.#hub = new Hub(settings.limits, note, now(), Math.random, this.#storage.rows);
    this.#admission = new Admission({ ...settings.admission, ...settings.limits });
    this.#context = {
      hub: this.#hub,
      limits: settings.limits,
      admission: this.#admission,
      authenticate: hooks.authenticate ?? userAuthenticator(settings),
      methods: hooks.methods ?? new Map(),
      authorizer: hooks,
      random: cryptoRandom,
      later: (promise, done, failed) => this.#later(promise, done, failed),
      connected: 0,
    };
    this.#dispatch = new Dispatch(note, () => setImmediate(() => this.#dispatch.run()));
    this.#events = new Listeners(this.#hub.events, this.#dispatch);
    this.#handlers = new Handlers(this.#hub, this.#dispatch);
  }

  /** What is listened on, with the ports that were chosen. */
  get listeners(): readonly Listener[] {
    return this.#listeners;
  }

  /** What has happened since the start: numbers that only go up. */
  get counters(): Readonly<Counters> {
    return this.#hub.counters;
  }

  get counts(): Counts {
    return {
      connections: this.#connections.size,
      clients: this.#context.connected,
      sessions: this.#hub.sessionCount,
      subscriptions: this.#hub.subscriptionCount,
      retained: this.#hub.retainedCount,
    };
  }

  /**
   * Opens every listener; where one cannot be opened, none is left open.
   * @throws MqttError `listen-failed`, `already-started`, `closed`
   */
  async start(): Promise<void> {
    this.#requireOpen();
    if (this.#started) throw new MqttError('already-started', 'this broker has been started');
    this.#started = true;
    await this.#storage.open(this.#hub, now, (batch) => this.#written(batch));
    this.#live();
    for (const options of this.#settings.listeners) {
      const listener = await this.#listen(options);
      // Somebody may have closed the broker meanwhile.
      if (this.#closing !== undefined) await listener.close();
      this.#requireOpen();
      this.#listeners.push(listener);
    }
  }

  async #listen(options: ListenerOptions): Promise<Listener> {
    const taker: WebSocketTaker = {
      mayCome: () => this.#mayCome(),
      arrived: (arrival) => this.#accept(arrival),
    };
    try {
      return await openListener(options, webSocketLimits(this.#settings.limits), this.#shared, taker);
    } catch (cause) {
      await this.close();
      throw new MqttError('listen-failed', listenSentence(options, cause), {}, { cause });
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
    this.#turns.release(batch, now());
    this.#askFlush();
  }

  /** Takes any duplex byte stream as a client's connection, also where the broker listens nowhere. */
  accept(duplex: Duplex, { address = '', loopback = false }: Origin = {}): void {
    this.#accept({ duplex, address, loopback });
  }

  /** Whether there is room for one more that is nobody yet; counts who is turned away. */
  #mayCome(): boolean {
    let connecting = this.#connections.size - this.#context.connected;
    for (const { pending } of this.#listeners) connecting += pending;
    if (connecting < this.#settings.limits.connectingMax) return true;
    this.#hub.counters.connectionsTurnedAway += 1;
    return false;
  }

  #accept({ duplex, address, loopback, source, acquaintance }: Arrival): void {
    const gone = this.#closing !== undefined || !this.#storage.isOpen || duplex.destroyed;
    if (gone || !this.#mayCome()) {
      duplex.destroy();
      return;
    }
    this.#live();
    const { counters } = this.#hub;
    const wire = new SocketWire(
      duplex,
      address,
      counters,
      this.#pool,
      this.#settings.limits.outstandingBytesMax,
      this.#handover,
      this.#turns.commits,
      this.#turns.dirty,
    );
    const connection = new Connection(this.#context, wire, loopback, now());
    this.#connections.set(connection, wire);
    if (acquaintance !== undefined) acquaintance.isKnown = () => connection.phase === 'open';
    wire.start(this.#eventsOf(connection), source);
  }

  #eventsOf(connection: Connection): WireEvents {
    return {
      received: (chunk) => connection.receive(chunk, now()),
      drained: () => {
        connection.drained(now());
        this.#askFlush();
      },
      gone: () => {
        this.#connections.delete(connection);
        connection.lost(now());
        if (this.#connections.size === 0) this.#empty();
      },
    };
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
    this.#admission.shutDown();
    const closing = this.#listeners.map((listener) => listener.close());
    for (const connection of [...this.#connections.keys()]) {
      connection.end(Reason.serverShuttingDown, 'this server is shutting down', now());
    }
    this.#flush();
    const cut = setTimeout(() => {
      for (const wire of this.#connections.values()) wire.destroy();
    }, this.#settings.closeTimeoutMs);
    await this.#allGone();
    await Promise.all(closing);
    clearTimeout(cut);
    clearInterval(this.#ticker);
    await this.#storage.close(this.#settings.closeTimeoutMs);
    this.#dispatch.run();
  }

  #allGone(): Promise<void> {
    if (this.#connections.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#empty = resolve;
    });
  }

  #figures(): Figures {
    const hub = this.#hub;
    const { heapUsed, external } = process.memoryUsage();
    return {
      counters: hub.counters,
      clientsConnected: this.#context.connected,
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
    // Once it closes, everybody has until `closeTimeout`.
    if (this.#closing === undefined) this.#turns.cut(at);
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
    this.#turns.flush(at);
  }

  #later<T>(promise: Promise<T>, done: (value: T, at: number) => void, failed: (at: number) => void): void {
    promise.then(
      (value) => done(value, now()),
      () => failed(now()),
    );
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

/** Milliseconds since 1970 on a clock that never goes back: what is stored must mean the same in the next process. */
function now(): number {
  return performance.timeOrigin + performance.now();
}

function cryptoRandom(): number {
  return randomBytes(4).readUInt32BE() / 0x1_0000_0000;
}

/** Several packets may be in one message, which is taken as a whole. [5:MQTT-6.0.0-2] */
function webSocketLimits(limits: Settings['limits']): WebSocketLimits {
  return {
    upgradeTimeoutMs: limits.connectTimeoutMs,
    messageBytesMax: limits.maximumPacketSize + WEBSOCKET_ROOM_BYTES,
    unknownBytesMax: limits.connectPacketBytesMax + WEBSOCKET_ROOM_BYTES,
  };
}
