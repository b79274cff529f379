// Makes a connection of each byte pipe that arrives, and keeps them until they are gone. Owns the sockets of a broker;
// reads the clock for the machines and decides nothing for them.

import type { ReasonCode } from '@anax/protocol';
import type { PeerFacts } from '../access/access.ts';
import type { Client } from '../access/authorizer.ts';
import { Connection } from '../connection/connection.ts';
import type { Context, SharedContext } from '../connection/context.ts';
import type { Counters } from '../hub/notes.ts';
import type { Revised } from '../hub/rights.ts';
import type { Arrival } from '../listeners/listener.ts';
import { SharedRead } from '../listeners/shared-read.ts';
import { Handover } from '../shell/handover.ts';
import { SlabPool } from '../shell/slab.ts';
import { SocketWire, type WireEvents } from '../shell/socket-wire.ts';
import { Turns } from '../shell/turns.ts';
import { type Absent, rightsWithoutLogin } from './absent.ts';
import { now } from './clock.ts';
import { offlineRights } from './judge.ts';

export interface ReceptionEvents {
  /** False where nobody is taken: not yet, or no more. */
  readonly isOpen: () => boolean;
  /** Somebody has been taken. */
  readonly arrived: () => void;
  /** Asks for `turns.flush` at the end of this turn. */
  readonly ask: () => void;
}

/** What one peer costs. */
export interface Load {
  readonly bytes: number;
  /** Undefined where nobody is connected. */
  readonly connection: Connection | undefined;
  readonly address: string;
}

export class Reception {
  readonly shared = new SharedRead();
  readonly turns: Turns;
  readonly #pool = new SlabPool(this.shared.memory);
  readonly #handover = new Handover();
  readonly #connections = new Map<Connection, SocketWire>();
  readonly #events: ReceptionEvents;
  readonly #counters: Counters;
  /** Called when the last connection is gone, once somebody waits for that. */
  #empty: () => void = () => undefined;

  constructor(counters: Counters, events: ReceptionEvents) {
    this.#counters = counters;
    this.#events = events;
    this.turns = new Turns(events.ask);
  }

  /** Sockets, whether somebody was let in on them or not. */
  get size(): number {
    return this.#connections.size;
  }

  /**
   * Whether there is room for one more that is nobody yet; counts who is turned away.
   * @param pending sockets that have not arrived yet
   */
  mayCome({ clients, limits }: Context, pending: number): boolean {
    if (this.#connections.size - clients.connected + pending < limits.connectingMax) return true;
    this.#counters.connectionsTurnedAway += 1;
    return false;
  }

  /** Takes a byte pipe, or destroys it. */
  accept(arrival: Arrival, context: Context, pending: number): void {
    const { duplex, address, source, acquaintance, isAnnounced } = arrival;
    const isWelcome = this.#events.isOpen() && !duplex.destroyed && this.mayCome(context, pending);
    if (!isWelcome || (isAnnounced !== true && !context.guard.mayCome(address, now()))) {
      duplex.destroy();
      return;
    }
    this.#events.arrived();
    const wire = new SocketWire(
      duplex,
      address,
      this.#counters,
      this.#pool,
      context.limits.outstandingBytesMax,
      this.#handover,
      this.turns.commits,
      this.turns.dirty,
    );
    const connection = new Connection(context, wire, peerOf(arrival), now());
    this.#connections.set(connection, wire);
    if (acquaintance !== undefined) acquaintance.isKnown = () => connection.phase === 'open';
    wire.start(this.#eventsOf(connection), source);
  }

  #eventsOf(connection: Connection): WireEvents {
    return {
      received: (chunk) => connection.receive(chunk, now()),
      drained: () => {
        connection.drained(now());
        this.#events.ask();
      },
      gone: () => {
        this.#connections.delete(connection);
        connection.lost(now());
        if (this.#connections.size === 0) this.#empty();
      },
    };
  }

  /** Ends everybody, or those of one listener, and tells them why. */
  end(reasonCode: ReasonCode, text: string, at: number, context?: Context): void {
    for (const connection of [...this.#connections.keys()]) {
      if (context === undefined || connection.context === context) connection.end(reasonCode, text, at);
    }
  }

  /** Ends the connections of those clients; returns how many they were. */
  endWhere(isMeant: (client: Client) => boolean, reasonCode: ReasonCode, text: string): number {
    let count = 0;
    for (const connection of [...this.#connections.keys()]) {
      const { client } = connection;
      if (client === undefined || !isMeant(client)) continue;
      count += 1;
      connection.end(reasonCode, text, now());
    }
    return count;
  }

  /**
   * The settings have changed: who is not let in any more is ended, and sessions get the rights that they have now.
   * @param absent what is known without a login
   */
  review(shared: SharedContext, absent: Absent, at: number): Revised {
    const byClientId = new Map<string, Connection>();
    for (const connection of this.#connections.keys()) {
      const { client } = connection;
      if (client !== undefined) byClientId.set(client.clientId, connection);
    }
    return shared.hub.revise((session) => {
      if (session.address === undefined) return { rights: offlineRights(session, absent, shared) };
      const judgement = byClientId.get(session.clientId)?.judgement();
      if (judgement?.end === undefined) return judgement;
      const { clientId, userName } = session;
      return { ...judgement, rights: rightsWithoutLogin(absent, clientId, userName) };
    }, at);
  }

  /** Of those who came in through a listener. */
  clientIdsOf(context: Context): readonly string[] {
    const found: string[] = [];
    for (const { context: own, client } of this.#connections.keys()) {
      if (own === context && client !== undefined) found.push(client.clientId);
    }
    return found;
  }

  /** What each connection holds in its buffers; those that hold nothing, too. */
  *loads(): IterableIterator<Load & { readonly connection: Connection }> {
    for (const [connection, wire] of this.#connections) {
      const bytes = connection.keptBytes + wire.outstandingBytes;
      yield { bytes, connection, address: wire.address };
    }
  }

  /** Cuts every connection, whatever is outstanding. */
  destroy(): void {
    for (const wire of this.#connections.values()) wire.destroy();
  }

  /** Resolves when the last connection is gone. */
  allGone(): Promise<void> {
    if (this.#connections.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#empty = resolve;
    });
  }
}

/** Without what only the way here needed: it is kept as long as the connection. */
function peerOf({ loopback, certificate, pskIdentity }: Arrival): PeerFacts {
  if (certificate === undefined && pskIdentity === undefined) return loopback ? LOCAL : REMOTE;
  return { loopback, certificate, pskIdentity };
}

const LOCAL: PeerFacts = Object.freeze({ loopback: true, certificate: undefined, pskIdentity: undefined });
const REMOTE: PeerFacts = Object.freeze({ loopback: false, certificate: undefined, pskIdentity: undefined });
