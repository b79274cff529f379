// One connection to the broker: packets in and out over TCP, until it is over. Owns the socket and the codec of one
// connection; knows no session, and never connects again.

import { connect, type Socket } from 'node:net';
import {
  type ConnackPacket,
  Decoder,
  DIALECTS,
  type Dialect,
  type DialectName,
  encodePacket,
  NO_PROPERTIES,
  PACKET_BYTES_MAX,
  type Packet,
  type PropertiesOf,
} from '@anax/protocol';

/** What a client is told. */
export interface Listener {
  /** CONNACK has come, with success. */
  opened(connack: ConnackPacket): void;
  packet(packet: Packet): void;
  /** The broker did what no broker may. */
  broken(what: string): void;
}

export interface Greeting {
  readonly clientId: string;
  readonly dialect: DialectName;
  readonly persistent: boolean;
}

/** Longer than any run. */
const SESSION_EXPIRY_SECONDS = 7 * 24 * 3600;

export class Link {
  /** Resolves to whether CONNACK came with success, once that is known. */
  readonly ready: Promise<boolean>;
  /** Resolves when nothing more can come. */
  readonly closed: Promise<void>;
  readonly dialect: Dialect;
  readonly #socket: Socket;
  readonly #decoder: Decoder;
  readonly #listener: Listener;
  #settleReady: (ready: boolean) => void = () => undefined;
  #open = false;
  #over = false;

  constructor(port: number, greeting: Greeting, listener: Listener) {
    this.dialect = dialectOf(greeting.dialect);
    this.#listener = listener;
    this.#decoder = new Decoder({
      sender: 'server',
      dialect: this.dialect,
      maximumPacketSize: PACKET_BYTES_MAX,
    });
    this.ready = new Promise((resolve) => {
      this.#settleReady = resolve;
    });
    this.#socket = connect({ host: '127.0.0.1', port, noDelay: true });
    this.#socket.on('connect', () => this.#socket.write(connectBytes(greeting, this.dialect)));
    this.#socket.on('data', (chunk: Buffer) => this.#read(chunk));
    // A broker that was killed ends its connections in any way.
    this.#socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => {
      this.#socket.on('close', () => {
        this.#over = true;
        this.#settleReady(false);
        resolve();
      });
    });
  }

  /** Between CONNACK and the end. */
  get open(): boolean {
    return this.#open && !this.#over;
  }

  send(packet: Packet): void {
    if (this.open) this.#socket.write(encodePacket(packet, this.dialect));
  }

  /** Ends it in order, with DISCONNECT where it was open. */
  async end(): Promise<void> {
    this.send({ type: 'disconnect', reasonCode: 0, properties: NO_PROPERTIES });
    this.#socket.end();
    const late = setTimeout(() => this.#socket.destroy(), CLOSE_TIMEOUT_MS);
    await this.closed;
    clearTimeout(late);
  }

  #read(chunk: Uint8Array): void {
    this.#decoder.push(chunk);
    for (;;) {
      if (this.#over) return;
      const packet = this.#decoder.next();
      if (packet === undefined) return;
      if (packet.type === 'fault') return this.#break(`undecodable: ${packet.message}`);
      if (packet.type === 'connack') this.#connack(packet);
      else if (packet.type === 'disconnect' && packet.reasonCode !== SHUTTING_DOWN) {
        this.#break(`DISCONNECT with 0x${packet.reasonCode.toString(16)}`);
      } else this.#listener.packet(packet);
    }
  }

  #connack(connack: ConnackPacket): void {
    if (connack.reasonCode !== 0) {
      return this.#break(`CONNACK with 0x${connack.reasonCode.toString(16)}`);
    }
    this.#open = true;
    this.#listener.opened(connack);
    this.#settleReady(true);
  }

  #break(what: string): void {
    this.#listener.broken(what);
    this.#over = true;
    this.#settleReady(false);
    this.#socket.destroy();
  }
}

const CLOSE_TIMEOUT_MS = 2_000;
const SHUTTING_DOWN = 0x8b;

function dialectOf(name: DialectName): Dialect {
  const dialect = DIALECTS.find((known) => known.name === name);
  if (dialect === undefined) throw new Error(`there is no dialect ${name}`);
  return dialect;
}

function connectBytes({ clientId, persistent }: Greeting, dialect: Dialect): Uint8Array {
  const properties: PropertiesOf<'connect'> =
    dialect.properties && persistent ? { sessionExpiryInterval: SESSION_EXPIRY_SECONDS } : NO_PROPERTIES;
  return encodePacket(
    {
      type: 'connect',
      dialect,
      cleanStart: !persistent,
      keepAlive: 0,
      clientId,
      userName: undefined,
      password: undefined,
      will: undefined,
      properties,
    },
    dialect,
  );
}
