// One network connection: the client at one end, the broker's real connection at the other, two pipes between them, and
// at each end somebody who reads every packet that passes.

import { Decoder, encode, GrowingOutput, PACKET_BYTES_MAX, type Packet, Reason } from '@anax/protocol';
import { Connection as BrokerConnection } from '../../../packages/broker/src/connection/connection.ts';
import type { Epoch, Publication } from '../model/facts.ts';
import type { Connection } from '../model/presence.ts';
import { broken } from '../model/violation.ts';
import type { Actor } from './actor.ts';
import { type Life, PEER } from './broker.ts';
import { Pipe, type Weather } from './pipe.ts';
import { type Held, SimWire } from './wire.ts';
import type { World } from './world.ts';

/** Reads one direction, and tells of each packet. */
class Tap {
  readonly #decoder: Decoder;
  readonly #tell: (packet: Packet) => void;

  constructor(sender: 'client' | 'server', { dialect }: Actor, tell: (packet: Packet) => void) {
    const known = sender === 'server' ? { dialect } : {};
    this.#decoder = new Decoder({ sender, maximumPacketSize: PACKET_BYTES_MAX, ...known });
    this.#tell = tell;
  }

  read(bytes: Uint8Array): void {
    this.#decoder.push(bytes);
    for (let packet = this.#decoder.next(); packet !== undefined; packet = this.#decoder.next()) {
      if (packet.type === 'fault') return broken('protocol', `${packet.message} ${packet.clause}`);
      this.#tell(packet);
    }
  }
}

export class Circuit implements Connection {
  readonly clientId: string;
  readonly will: Publication | undefined;
  readonly willDelaySeconds: number;
  connect: Connection['connect'];
  disconnect: Connection['disconnect'];
  epoch: Epoch | undefined;
  isNewSession = false;
  isUp = false;
  isOut = false;
  isDoubtful = false;
  readonly wire: SimWire;
  readonly #world: World;
  readonly #actor: Actor;
  readonly #life: Life;
  readonly #broker: BrokerConnection;
  readonly #up: Pipe;
  readonly #down: Pipe;
  readonly #clientOut: Tap;
  readonly #clientIn: Tap;
  readonly #brokerOut: Tap;
  readonly #brokerIn: Tap;
  /** Packets in what the broker is reading. */
  #read: Packet[] = [];
  /** Put together, and not yet allowed to leave. */
  #waiting: Held[] = [];
  #waitingBytes = 0;
  /** Come while the broker does not read; undefined is the end of the stream. */
  #unread: (Uint8Array | undefined)[] = [];
  #brokerOver = false;
  #byClient = false;

