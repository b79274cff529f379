// One connection to the broker under audit, seen from the client's end: bytes out, packets in, every byte recorded,
// everything decoded strictly. Owns waiting; knows no statement.

import type { Duplex } from 'node:stream';
import {
  type ConnackPacket,
  Decoder,
  type Dialect,
  encodePacket,
  type Fault,
  PACKET_BYTES_MAX,
  type Packet,
  reasonTitle,
  summaryOf,
} from '@anax/protocol';
import { Broken } from './broken.ts';
import { joined } from './bytes.ts';
import { Frames } from './frames.ts';
import type { PacketOf } from './packets.ts';
import { Transcript } from './transcript.ts';
import type { Waits } from './waits.ts';

export interface PeerOptions {
  readonly dialect: Dialect;
  readonly waits: Waits;
  /** Who it is in a report: `subscriber`. */
  readonly label: string;
  /** Told every packet given as such and sent. */
  readonly onSent?: (packet: Packet) => void;
  /** Told every packet that came, and a fault in one, with its bytes. */
  readonly onSeen?: (packet: Packet | Fault, bytes: Uint8Array, peer: Peer) => void;
  /** Bytes that come are cut into packets and not decoded: for answers whose version cannot be known. */
  readonly raw?: boolean;
}

export interface Expected<T extends Packet['type']> {
  readonly where?: ((packet: PacketOf<T>) => boolean) | undefined;
  /** In the report: `a PUBLISH to a/b`. */
  readonly what?: string | undefined;
  readonly ms?: number | undefined;
}

export class Peer {
  readonly dialect: Dialect;
  readonly label: string;
  readonly transcript: Transcript;
  readonly waits: Waits;
  /** All that came, in order, taken or not. */
  readonly packets: Packet[] = [];
  /** The same as bytes. */
  readonly frames: Uint8Array[] = [];
  /** Set where what came was no packet of MQTT. */
  fault: Fault | undefined;
  /** The broker has closed. */
  closed = false;
  readonly #duplex: Duplex;
  readonly #options: PeerOptions;
  readonly #decoder: Decoder;
  readonly #framer = new Frames();
  /** What came and was not taken yet. */
  #inbox: Packet[] = [];
  #connack: ConnackPacket | undefined;
  #waiting = new Set<() => void>();
  #ended = false;

