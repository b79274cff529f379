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
}

interface Client {
  epoch: Epoch;
  connection: Connection | undefined;
  expirySeconds: number;
  goneAt: number;
  /** It waits for its delay, or for the end of the session. */
  delayedWill: { readonly will: Publication; readonly dueAt: number } | undefined;
}

export class Presence {
  /** Of all times. */
  readonly everyEpoch: Epoch[] = [];
  readonly #clients = new Map<string, Client>();
  readonly #inFlightMax: number;
  readonly #tick: () => number;

  constructor(inFlightMax: number, tick: () => number) {
    this.#inFlightMax = inFlightMax;
    this.#tick = tick;
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
    const client = this.#clients.get(clientId);
    // Another connection took its place before anybody said that the old one was over.
    if (client?.connection !== undefined) this.ended(client.connection, false, now);
    const expected = this.#expected(client, connect, now);
    const { dialect } = connect;
    const present = dialect.sessionPresent ? connack.sessionPresent : expected === true;
    if (expected !== undefined && present !== expected)
      broken('session-present', `${clientId} has a session: ${expected}, CONNACK says ${present}`);
    const epoch = present && client !== undefined ? client.epoch : new Epoch(clientId);
    if (!this.everyEpoch.includes(epoch)) this.everyEpoch.push(epoch);
    connection.epoch = epoch;
    connection.isNewSession = !present;
    // Who comes back in time takes it back. [5:MQTT-3.1.3-9]
    const { will, dueAt } = client?.delayedWill ?? {};
    if (present && will !== undefined && now < (dueAt ?? 0)) will.from = NEVER;
    const expirySeconds = expiryOf(connect);
    this.#clients.set(clientId, { epoch, connection, expirySeconds, goneAt: 0, delayedWill: undefined });
    const receiveMaximum = connect.properties.receiveMaximum ?? 0xffff;
    epoch.exchanges.begin(Math.min(receiveMaximum, this.#inFlightMax), !present);
  }

  /** Undefined where the broker's tick decides. */
  #expected(client: Client | undefined, { cleanStart }: ConnectPacket, now: number): boolean | undefined {
    if (client === undefined || cleanStart || client.expirySeconds === 0) return false;
    if (client.expirySeconds === SESSION_EXPIRY_NEVER_SECONDS) return true;
    const over = client.goneAt + client.expirySeconds * 1000;
    if (now < over) return true;
    return now > over + TICK_MS ? false : undefined;
  }

  /** The broker knows that the connection is over; `byClient` if its DISCONNECT ended it. */
  ended(connection: Connection, byClient: boolean, now: number): void {
    const client = this.#clients.get(connection.clientId);
    if (client === undefined || client.connection !== connection) return;
    client.connection = undefined;
    client.goneAt = now;
    const { disconnect, will, willDelaySeconds } = connection;
    const expirySeconds = byClient ? disconnect?.properties.sessionExpiryInterval : undefined;
    if (expirySeconds !== undefined) client.expirySeconds = expirySeconds;
    if (will === undefined || (byClient && disconnect?.reasonCode === 0)) return;
    will.from = this.#tick();
    will.done = will.from;
    if (willDelaySeconds === 0 || client.expirySeconds === 0) will.acknowledged = will.from;
    else client.delayedWill = { will, dueAt: now + willDelaySeconds * 1000 };
  }
}

function expiryOf({ dialect, cleanStart, properties }: ConnectPacket): number {
  if (dialect.properties) return properties.sessionExpiryInterval ?? 0;
  return cleanStart ? 0 : SESSION_EXPIRY_NEVER_SECONDS;
}
