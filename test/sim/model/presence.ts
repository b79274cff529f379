// Which session a CONNACK must speak of: kept, expired, or new. By what the client asked for and when the broker learnt
// that the connection was over. [5:3.1.2.11.2] [5:MQTT-3.2.2-2] [3.1.1:3.1.2.4]

import {
  type ConnackPacket,
  type ConnectPacket,
  type DisconnectPacket,
  type Packet,
  SESSION_EXPIRY_NEVER_SECONDS,
} from '@anax/protocol';
import { Epoch, NEVER, type Publication } from './facts.ts';
import type { Ledger } from './ledger.ts';
import { broken } from './violation.ts';

/** The broker's timers fire on the next tick. */
const TICK_MS = 200;

/** One network connection, as both ends and the model know it. */
export interface Connection {
  readonly clientId: string;
  readonly will: Publication | undefined;
  readonly willDelaySeconds: number;
  connect: ConnectPacket | undefined;
  disconnect: DisconnectPacket | undefined;
  /** From the broker's CONNACK on. */
  epoch: Epoch | undefined;
  isNewSession: boolean;
  /** The client has had its CONNACK. */
  isUp: boolean;
  /** CONNACK has left the broker. */
  isOut: boolean;
  /** Which session it has cannot be known: the broker died before it was stored. */
  isDoubtful: boolean;
}

/** What the broker knows of a client. */
interface Client {
  readonly epoch: Epoch;
  readonly connection: Connection | undefined;
  readonly expirySeconds: number;
  readonly goneAt: number;
  /** It waits for its delay, or for the end of the session. */
  readonly delayedWill: { readonly will: Publication; readonly dueAt: number } | undefined;
  /** What else may be true, since the broker died; undefined: there is no session. */
  readonly others: readonly (Client | undefined)[];
}

export class Presence {
  /** Of all times. */
  readonly everyEpoch: Epoch[] = [];
  readonly #clients = new Map<string, Client>();
  readonly #inFlightMax: number;
  readonly #tick: () => number;
  readonly #ledger: Ledger;
  /** Where the broker has died: what was before that which it may not have stored, the oldest first. */
  readonly #befores = new Map<string, (Client | undefined)[]>();

  constructor(inFlightMax: number, tick: () => number, ledger: Ledger) {
    this.#inFlightMax = inFlightMax;
    this.#tick = tick;
    this.#ledger = ledger;
  }