  constructor(duplex: Duplex, options: PeerOptions) {
    const { dialect, label, waits } = options;
    this.dialect = dialect;
    this.label = label;
    this.waits = waits;
    this.transcript = new Transcript(label, dialect);
    this.transcript.event('opened');
    this.#duplex = duplex;
    this.#options = options;
    this.#decoder = new Decoder({ sender: 'server', dialect, maximumPacketSize: PACKET_BYTES_MAX });
    duplex.on('data', (chunk: Uint8Array) => this.#take(chunk));
    duplex.on('end', () => this.#gone());
    duplex.on('close', () => this.#gone());
    duplex.on('error', () => this.#gone());
  }

  /** The CONNACK; `connect` has waited for it. */
  get connack(): ConnackPacket {
    if (this.#connack === undefined) throw new Error(`${this.label} has no CONNACK`);
    return this.#connack;
  }

  /** Sends packets, or bytes that are none. */
  send(...what: readonly (Packet | Uint8Array)[]): void {
    for (const one of what) {
      const bytes = one instanceof Uint8Array ? one : encodePacket(one, this.dialect);
      if (!(one instanceof Uint8Array)) this.#options.onSent?.(one);
      this.transcript.sent(bytes);
      if (!this.#duplex.destroyed) this.#duplex.write(bytes);
    }
  }

  /** Waits for a packet of the type; those before it stay for others to take. @throws Broken where it does not come. */
  async expect<T extends Packet['type']>(type: T, expected: Expected<T> = {}): Promise<PacketOf<T>> {
    const what = expected.what ?? type.toUpperCase();
    const found = await this.#until(() => this.#taken(type, expected.where), expected.ms);
    if (found !== undefined) return found;
    throw new Broken(`${what} at ${this.label}`, this.#insteadOf(expected.ms));
  }

  /** The next packet, whatever it is. @throws Broken where none comes. */
  async next(what = 'a packet'): Promise<Packet> {
    const found = await this.#until(() => this.#inbox.shift());
    if (found !== undefined) return found;
    throw new Broken(`${what} at ${this.label}`, this.#insteadOf());
  }

  /**
   * Waits until the broker closes. A code that it gives before, in CONNACK or DISCONNECT, must be one of `codes`.
   * @returns that code, if there was one
   */
  async expectClosed(
    codes?: readonly number[],
    because = 'the broker closes the connection',
    ms = this.waits.answerMs,
  ): Promise<number | undefined> {
    const expected = `${because}, at ${this.label}`;
    const closed = await this.#until(() => (this.closed ? true : undefined), ms, 'whatever comes');
    if (closed === undefined) throw new Broken(expected, `still open after ${ms} ms: ${this.#tail()}`);
    if (this.fault !== undefined) throw new Broken(expected, this.#insteadOf());
    const code = this.#lastCode();
    if (codes !== undefined && code !== undefined && !codes.includes(code)) {
      const allowed = codes.map((one) => `${hex(one)} ${reasonTitle(one)}`).join(', ');
      throw new Broken(
        `${expected}, if with a code then ${allowed}`,
        `the code ${hex(code)} ${reasonTitle(code)}`,
      );
    }
    return code;
  }

  /** The bytes of the first packet, whatever it is; undefined where none comes. */
  async firstFrame(): Promise<Uint8Array | undefined> {
    await this.#until(() => this.frames[0]);
    return this.frames[0];
  }

  /** Waits and sees nothing of the kind come; the connection stays open. @throws Broken where it does. */
  async expectNothing<T extends Packet['type']>(type?: T, expected: Expected<T> = {}): Promise<void> {
    const what = expected.what ?? (type === undefined ? 'nothing more' : `no ${type.toUpperCase()}`);
    const came = (): Packet | undefined =>
      type === undefined ? this.#inbox.shift() : this.#taken(type, expected.where);
    const found = await this.#until(came, expected.ms ?? this.waits.quietMs);
    if (found !== undefined) throw new Broken(`${what} at ${this.label}`, summaryOf(found, this.dialect));
    if (this.closed || this.fault !== undefined)
      throw new Broken(`${what}, and an open connection, at ${this.label}`, this.#insteadOf());
  }

  /** Those of a type that came and were not taken yet; takes them. */
  takeAll<T extends Packet['type']>(
    type: T,
    where?: (packet: PacketOf<T>) => boolean,
  ): readonly PacketOf<T>[] {
    const all: PacketOf<T>[] = [];
    for (let one = this.#taken(type, where); one !== undefined; one = this.#taken(type, where)) all.push(one);
    return all;
  }

  /** A round trip, PINGREQ and PINGRESP: what the broker had to answer before has come. */
  async fence(): Promise<void> {
    this.send({ type: 'pingreq' });
    await this.expect('pingresp');
  }

  /** DISCONNECT, in order. */
  async disconnect(): Promise<void> {
    this.send({ type: 'disconnect', reasonCode: 0, properties: {} });
    this.end();
    await this.#until(() => (this.closed ? true : undefined), this.waits.quietMs, 'whatever comes');
  }

  /** Closes this end in order, after what was sent. */
  end(): void {
    if (!this.#ended) this.transcript.event('closed by the audit');
    this.#ended = true;
    this.#duplex.end();
  }

  /** As if the network had failed: no DISCONNECT, nothing more read or written. */
  cut(): void {
    if (!this.#ended && !this.closed) this.transcript.event('closed by the audit');
    this.#ended = true;
    this.#duplex.destroy();
  }

  #take(chunk: Uint8Array): void {
    for (const bytes of this.#framer.push(chunk)) {
      this.frames.push(bytes);
      this.transcript.seen(bytes);
      if (this.#options.raw !== true) this.#decode(bytes);
    }
    this.#changed();
  }

  #decode(bytes: Uint8Array): void {
    if (this.fault !== undefined) return;
    this.#decoder.push(bytes);
    const read = this.#decoder.next();
    if (read === undefined) return;
    if (read.type === 'fault') this.fault = read;
    else {
      this.packets.push(read);
      this.#inbox.push(read);
      if (read.type === 'connack') this.#connack = read;
    }
    this.#options.onSeen?.(read, bytes, this);
  }

  #gone(): void {
    if (this.closed) return;
    this.closed = true;
    const { rest } = this.#framer;
    if (rest.length > 0) this.transcript.seen(rest);
    if (!this.#ended) this.transcript.event('closed by the broker');
    this.#changed();
    this.#duplex.destroy();
  }

  #changed(): void {
    for (const look of [...this.#waiting]) look();
  }

  /** Waits until `reached` gives something; undefined when time is up, or nothing more can come. */
  #until<R>(
    reached: () => R | undefined,
    ms = this.waits.answerMs,
    over?: 'whatever comes',
  ): Promise<R | undefined> {
    return new Promise((resolve) => {
      const done = (value: R | undefined): void => {
        this.#waiting.delete(look);
        clearTimeout(timer);
        resolve(value);
      };
      const look = (): void => {
        const value = reached();
        if (value !== undefined) done(value);
        else if (over === undefined && (this.closed || this.fault !== undefined)) done(undefined);
      };
      const timer = setTimeout(() => done(undefined), ms);
      this.#waiting.add(look);
      look();
    });
  }

  #taken<T extends Packet['type']>(
    type: T,
    where?: (packet: PacketOf<T>) => boolean,
  ): PacketOf<T> | undefined {
    const wanted = (packet: Packet): packet is PacketOf<T> => packet.type === type;
    const fits = (packet: Packet): boolean => wanted(packet) && (where === undefined || where(packet));
    // By its place: the decoder may give one and the same object for packets that are the same.
    const index = this.#inbox.findIndex(fits);
    const found = this.#inbox[index];
    if (found === undefined || !wanted(found)) return undefined;
    this.#inbox = this.#inbox.toSpliced(index, 1);
    return found;
  }

  /** The code of the CONNACK or DISCONNECT that came last, if it is one of failure. */
  #lastCode(): number | undefined {
    const last = this.packets.at(-1);
    if (last?.type !== 'connack' && last?.type !== 'disconnect') return undefined;
    return last.reasonCode >= 0x80 || last.type === 'disconnect' ? last.reasonCode : undefined;
  }

  #insteadOf(ms = this.waits.answerMs): string {
    if (this.fault !== undefined) {
      const { reasonCode, message, clause } = this.fault;
      return `bytes that are no packet of MQTT ${this.dialect.name}: ${hex(reasonCode)} ${reasonTitle(reasonCode)}, ${message} ${clause}`;
    }
    return this.closed
      ? `the broker closed the connection, ${this.#tail()}`
      : `${this.#tail()} within ${ms} ms`;
  }

  /** What came and nobody has taken, and the bytes behind it that are no packet. */
  #tail(): string {
    const shown = this.#inbox.slice(-3).map((packet) => summaryOf(packet, this.dialect));
    if (this.fault !== undefined) shown.push(`bytes that are no packet: ${this.fault.message}`);
    return shown.length === 0 ? 'nothing came' : shown.join('; ');
  }

  /** All bytes that came. */
  get bytes(): Uint8Array {
    return joined(...this.frames, this.#framer.rest);
  }
}

function hex(code: number): string {
  return `0x${code.toString(16).padStart(2, '0')}`;
}
