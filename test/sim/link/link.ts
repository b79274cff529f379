// One connection as a transport of the client: its pipe at one end, the broker's connection at the other, a line each way,
// and what becomes of it. Every packet that passes the client's end is told.

import { Decoder, type Dialect, MqttError, PACKET_BYTES_MAX, type Packet } from '@anax/protocol';
import type { BytePipe, PipeListener } from '../../../packages/client/src/index.ts';
import type { Clock } from '../world/clock.ts';
import type { BrokerEnd, Carrier } from './broker-end.ts';
import type { Net } from './net.ts';
import { type Line, Stream } from './stream.ts';
import { type Address, CALM_LINE, type Fate } from './trouble.ts';

/** Who reads what passes the client's end. */
export interface Listening {
  readonly dialect: Dialect;
  readonly isDead: boolean;
  /** The connection that it made last. */
  link: Link | undefined;
  /** The way to the server is looked for. */
  dials(): void;
  /** Bytes have left, or have been read; it may die of it. */
  effect(): void;
  passes(link: Link, from: 'client' | 'server', packet: Packet): void;
}

/** Reads one direction. */
class Tap {
  readonly #decoder: Decoder;
  readonly #tell: (packet: Packet) => void;
  isBroken = false;

  constructor(sender: 'client' | 'server', dialect: Dialect, tell: (packet: Packet) => void) {
    const known = sender === 'server' ? { dialect } : {};
    this.#decoder = new Decoder({ sender, maximumPacketSize: PACKET_BYTES_MAX, ...known });
    this.#tell = tell;
  }

  /** The fault, if there is one. */
  read(bytes: Uint8Array): string | undefined {
    if (this.isBroken) return undefined;
    this.#decoder.push(bytes);
    for (let packet = this.#decoder.next(); packet !== undefined; packet = this.#decoder.next()) {
      if (packet.type === 'fault') {
        this.isBroken = true;
        return `${packet.message} ${packet.clause}`;
      }
      this.#tell(packet);
    }
    return undefined;
  }
}

export class Link implements BytePipe, Carrier {
  readonly clock: Clock;
  /** The session that the server had for it, by number; undefined before its CONNECT has come. */
  epoch: number | undefined;
  readonly #net: Net;
  readonly #listener: PipeListener;
  readonly #up: Stream;
  readonly #down: Stream;
  readonly #fate: Fate | undefined;
  readonly #listening: Listening | undefined;
  readonly #out: Tap | undefined;
  readonly #in: Tap | undefined;
  #broker: BrokerEnd | undefined;
  #isOpen = false;
  #isEnding = false;
  /** The client hears nothing more. */
  #isGone = false;
  #needsDrain = false;

