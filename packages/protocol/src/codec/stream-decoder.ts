// Bytes to packets: takes chunks of any size, gives packets and, at most once, a fault. Throws nothing.
// Owns the checks that belong to no single packet: type, flags, sender, size, the first packet. Which packets there are is
// said by who sends them: `from-client.ts` and `from-server.ts`, so that a client need not bring what only servers read.

import type { Dialect } from '../spec/dialects.ts';
import type { Fault } from '../spec/fault.ts';
import { PACKET_TYPES, type PacketTypeFact, type Side } from '../spec/packet-types.ts';
import { Reason } from '../spec/reason-codes.ts';
import { Framer } from './framer.ts';
import type { Packet } from './packets.ts';
import { readPublish } from './publish.ts';
import { NO_LIMITS, type PacketLimits, Reader } from './reader.ts';
import { isFault, malformed, protocolError, refuse } from './refuse.ts';

/** One for all decoders: a packet is read from its first byte to its last in one go. */
const reader = new Reader();
const PUBLISH = 3;

/** What one side sends, and how it is read. */
export interface Sender {
  readonly side: Side;
  /** The body of any packet but PUBLISH and CONNECT; `type` is its code, and one that this side may send. */
  readonly read: (type: number, reader: Reader, dialect: Dialect) => Packet;
  /** Of who sends CONNECT. */
  readonly connect: ConnectReaders | undefined;
}

export interface ConnectReaders {
  /** Name and level; `answerIn` is told the dialect to answer in before anything is refused. */
  readonly dialect: (reader: Reader, answerIn: (dialect: Dialect) => void) => Dialect;
  /** What follows. */
  readonly rest: (reader: Reader, dialect: Dialect) => Packet;
}

export interface StreamOptions {
  /** Left out at a server: CONNECT chooses it, and nothing else may come first. */
  readonly dialect?: Dialect | undefined;
  /** Packets that are larger, in bytes with their header, are refused from the header. */
  readonly maximumPacketSize: number;
  /** Left out, there are none. */
  readonly limits?: PacketLimits | undefined;
}

export class StreamDecoder {
  /** Chosen by CONNECT; after a fault in CONNECT, the dialect to answer in, if it could be known. */
  dialect: Dialect | undefined;
  maximumPacketSize: number;
  readonly #limits: PacketLimits;
  readonly #sender: Sender;
  readonly #framer = new Framer();
  #connectRead: boolean;
  #failed = false;

  constructor(sender: Sender, options: StreamOptions) {
    this.dialect = options.dialect;
    this.maximumPacketSize = options.maximumPacketSize;
    this.#limits = options.limits ?? NO_LIMITS;
    this.#sender = sender;
    this.#connectRead = options.dialect !== undefined;
  }

