/** Owns clients over real sockets for the tests of the shell: bytes out, packets in, and waiting for either. */

import { connect as connectTcp, type Socket } from 'node:net';
import {
  Decoder,
  DIALECTS,
  type Dialect,
  encodePacket,
  MQTT_5_0,
  PACKET_BYTES_MAX,
  type Packet,
} from '@anax/protocol';
import { DEFAULT_ABUSE_LIMITS } from '../../src/abuse/limits.ts';
import { DEFAULT_LIMITS, type Limits } from '../../src/hub/limits.ts';
import {
  Broker,
  type BrokerHooks,
  type ListenerSettings,
  loadSettings,
  type Settings,
} from '../../src/index.ts';
import type { ListenerOptions } from '../../src/listeners/open.ts';

export function settingsOf(
  limits: Partial<Limits> = {},
  listeners: readonly ListenerOptions[] = [{ name: 'tcp', protocol: 'tcp', host: '127.0.0.1', port: 0 }],
): Settings {
  const all: Limits = { ...DEFAULT_LIMITS, ...limits };
  return {
    origin: loadSettings({}).origin,
    listeners: listeners.map((options) => listenerSettings(options, all)),
    limits: all,
    admission: { banned: [], denied: [], redirect: undefined },
    authentication: undefined,
    anonymous: 'always',
    users: [],
    access: undefined,
    abuse: DEFAULT_ABUSE_LIMITS,
    store: undefined,
    logLevel: 'silent',
    closeTimeoutMs: 1000,
    sysIntervalMs: 0,
  };
}

/** What differs on no listener. */
export function listenerSettings(options: ListenerOptions, limits: Limits): ListenerSettings {
  const dialects = DIALECTS.map(({ name }) => name);
  const guestsMax = Number.POSITIVE_INFINITY;
  return { options, limits, dialects, guestsMax, authentication: undefined, userNameFrom: undefined };
}

export function brokerOf(
  limits: Partial<Limits> = {},
  hooks: BrokerHooks = {},
  listeners?: readonly ListenerOptions[],
): Broker {
  return new Broker(settingsOf(limits, listeners), hooks);
}

export async function started(limits: Partial<Limits> = {}, hooks: BrokerHooks = {}): Promise<Broker> {
  const broker = brokerOf(limits, hooks);
  await broker.start();
  return broker;
}

export function portOf(broker: Broker): number {
  const [listener] = broker.listeners;
  if (listener === undefined) throw new Error('nothing is listened on');
  return listener.port;
}

export class Client {
  readonly socket: Socket;
  readonly packets: Packet[] = [];
  readonly dialect: Dialect;
  closed = false;
  readonly #decoder: Decoder;
  #changed: () => void = () => undefined;

  /** @param to a port of this machine, or a socket on its way */
  constructor(to: number | Socket, dialect: Dialect = MQTT_5_0) {
    this.dialect = dialect;
    this.#decoder = new Decoder({ sender: 'server', dialect, maximumPacketSize: PACKET_BYTES_MAX });
    this.socket = typeof to === 'number' ? connectTcp({ host: '127.0.0.1', port: to, noDelay: true }) : to;
    this.socket.on('data', (chunk) => {
      this.#decoder.push(chunk);
      for (let one = this.#decoder.next(); one !== undefined; one = this.#decoder.next()) {
        if (one.type === 'fault') throw new Error(one.message);
        this.packets.push(one);
      }
      this.#changed();
    });
    this.socket.on('error', () => undefined);
    this.socket.on('close', () => {
      this.closed = true;
      this.#changed();
    });
  }

  send(...packets: readonly Packet[]): this {
    for (const packet of packets) this.socket.write(encodePacket(packet, this.dialect));
    return this;
  }

  /** Waits until so many packets have come in all. */
  async until(count: number): Promise<readonly Packet[]> {
    await this.#when(() => this.packets.length >= count || this.closed);
    return this.packets;
  }

  async end(): Promise<readonly Packet[]> {
    await this.#when(() => this.closed);
    return this.packets;
  }

  async #when(reached: () => boolean): Promise<void> {
    while (!reached()) {
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
  }
}

/** Waits for something that no event tells of. */
export async function eventually(reached: () => boolean, ms = 20_000): Promise<void> {
  const until = performance.now() + ms;
  while (!reached()) {
    if (performance.now() > until) throw new Error('it did not happen');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