  constructor(
    world: World,
    actor: Actor,
    will: Publication | undefined,
    willDelaySeconds: number,
    weather: Weather,
  ) {
    this.#world = world;
    this.#actor = actor;
    this.clientId = actor.clientId;
    this.will = will;
    this.willDelaySeconds = willDelaySeconds;
    const { clock, chance, broker, model, sabotage } = world;
    this.#life = broker;
    this.wire = new SimWire(
      actor.clientId,
      broker.hub.counters,
      broker.commits,
      sabotage.ignoresHold === true,
    );
    this.#broker = new BrokerConnection(broker.context, this.wire, PEER, clock.now);
    this.#up = new Pipe(clock, chance, weather, {
      arrived: (bytes) => this.#brokerReads(bytes),
      ended: () => this.#brokerReads(undefined),
    });
    this.#down = new Pipe(clock, chance, weather, {
      arrived: (bytes) => this.#clientReads(bytes),
      ended: () => this.#clientEnded(),
    });
    this.#clientOut = new Tap('client', actor, (packet) =>
      model.clientPacket(this.clientId, 'client', packet),
    );
    this.#clientIn = new Tap('server', actor, (packet) => this.#clientGets(packet));
    this.#brokerOut = new Tap('server', actor, (packet) => this.#passes('server', packet));
    this.#brokerIn = new Tap('client', actor, (packet) => this.#read.push(packet));
  }

  #clientGets(packet: Packet): void {
    const { model } = this.#world;
    if (packet.type === 'connack') {
      model.clientConnected(this, packet.properties.receiveMaximum ?? 0xffff);
    }
    model.clientPacket(this.clientId, 'server', packet);
  }

  #passes(from: 'client' | 'server', packet: Packet): void {
    const { model, clock, stats } = this.#world;
    stats.packets += 1;
    this.#world.trace?.(`${clock.now} ${from === 'client' ? '->' : '<-'} ${this.clientId} ${told(packet)}`);
    model.presence.packet(this, packet, clock.now);
    model.brokerPacket(this, from, packet);
  }

  fromClient(bytes: Uint8Array): void {
    this.#clientOut.read(bytes);
    this.#up.send(bytes);
  }

  clientCloses(): void {
    this.#up.end();
  }

  /** The client has no use for what still comes. */
  clientGone(): void {
    this.#down.cut();
    this.#world.model.connectionEnded();
  }

  #clientReads(bytes: Uint8Array): void {
    // The tap reads from memory of its own: what it keeps of a packet that is not whole shall not be overwritten.
    if (this.#actor.hears) this.#clientIn.read(bytes.slice());
    this.#actor.arrived(bytes);
    this.#relieve();
  }

  #clientEnded(): void {
    if (this.#actor.circuit === this) this.#actor.lost();
  }

  #brokerReads(bytes: Uint8Array | undefined): void {
    if (this.#isOver) return;
    if (this.wire.paused) {
      this.#unread.push(bytes);
      return;
    }
    if (bytes === undefined) return this.brokerLost();
    const { clock } = this.#world;
    const { counters } = this.#life.hub;
    this.#brokerIn.read(bytes.slice());
    const before = counters.packetsReceived;
    this.#broker.receive(bytes, clock.now);
    // Once it has ended the connection it looks at nothing more.
    const looked = this.#read.splice(0, counters.packetsReceived - before);
    this.#read = [];
    for (const packet of looked) this.#passes('client', packet);
    bytes.fill(0xee);
    this.#world.flush();
  }

  /** Nothing that happens here reaches the broker any more. */
  get #isOver(): boolean {
    return this.#brokerOver || this.#life.isDead;
  }

  /** The broker reads again. */
  readOn(): void {
    while (this.#unread.length > 0 && !this.wire.paused && !this.#isOver)
      this.#brokerReads(this.#unread.shift());
  }

  /** The broker's process is gone; what it has handed over arrives, if the links live. */
  brokerGone(linksLive: boolean): void {
    this.#up.cut();
    if (linksLive) return this.#down.end();
    this.#down.cut();
    this.#world.clock.after(0, () => this.#clientEnded());
  }

  /** The broker stops. */
  shutDown(): void {
    this.#broker.end(Reason.serverShuttingDown, 'this server is shutting down', this.#world.clock.now);
  }

  /** The broker's socket is gone. */
  brokerLost(): void {
    if (this.#life.isDead) return;
    this.#broker.lost(this.#world.clock.now);
    this.#world.flush();
  }

  /** What is under way is lost; each end learns of it in its own time. */
  cut(clientAfterMs: number, brokerAfterMs: number): void {
    const { clock } = this.#world;
    this.#up.cut();
    this.#down.cut();
    clock.after(clientAfterMs, () => this.#clientEnded());
    clock.after(brokerAfterMs, () => this.brokerLost());
  }

  /** The broker says that the client's own DISCONNECT was the end. */
  endedByClient(): void {
    this.#byClient = true;
  }

  /** At the end of the broker's turn: what it has put together is known, whether it may leave yet or not. */
  gather(): void {
    if (this.#brokerOver) return;
    const { toClient } = this.#world.sabotage;
    for (const { batch, bytes } of this.wire.take()) {
      const said = toClient === undefined ? bytes : this.#sabotaged(bytes, toClient);
      this.#brokerOut.read(said.slice());
      this.#waiting.push({ batch, bytes: said });
      this.#waitingBytes += said.length;
    }
    if (!this.wire.closed) return;
    this.#brokerOver = true;
    const { model, clock } = this.#world;
    model.presence.ended(this, this.#byClient, clock.now);
  }

  /** Sends what may leave; true while there may be more. */
  leave(): boolean {
    const { wire } = this;
    const { committed } = this.#life.commits;
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      if (first.batch > committed) break;
      this.#waiting.shift();
      this.#waitingBytes -= first.bytes.length;
      this.#down.send(first.bytes);
      // The first packet is CONNACK.
      this.isOut = true;
      if (!this.#world.power.effect(this.#life)) return false;
    }
    const outstanding = this.#down.outstanding + this.#waitingBytes;
    if (outstanding > this.#world.limits.outstandingBytesMax) wire.congested = true;
    if (!this.#brokerOver || this.#waiting.length > 0) return true;
    this.#down.end();
    return false;
  }

  #sabotaged(bytes: Uint8Array, change: (packets: readonly Packet[]) => readonly Packet[]): Uint8Array {
    const packets: Packet[] = [];
    new Tap('server', this.#actor, (packet) => packets.push(packet)).read(bytes.slice());
    const out = new GrowingOutput();
    for (const packet of change(packets)) encode(packet, this.#actor.dialect, out);
    return out.written();
  }

  /** The socket takes bytes again. */
  #relieve(): void {
    const { wire } = this;
    if (this.#isOver || !wire.congested || this.#down.outstanding > 0) return;
    wire.congested = false;
    this.#broker.drained(this.#world.clock.now);
    this.#world.flush();
  }
}

function told(packet: Packet): string {
  const { type, ...fields } = packet;
  return `${type} ${JSON.stringify(fields, (key, value: unknown) => (key === 'dialect' ? undefined : value instanceof Uint8Array ? new TextDecoder().decode(value) : value))}`;
}
