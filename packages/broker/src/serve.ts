// The shell: owns sockets and the clock, and performs what the machines decide, in order. Once per turn of the event
// loop everything that was put together is sent.

import { randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { MqttError, Reason } from '@anax/protocol';
import { Admission } from './access/admission.ts';
import { userAuthenticator } from './access/users.ts';
import type { Settings } from './config/settings.ts';
import { Connection } from './connection/connection.ts';
import type { Context } from './connection/context.ts';
import { Hub } from './hub/hub.ts';
import type { Counters, Note } from './hub/notes.ts';
import { type ByteSource, SharedRead } from './listeners/shared-read.ts';
import { type Listener, listenTcp } from './listeners/tcp.ts';
import type { BrokerOptions } from './options.ts';
import { SlabPool } from './shell/slab.ts';
import { SocketWire, type WireEvents } from './shell/socket-wire.ts';

const TICK_MS = 100;
/** After its last packet a connection may take this long to close before it is cut. */
const LINGER_MS = 1000;

export class Broker {
  readonly #settings: Settings;
  readonly #hub: Hub;
  readonly #context: Context;
  readonly #admission: Admission;
  readonly #shared = new SharedRead();
  readonly #pool = new SlabPool(this.#shared.memory);
  readonly #connections = new Map<Connection, SocketWire>();
  readonly #listeners: Listener[] = [];
  #dirty: SocketWire[] = [];
  /** Have said their last word; in the order in which they will be cut if they do not close. */
  readonly #lingering: { readonly wire: SocketWire; readonly cutAt: number }[] = [];
  #flushAsked = false;
  #ticker: NodeJS.Timeout | undefined;
  #closing: Promise<void> | undefined;
  /** Called when the last connection is gone, once the broker closes. */
  #empty: () => void = () => undefined;

  constructor(settings: Settings, options: BrokerOptions) {
    this.#settings = settings;
    this.#hub = new Hub(settings.limits, heard(options.note), now(), Math.random);
    this.#admission = new Admission({ ...settings.admission, ...settings.limits });
    this.#context = {
      hub: this.#hub,
      limits: settings.limits,
      admission: this.#admission,
      authenticate: options.authenticate ?? userAuthenticator(settings),
      methods: options.methods ?? new Map(),
      random: cryptoRandom,
      later: (promise, done, failed) => this.#later(promise, done, failed),
      connected: 0,
    };
  }

  /** What is listened on, with the ports that were chosen. */
  get listeners(): readonly Listener[] {
    return this.#listeners;
  }

  get counters(): Readonly<Counters> {
    return this.#hub.counters;
  }

  /** How much there is of what, now. */
  get counts(): {
    readonly connections: number;
    readonly clients: number;
    readonly sessions: number;
    readonly subscriptions: number;
    readonly retained: number;
  } {
    return {
      connections: this.#connections.size,
      clients: this.#context.connected,
      sessions: this.#hub.sessionCount,
      subscriptions: this.#hub.subscriptionCount,
      retained: this.#hub.retainedCount,
    };
  }

  /** Opens every listener; where one cannot be opened, none is left open. @throws MqttError `listen-failed` */
  async start(): Promise<void> {
    this.#ticker = setInterval(() => this.#tick(), TICK_MS);
    for (const options of this.#settings.listeners) {
      try {
        const listener = await listenTcp(options, this.#shared, ({ duplex, address, loopback, source }) => {
          this.#accept(duplex, address, loopback, source);
        });
        this.#listeners.push(listener);
      } catch (cause) {
        await this.close();
        throw new MqttError('listen-failed', listenSentence(options, cause), {}, { cause });
      }
    }
  }

  /**
   * Takes any duplex byte stream as a client's connection.
   * @param address where it comes from, for rules and the log
   * @param loopback whether it comes from this machine, which may let anonymous clients in
   */
  accept(duplex: Duplex, address: string, loopback: boolean): void {
    this.#accept(duplex, address, loopback, undefined);
  }

  #accept(duplex: Duplex, address: string, loopback: boolean, source: ByteSource | undefined): void {
    if (this.#closing !== undefined || duplex.destroyed) {
      duplex.destroy();
      return;
    }
    if (this.#connections.size - this.#context.connected >= this.#settings.limits.connectingMax) {
      this.#hub.counters.connectionsTurnedAway += 1;
      duplex.destroy();
      return;
    }
    const wire = new SocketWire(
      duplex,
      address,
      this.#pool,
      this.#settings.limits.outstandingBytesMax,
      (dirty) => {
        this.#dirty.push(dirty);
        this.#askFlush();
      },
    );
    const connection = new Connection(this.#context, wire, loopback, now());
    this.#connections.set(connection, wire);
    const events: WireEvents = {
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
    wire.start(events, source);
  }

  /** Tells every client, closes every connection and listener. Sessions end with the process. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
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
    }, LINGER_MS);
    await this.#allGone();
    await Promise.all(closing);
    clearTimeout(cut);
    clearInterval(this.#ticker);
  }

  #allGone(): Promise<void> {
    if (this.#connections.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#empty = resolve;
    });
  }

  #tick(): void {
    const at = now();
    this.#hub.advance(at);
    while (this.#lingering[0] !== undefined && this.#lingering[0].cutAt <= at)
      this.#lingering.shift()?.wire.destroy();
    this.#askFlush();
  }

  #askFlush(): void {
    if (this.#flushAsked) return;
    this.#flushAsked = true;
    setImmediate(() => this.#flush());
  }

  #flush(): void {
    this.#flushAsked = false;
    if (this.#hub.work(now())) this.#askFlush();
    const dirty = this.#dirty;
    this.#dirty = [];
    for (const wire of dirty) {
      if (wire.flush()) this.#lingering.push({ wire, cutAt: now() + LINGER_MS });
    }
  }

  #later<T>(promise: Promise<T>, done: (value: T, at: number) => void, failed: (at: number) => void): void {
    promise.then(
      (value) => done(value, now()),
      () => failed(now()),
    );
  }
}

/** A listener that throws has not been listening: what happens goes on. */
function heard(listener: BrokerOptions['note']): (note: Note) => void {
  return (note) => {
    try {
      listener?.(note);
    } catch {
      // There is nobody left to tell.
    }
  };
}

/** Milliseconds on a clock that never goes back. */
function now(): number {
  return performance.now();
}

function cryptoRandom(): number {
  return randomBytes(4).readUInt32BE() / 0x1_0000_0000;
}

function listenSentence(
  { host, port }: { readonly host: string; readonly port: number },
  cause: unknown,
): string {
  const code = (cause as { readonly code?: string }).code;
  const where = `${host}:${port}`;
  if (code === 'EADDRINUSE') return `${where} is in use by another program`;
  if (code === 'EACCES') return `this user may not listen on ${where}`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return `this machine has no address ${host}`;
  return `cannot listen on ${where}: ${code ?? String(cause)}`;
}
