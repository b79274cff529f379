/** Owns the saboteur: it stands between the audit and a real broker, and breaks one thing. Judges nothing. */

import { type Duplex, duplexPair } from 'node:stream';
import type { Broker } from '@anax/broker';
import {
  type ConnectPacket,
  Decoder,
  type Dialect,
  encodePacket,
  MQTT_5_0,
  PACKET_BYTES_MAX,
  type Packet,
} from '@anax/protocol';
import type { Dial } from '../../src/index.ts';
import { Frames } from '../../src/wire/frames.ts';

/** One packet on its way. */
export interface Passing {
  readonly bytes: Uint8Array;
  /** Undefined where it is malformed. */
  readonly packet: Packet | undefined;
}

/** One connection that a saboteur has its hands on. */
export interface Link {
  /** Of the CONNECT that went by; 5.0 before it. */
  readonly dialect: Dialect;
  readonly connect: ConnectPacket | undefined;
  toClient(...what: readonly (Packet | Uint8Array)[]): void;
  toBroker(...what: readonly (Packet | Uint8Array)[]): void;
  /** Closes the client's connection as the broker would. */
  hangUp(): void;
}

/** What goes on instead of what came: nothing is `[]`; undefined lets it pass as it is. */
export type Instead = readonly (Packet | Uint8Array)[] | undefined;

export interface Hooks {
  readonly fromClient?: (passing: Passing, link: Link) => Instead;
  readonly fromBroker?: (passing: Passing, link: Link) => Instead;
  /** Called when the broker closes; true keeps the client's connection open. */
  readonly brokerClosed?: (link: Link) => boolean;
  /** Called when the client is gone. True: the broker is not told. */
  readonly clientGone?: (link: Link) => boolean;
}

/** Made once for a run, called for each connection of it: what it remembers over connections is in the outer function. */
export type Saboteur = () => (link: Link) => Hooks;

/**
 * Connections to the broker with a saboteur on each.
 * @param honest so many connections at first are left alone: the audit learns there what the broker speaks
 */
export function dialThrough(broker: Broker, saboteur: Saboteur | undefined, honest = 1): Dial {
  const hooksOf = saboteur?.();
  let opened = 0;
  return () => {
    const [client, near] = pipe();
    const [far, server] = pipe();
    broker.accept(server, { address: '127.0.0.1', loopback: true });
    opened += 1;
    couple(near, far, opened > honest ? hooksOf : undefined);
    return Promise.resolve(client);
  };
}

/** What is destroyed at one end is seen to end at the other, behind what was sent, as with TCP. */
function pipe(): [Duplex, Duplex] {
  const [a, b] = duplexPair();
  a.on('close', () => b.push(null));
  b.on('close', () => a.push(null));
  return [a, b];
}

/** @param near the end towards the audit @param far the end towards the broker */
function couple(near: Duplex, far: Duplex, hooksOf: ReturnType<Saboteur> | undefined): void {
  const link = new Coupling(near, far);
  const hooks = hooksOf?.(link) ?? {};
  const outward = new Frames();
  const inward = new Frames();
  near.on('data', (chunk: Uint8Array) => {
    for (const bytes of outward.push(chunk)) {
      const passing = { bytes, packet: link.readClient(bytes) };
      link.toBroker(...(hooks.fromClient?.(passing, link) ?? [bytes]));
    }
    link.half(outward.rest, (rest) => hooks.fromClient?.({ bytes: rest, packet: undefined }, link));
  });
  far.on('data', (chunk: Uint8Array) => {
    for (const bytes of inward.push(chunk)) {
      const passing = { bytes, packet: link.readServer(bytes) };
      link.toClient(...(hooks.fromBroker?.(passing, link) ?? [bytes]));
    }
  });
  const brokerClosed = once(() => {
    if (hooks.brokerClosed?.(link) !== true) near.end();
  });
  const clientGone = once(() => {
    if (hooks.clientGone?.(link) !== true) far.destroy();
  });
  far.on('end', brokerClosed);
  far.on('close', brokerClosed);
  near.on('end', () => {
    if (hooks.clientGone?.(link) !== true) far.end();
  });
  near.on('close', clientGone);
  for (const stream of [near, far]) stream.on('error', () => {});
}

function once(work: () => void): () => void {
  let done = false;
  return () => {
    if (!done) work();
    done = true;
  };
}

class Coupling implements Link {
  connect: ConnectPacket | undefined;
  readonly #near: Duplex;
  readonly #far: Duplex;
  readonly #client = new Decoder({ sender: 'client', maximumPacketSize: PACKET_BYTES_MAX });
  #server: Decoder | undefined;
  /** Bytes of a packet that is not whole and that went on all the same. */
  #halfBytes = 0;

  constructor(near: Duplex, far: Duplex) {
    this.#near = near;
    this.#far = far;
  }

  get dialect(): Dialect {
    return this.connect?.dialect ?? MQTT_5_0;
  }

  toClient(...what: readonly (Packet | Uint8Array)[]): void {
    this.#write(this.#near, what);
  }

  toBroker(...what: readonly (Packet | Uint8Array)[]): void {
    this.#write(this.#far, what);
  }

  hangUp(): void {
    this.#near.end();
    this.#far.destroy();
  }

  readClient(bytes: Uint8Array): Packet | undefined {
    const packet = read(this.#client, bytes);
    if (packet?.type === 'connect') this.connect ??= packet;
    return packet;
  }

  readServer(bytes: Uint8Array): Packet | undefined {
    const { dialect } = this;
    this.#server ??= new Decoder({ sender: 'server', dialect, maximumPacketSize: PACKET_BYTES_MAX });
    return read(this.#server, bytes);
  }

  /** A packet that is not whole is shown to the saboteur once; what it has of it does not go on. */
  half(rest: Uint8Array, show: (rest: Uint8Array) => void): void {
    if (rest.length > 0 && rest.length !== this.#halfBytes) show(rest);
    this.#halfBytes = rest.length;
  }

  #write(stream: Duplex, what: readonly (Packet | Uint8Array)[]): void {
    for (const one of what) {
      if (stream.writable) stream.write(one instanceof Uint8Array ? one : encodePacket(one, this.dialect));
    }
  }
}

function read(decoder: Decoder, bytes: Uint8Array): Packet | undefined {
  decoder.push(bytes);
  const packet = decoder.next();
  return packet?.type === 'fault' ? undefined : packet;
}
