// One hostile client: sockets from an address of its own, time between its attempts, its end. Knows no attack.

import { connect, type Socket } from 'node:net';
import { type ConnectPacket, encodePacket, MQTT_5_0 } from '@anax/protocol';
import type { Chance } from '../crash/src/chance.ts';

export interface Facts {
  readonly name: string;
  readonly port: number;
  readonly webSocketPort: number;
  readonly chance: Chance;
  /** One more attempt. */
  readonly count: () => void;
}

/** One attempt; it comes again after a pause. */
export type Attack = (attacker: Attacker) => Promise<void>;

/** Linux has all of 127.0.0.0/8: limits by address meet the hostile ones, and not the honest. */
const ADDRESSES = process.platform === 'linux' ? 8 : 0;
const PAUSE_MS = 50;
/** In all floods together no more than one core can send beside a broker on the other. */
const FLOOD_BYTES_PER_SECOND = 4 * 1024 * 1024;
const FLOOD_PAUSE_MS = 20;

export class Attacker {
  readonly facts: Facts;
  readonly #sockets = new Set<Socket>();
  #stopped = false;

  constructor(facts: Facts) {
    this.facts = facts;
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  async run(attack: Attack): Promise<void> {
    while (!this.#stopped) {
      this.facts.count();
      await attack(this);
      await this.pause(PAUSE_MS);
    }
  }

  stop(): void {
    this.#stopped = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  pause(ms: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, this.#stopped ? 0 : ms));
  }

  /** A socket to the broker; what comes is read and dropped. Closed where it cannot be had. */
  socket(port = this.facts.port): Promise<Socket> {
    const { chance } = this.facts;
    const from = ADDRESSES === 0 ? {} : { localAddress: `127.0.0.${chance.between(2, ADDRESSES)}` };
    const socket = connect({ port, host: '127.0.0.1', noDelay: true, ...from });
    this.#sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => this.#sockets.delete(socket));
    socket.resume();
    return new Promise((resolve) =>
      socket.once('connect', () => resolve(socket)).once('close', () => resolve(socket)),
    );
  }

  /** Behind CONNECT and CONNACK, as the user that anybody may be; closed where it was refused. */
  async client(changes: Partial<ConnectPacket> = {}): Promise<Socket> {
    const socket = await this.socket();
    socket.write(this.connect(changes));
    await new Promise((resolve) => socket.once('data', resolve).once('close', resolve));
    return socket;
  }

  connect(changes: Partial<ConnectPacket> = {}): Uint8Array {
    const packet: ConnectPacket = {
      type: 'connect',
      dialect: MQTT_5_0,
      cleanStart: true,
      keepAlive: 0,
      clientId: this.facts.name,
      userName: 'hostile',
      password: Buffer.from('known to all'),
      will: undefined,
      properties: {},
      ...changes,
    };
    return encodePacket(packet, packet.dialect);
  }

  /** Writes for as long as the other end takes it, at its pace or ours. */
  async flood(socket: Socket, next: () => Uint8Array): Promise<void> {
    while (!socket.destroyed && !this.#stopped) {
      let bytes = 0;
      while (bytes < (FLOOD_BYTES_PER_SECOND * FLOOD_PAUSE_MS) / 1000) {
        const chunk = next();
        bytes += chunk.length;
        if (!socket.write(chunk)) break;
      }
      if (socket.writableNeedDrain) await drained(socket);
      await this.pause(FLOOD_PAUSE_MS);
    }
  }

  /** Until the other end closes, or that time is over; then it is closed. */
  async held(socket: Socket, ms: number): Promise<void> {
    const deadline = performance.now() + ms;
    while (!socket.destroyed && !this.#stopped && performance.now() < deadline) await this.pause(100);
    socket.destroy();
  }

  /** A byte now and then. */
  async drip(socket: Socket, bytes: Uint8Array, everyMs: number): Promise<void> {
    for (const byte of bytes) {
      if (socket.destroyed || this.#stopped) break;
      socket.write(Uint8Array.of(byte));
      await this.pause(everyMs);
    }
    socket.destroy();
  }
}

function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      socket.off('drain', done).off('close', done);
      resolve();
    };
    socket.on('drain', done).on('close', done);
  });
}