  /** Takes a chunk; it must stay as it is until `next` has returned undefined. */
  push(chunk: Uint8Array): void {
    if (!this.#failed) this.#framer.push(chunk);
  }

  /**
   * The next packet, a fault, or undefined while no whole packet has arrived. Payloads and binary data are views into
   * the chunk. After a fault there is nothing more to come: the stream has lost its way.
   */
  next(): Packet | Fault | undefined {
    if (this.#failed) return undefined;
    const framer = this.#framer;
    try {
      const size = this.#packetSize();
      if (size === 0 || !framer.fill(size)) {
        framer.settle(size);
        return undefined;
      }
      const packet = this.#read(framer.bytes, framer.at, size);
      framer.advance(size);
      return packet;
    } catch (thrown) {
      this.#failed = true;
      const offset = Math.max(0, reader.at - framer.at);
      framer.drop();
      if (isFault(thrown)) return { ...thrown, offset };
      // A defect of ours: the connection ends with it, the process does not.
      const message = `this decoder failed: ${String(thrown)}`;
      return { type: 'fault', reasonCode: Reason.implementationSpecificError, message, clause: '', offset };
    }
  }

  /** Bytes kept for a packet that has not arrived whole. */
  get keptBytes(): number {
    return this.#framer.keptBytes;
  }

  /** The size of the packet that begins here, with its header; 0 while it cannot be known. */
  #packetSize(): number {
    const framer = this.#framer;
    const there = framer.header();
    const { bytes, at } = framer;
    reader.at = at;
    if (there === 0) return 0;
    const first = bytes[at] as number;
    this.#checkFirstByte(first);
    let remaining = 0;
    for (let k = 1; k < 5; k++) {
      if (k >= there) return 0;
      const byte = bytes[at + k] as number;
      remaining |= (byte & 0x7f) << (7 * (k - 1));
      if (byte < 0x80) {
        reader.at = at + 1;
        if (byte === 0 && k > 1 && this.dialect?.minimalRemainingLength) {
          notMinimal();
        }
        const size = 1 + k + remaining;
        if (size > this.maximumPacketSize) {
          if (!this.#connectRead) this.#peekDialect(at + 1 + k);
          this.#tooLarge(size);
        }
        return size;
      }
    }
    return malformed('the Remaining Length is longer than four bytes', '[5:1.5.5] [3.1.1:2.2.3]');
  }

  /** Of a first packet that will not be read: the dialect to refuse it in, if its name and level came with the header. */
  #peekDialect(body: number): void {
    const { at } = reader;
    reader.bytes = this.#framer.bytes;
    reader.at = body;
    reader.end = this.#framer.end;
    try {
      this.#sender.connect?.dialect(reader, (answerIn) => {
        this.dialect = answerIn;
      });
    } catch (thrown) {
      if (!isFault(thrown)) throw thrown;
    }
    reader.at = at;
  }

  #tooLarge(size: number): never {
    return refuse(
      Reason.packetTooLarge,
      `a packet of ${size} bytes, at most ${this.maximumPacketSize} are taken here`,
      '[5:MQTT-3.1.2-24] [5:MQTT-3.2.2-15]',
    );
  }

  #checkFirstByte(first: number): void {
    const fact = PACKET_TYPES[first >> 4];
    if (!this.#connectRead) {
      // [5:MQTT-3.1.0-1] [3.1.1:MQTT-3.1.0-1]
      if (first >> 4 !== 1)
        protocolError('the first packet is not CONNECT', '[5:MQTT-3.1.0-1] [3.1.1:MQTT-3.1.0-1]');
    } else if (fact?.name === 'connect' && this.#sender.side === 'client') {
      protocolError('a second CONNECT on the connection', '[5:MQTT-3.1.0-2] [3.1.1:MQTT-3.1.0-2]');
    }
    if (fact === undefined) {
      malformed('packet type 0 is forbidden', '[5:2.1.2] [3.1.1:2.2.1]');
    } else {
      this.#checkFlags(first & 15, fact);
      this.#checkSender(fact);
    }
  }

  /**
   * The flags of every type but PUBLISH are fixed.
   * [5:MQTT-3.6.1-1] [5:MQTT-3.8.1-1] [5:MQTT-3.10.1-1] [5:MQTT-3.14.1-1] [5:MQTT-3.15.1-1]
   * [3.1.1:MQTT-3.6.1-1] [3.1.1:MQTT-3.8.1-1] [3.1.1:MQTT-3.10.1-1] [3.1.1:MQTT-3.14.1-1]
   */
  #checkFlags(flags: number, fact: PacketTypeFact): void {
    if (fact.flags === undefined || flags === fact.flags) return;
    // In 3.1 a client may resend these with DUP.
    if (this.dialect?.dupOnRequests && fact.flags === 2 && flags === 10) return;
    const seen = flags.toString(2).padStart(4, '0');
    const wanted = fact.flags.toString(2).padStart(4, '0');
    malformed(
      `the flags of ${fact.title} are ${seen}, must be ${wanted}`,
      '[5:MQTT-2.1.3-1] [3.1.1:MQTT-2.2.2-2]',
    );
  }

  #checkSender(fact: PacketTypeFact): void {
    const { dialect } = this;
    if (fact.name === 'auth' && dialect !== undefined && !dialect.enhancedAuthentication) {
      malformed(`MQTT ${dialect.name} has no packet type 15`, '[3.1.1:2.2.1]');
    }
    const { side } = this.#sender;
    const mayNot = fact.name === 'disconnect' && side === 'server' && !dialect?.serverDisconnect;
    if (mayNot || !fact.senders.includes(side)) {
      protocolError(`${fact.title} is never sent by a ${side}`, '[5:2.1.2] [3.1.1:2.2.1]');
    }
  }

  #read(bytes: Uint8Array, at: number, size: number): Packet {
    const first = bytes[at] as number;
    reader.bytes = bytes;
    reader.end = at + size;
    reader.limits = this.#limits;
    let body = at + 2;
    while ((bytes[body - 1] as number) >= 0x80) body += 1;
    reader.at = body;
    const { dialect } = this;
    if (dialect === undefined || !this.#connectRead) return this.#readConnect(at);
    const sender = this.#sender;
    if (first >> 4 === PUBLISH) return readPublish(reader, first & 15, dialect, sender.side);
    return sender.read(first >> 4, reader, dialect);
  }

  #readConnect(at: number): Packet {
    const { connect } = this.#sender;
    // Who cannot send CONNECT has been refused for its first byte.
    if (connect === undefined) return malformed('no dialect was chosen', '[5:MQTT-3.1.0-1]');
    const body = reader.at;
    const dialect = connect.dialect(reader, (answerIn) => {
      this.dialect = answerIn;
    });
    // Only now is it known whether that matters.
    if (dialect.minimalRemainingLength && body - at > 2 && reader.bytes[body - 1] === 0) notMinimal();
    const packet = connect.rest(reader, dialect);
    this.#connectRead = true;
    return packet;
  }
}

function notMinimal(): never {
  return malformed('the Remaining Length is written in more bytes than it needs', '[5:MQTT-1.5.5-1]');
}