  constructor(net: Net, address: Address, listener: PipeListener, listening: Listening | undefined) {
    const { clock, chance, trouble } = net;
    this.#net = net;
    this.clock = clock;
    this.#listener = listener;
    const drawn = trouble.line();
    const line = (): Line => (net.isCalm ? CALM_LINE : drawn);
    this.#fate = trouble.fate();
    this.#up = new Stream(clock, chance, line, {
      arrived: (bytes) => this.#arrivesUp(bytes),
      ended: () => this.#brokerHears(undefined),
      stopped: () => this.#meetsFate(),
    });
    this.#down = new Stream(clock, chance, line, {
      arrived: (bytes) => this.#arrivesDown(bytes),
      ended: () => this.#clientEnds(undefined),
      stopped: () => this.#meetsFate(),
    });
    this.#listening = listening;
    if (listening !== undefined) {
      const { dialect } = listening;
      this.#out = new Tap('client', dialect, (packet) => listening.passes(this, 'client', packet));
      this.#in = new Tap('server', dialect, (packet) => listening.passes(this, 'server', packet));
    }
    this.#awaitFate();
    this.#reach(address);
  }

  // Of the client

  get congested(): boolean {
    return this.#needsDrain;
  }

  get bufferedBytes(): number {
    return this.#up.outstanding;
  }

  write(bytes: Uint8Array): void {
    if (!this.#isOpen || this.#isEnding || this.#isGone) return;
    const said = this.#net.sabotage.toServer?.(bytes.slice()) ?? bytes.slice();
    this.#net.complain(this.#out?.read(said.slice()), 'the client sends');
    this.#net.stats.bytesUp += said.length;
    this.#up.send(said);
    if (this.#up.outstanding > this.#net.settings.sendBufferBytesMax) this.#needsDrain = true;
    this.#listening?.effect();
  }

  end(): void {
    this.#isEnding = true;
    if (this.#isOpen) {
      this.#down.resume();
      this.#up.end();
      return;
    }
    queueMicrotask(() => this.#clientEnds(undefined));
  }

  destroy(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#down.swallow();
    if (!this.#isOpen) return;
    const { chance } = this.#net;
    if (!this.#up.flows || chance.below(2) === 0) return this.#up.end();
    this.#up.swallow();
    this.clock.after(chance.below(200), () => this.#brokerLost());
  }

  pause(): void {
    if (!this.#isEnding) this.#down.pause();
  }

  resume(): void {
    this.#down.resume();
  }

  // Of the broker

  get outstandingBytesMax(): number {
    return this.#net.chosen.outstandingBytesMax;
  }

  get outstanding(): number {
    return this.#down.outstanding;
  }

  carry(bytes: Uint8Array): void {
    this.#net.stats.bytesDown += bytes.length;
    this.#down.send(bytes);
  }

  carryEnd(): void {
    this.#down.end();
  }

  get broker(): BrokerEnd | undefined {
    return this.#broker;
  }

  /** The broker's process is gone; what it has handed over arrives, if links live. */
  brokerGone(linksLive: boolean): void {
    this.#up.swallow();
    if (linksLive) return this.#down.end();
    this.#down.swallow();
    this.clock.after(0, () => this.#clientEnds('connection-lost'));
  }

  // Of the network

  #reach(address: Address): void {
    if (address.kind === 'silent') return;
    this.clock.after(address.afterMs, () => {
      if (this.#isGone || this.#isEnding) return;
      if (address.kind === 'refuses' || !this.#net.power.isUp) return this.#clientEnds('unreachable');
      this.#isOpen = true;
      this.#broker = this.#net.accept(this);
      this.#listener.opened();
    });
  }

  #awaitFate(): void {
    const fate = this.#fate;
    if (fate === undefined) return;
    const stream = fate.direction === 'up' ? this.#up : this.#down;
    if (fate.afterMs !== undefined) this.clock.after(fate.afterMs, () => this.#meetsFate());
    else if (fate.kind !== 'jam')
      stream.stopAtBytes = () => (this.#net.isCalm ? Number.POSITIVE_INFINITY : (fate.atBytes ?? 0));
  }

  #meetsFate(): void {
    const fate = this.#fate;
    if (fate === undefined || this.#net.isCalm) return;
    const { kind, direction, both, clientAfterMs, brokerAfterMs, forMs } = fate;
    const stream = direction === 'up' ? this.#up : this.#down;
    this.#net.stats.faults[kind] += 1;
    if (kind === 'jam') return stream.jam(forMs);
    stream.swallow();
    if (kind === 'cut' || both) {
      this.#up.swallow();
      this.#down.swallow();
    }
    if (kind === 'hole') return;
    if (clientAfterMs !== undefined)
      this.clock.after(clientAfterMs, () => this.#clientEnds('connection-lost'));
    if (brokerAfterMs !== undefined) this.clock.after(brokerAfterMs, () => this.#brokerLost());
  }

  #arrivesUp(bytes: Uint8Array): void {
    this.#brokerHears(bytes);
    if (!this.#needsDrain || this.#up.outstanding > 0 || this.#isGone) return;
    this.#needsDrain = false;
    this.#listener.drained();
  }

  #brokerHears(bytes: Uint8Array | undefined): void {
    const { reading } = this.#net;
    this.#net.reading = this;
    const had = this.#broker?.receive(bytes);
    this.#net.reading = reading;
    if (had) this.#net.flush();
  }

  readOn(): boolean {
    this.#net.reading = this;
    return this.#broker?.readOn() ?? false;
  }

  #brokerLost(): void {
    this.#broker?.lost();
    this.#net.flush();
  }

  #arrivesDown(bytes: Uint8Array): void {
    if (this.#isGone) return;
    if (!this.#isEnding) this.#net.complain(this.#in?.read(bytes.slice()), 'the broker sends');
    this.#listener.received(bytes);
    this.#listening?.effect();
    if (this.#broker?.relieve()) this.#net.flush();
  }

  #clientEnds(code: 'connection-lost' | 'unreachable' | undefined): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#down.swallow();
    const error = code && new MqttError(code, 'the network', { side: 'server' });
    this.#listener.ended(error);
    this.#up.end();
  }
}