  /** Of clients that are connected. */
  epochs(): Epoch[] {
    const living: Epoch[] = [];
    for (const { epoch, connection } of this.#clients.values())
      if (connection?.isUp === true) living.push(epoch);
    return living;
  }

  /** A packet passes the broker's end, before anybody else looks at it. */
  packet(connection: Connection, packet: Packet, now: number): void {
    if (packet.type === 'connect') connection.connect = packet;
    else if (packet.type === 'disconnect') connection.disconnect = packet;
    else if (packet.type === 'connack') this.#connack(connection, packet, now);
  }

  #connack(connection: Connection, connack: ConnackPacket, now: number): void {
    const { connect, clientId } = connection;
    if (connect === undefined || connack.reasonCode !== 0)
      return broken('protocol', `${clientId} was refused with ${connack.reasonCode}`);
    const before = this.#clients.get(clientId);
    // Another connection took its place before anybody said that the old one was over.
    if (before?.connection !== undefined) this.ended(before.connection, false, now);
    const client = this.#clients.get(clientId);
    const expected = this.#expected(client, connect, now);
    const { dialect } = connect;
    const present = dialect.sessionPresent ? connack.sessionPresent : expected === true;
    if (expected !== undefined && present !== expected)
      broken('session-present', `${clientId} has a session: ${expected}, CONNACK says ${present}`);
    const epoch = present && client !== undefined ? client.epoch : new Epoch(clientId, this.#ledger);
    if (!this.everyEpoch.includes(epoch)) this.everyEpoch.push(epoch);
    connection.epoch = epoch;
    connection.isNewSession = !present;
    // Who comes back in time takes it back. [5:MQTT-3.1.3-9]
    const { will, dueAt } = client?.delayedWill ?? {};
    if (present && will !== undefined && now < (dueAt ?? 0)) will.from = NEVER;
    const expirySeconds = expiryOf(connect);
    if (expirySeconds === 0) epoch.wasUnstored = true;
    connection.isDoubtful = present && client?.others.some((other) => other?.epoch !== epoch) === true;
    if (connection.isDoubtful) epoch.exchanges.doubt();
    const others: Client['others'] = [];
    this.#clients.set(clientId, {
      epoch,
      connection,
      expirySeconds,
      goneAt: 0,
      delayedWill: undefined,
      others,
    });
    this.#ledger.note(() => {
      // Who has been told of the session has it, and no other.
      if (connection.isOut) this.#befores.delete(clientId);
      else this.#mayBe(clientId, client);
    });
    const receiveMaximum = connect.properties.receiveMaximum ?? 0xffff;
    epoch.exchanges.begin(Math.min(receiveMaximum, this.#inFlightMax), !present);
  }

  /** Undefined where it cannot be known. */
  #expected(client: Client | undefined, connect: ConnectPacket, now: number): boolean | undefined {
    const expected = expectedOf(client, connect, now);
    const isSure = client?.others.every((other) => expectedOf(other, connect, now) === expected);
    return isSure === false ? undefined : expected;
  }

  /** The broker may know this of a client, as it has died since. */
  #mayBe(clientId: string, client: Client | undefined): void {
    const befores = this.#befores.get(clientId);
    if (befores === undefined) this.#befores.set(clientId, [client]);
    else befores.push(client);
  }

  /** The broker begins anew: all connections ended with it, and what was not stored is true or not. */
  restarted(now: number): void {
    for (const [clientId, client] of this.#clients) {
      const befores = this.#befores.get(clientId);
      if (befores !== undefined) {
        this.#clients.set(clientId, this.#either(client, befores, now));
        // When its connection ended is stored now only.
        this.#ledger.note(() => this.#mayBe(clientId, { ...client, others: befores }));
      } else if (client.connection !== undefined) this.ended(client.connection, false, now);
    }
    this.#befores.clear();
  }

  #either(client: Client, befores: readonly (Client | undefined)[], now: number): Client {
    const all = [...befores, client].flatMap(withOthers);
    const others = all.map((one) => {
      if (one === undefined) return undefined;
      for (const will of [one.connection?.will, one.delayedWill?.will]) {
        if (will === undefined) continue;
        will.from = Math.min(will.from, this.#tick());
        will.done = Math.min(will.done, will.from);
        will.acknowledged = NEVER;
      }
      return one.connection === undefined ? one : { ...one, connection: undefined, goneAt: now };
    });
    // The oldest has all that was asked for and all that has come.
    const oldest = others.find((one) => one !== undefined) ?? client;
    return { ...oldest, connection: undefined, delayedWill: undefined, others };
  }

  /** The broker knows that the connection is over; `byClient` if its DISCONNECT ended it. */
  ended(connection: Connection, byClient: boolean, now: number): void {
    const client = this.#clients.get(connection.clientId);
    if (client === undefined || client.connection !== connection) return;
    const { disconnect, will, willDelaySeconds, clientId } = connection;
    const asked = byClient ? disconnect?.properties.sessionExpiryInterval : undefined;
    const expirySeconds = asked ?? client.expirySeconds;
    const gone = { ...client, connection: undefined, goneAt: now, expirySeconds, delayedWill: undefined };
    this.#clients.set(clientId, gone);
    this.#ledger.note(() => this.#mayBe(clientId, client));
    if (will === undefined || (byClient && disconnect?.reasonCode === 0)) return;
    will.from = this.#tick();
    will.done = will.from;
    if (willDelaySeconds === 0 || expirySeconds === 0) will.acknowledged = will.from;
    else {
      const delayedWill = { will, dueAt: now + willDelaySeconds * 1000 };
      this.#clients.set(clientId, { ...gone, delayedWill });
    }
  }
}

/** Undefined where the broker's tick decides. */
function expectedOf(
  client: Client | undefined,
  { cleanStart }: ConnectPacket,
  now: number,
): boolean | undefined {
  if (client === undefined || cleanStart || client.expirySeconds === 0) return false;
  if (client.expirySeconds === SESSION_EXPIRY_NEVER_SECONDS) return true;
  const over = client.goneAt + client.expirySeconds * 1000;
  if (now < over) return true;
  return now > over + TICK_MS ? false : undefined;
}

function withOthers(client: Client | undefined): readonly (Client | undefined)[] {
  return client === undefined
    ? [undefined]
    : [...client.others.flatMap(withOthers), { ...client, others: [] }];
}

function expiryOf({ dialect, cleanStart, properties }: ConnectPacket): number {
  if (dialect.properties) return properties.sessionExpiryInterval ?? 0;
  return cleanStart ? 0 : SESSION_EXPIRY_NEVER_SECONDS;
}
