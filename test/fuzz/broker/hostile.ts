// One hostile connection to the broker's machine, and the rules that hold for whatever it sends.

import {
  type ConnectPacket,
  Decoder,
  type Dialect,
  GrowingOutput,
  type PublishPacket,
  RECEIVE_MAXIMUM_DEFAULT,
} from '@anax/protocol';
import type { Connection } from '../../../packages/broker/src/connection/connection.ts';
import type { Wire } from '../../../packages/broker/src/hub/link.ts';
import type { Counters } from '../../../packages/broker/src/hub/notes.ts';
import { FuzzFailure, hex, must } from '../failure.ts';
import { type Heard, Listener } from '../listener.ts';

/** So large that no limit of a client is told from it. */
const NO_LIMIT = 268_435_460;
/** The smallest DISCONNECT or CONNACK with a reason code. */
const TELLING_BYTES_MIN = 5;

export class FuzzWire implements Wire {
  readonly out: GrowingOutput = new GrowingOutput();
  readonly address: string;
  readonly counters: Counters;
  congested = false;
  closed = false;
  paused = false;

  constructor(address: string, counters: Counters) {
    this.address = address;
    this.counters = counters;
  }

  /** There is no journal to wait for. */
  hold(): void {}
  close(): void {
    this.closed = true;
  }
  pause(): void {
    this.paused = true;
  }
  resume(): void {
    this.paused = false;
  }
}

/** Who ended it, as the broker's events and notes tell. */
export interface Told {
  byClient: boolean;
  reasonCode: number | undefined;
}

export class Hostile {
  readonly wire: FuzzWire;
  readonly told: Told = { byClient: false, reasonCode: undefined };
  /** What it has sent, for a failure to show. */
  readonly sent: Uint8Array[] = [];
  readonly #connection: Pick<Connection, 'receive' | 'lost' | 'drained'>;
  /** Reads what it sends as the broker does: which dialect, which limits, which acknowledgements. */
  readonly #shadow: Decoder;
  #listener: Listener | undefined;
  #connect: ConnectPacket | undefined;
  #open = false;
  /** A packet that ends the connection has come. */
  #ended = false;
  /** It said DISCONNECT before it was let in. */
  #gaveUp = false;
  #lost = false;
  #judged = false;
  /** An input was what closed it, and not time or another client. */
  #closedByInput = false;
  readonly #underWay = new Set<number>();
  readonly #aliases = new Set<number>();
  #acknowledged: number[] = [];

  constructor(
    wire: FuzzWire,
    connection: Pick<Connection, 'receive' | 'lost' | 'drained'>,
    connectBytesMax: number,
  ) {
    this.wire = wire;
    this.#connection = connection;
    this.#shadow = new Decoder({ sender: 'client', maximumPacketSize: connectBytesMax });
  }

  get dialect(): Dialect | undefined {
    return this.#shadow.dialect;
  }

  get gone(): boolean {
    return this.wire.closed || this.#lost;
  }

  /** Messages above QoS 0 that the broker waits for; for a peer that acknowledges like others do. */
  get underWay(): ReadonlySet<number> {
    return this.#underWay;
  }

  receive(chunk: Uint8Array, now: number): void {
    this.sent.push(chunk);
    if (!this.wire.closed) this.#followUp(chunk);
    const borrowed = chunk.slice();
    const wasOpen = !this.wire.closed;
    this.#connection.receive(borrowed, now);
    this.#closedByInput ||= wasOpen && this.wire.closed;
    // The memory is read into again: a view that somebody kept shows.
    borrowed.fill(0xee);
  }

  lost(now: number): void {
    this.#lost = true;
    this.#connection.lost(now);
  }

  drained(now: number): void {
    this.wire.congested = false;
    this.#connection.drained(now);
  }

  #followUp(chunk: Uint8Array): void {
    this.#shadow.push(chunk);
    for (let one = this.#shadow.next(); one !== undefined; one = this.#shadow.next()) {
      if (one.type === 'fault') return;
      if (one.type === 'disconnect' && !this.#open) this.#gaveUp = true;
      if (one.type === 'connect' && this.#connect === undefined) {
        this.#connect = one;
        this.#shadow.maximumPacketSize = NO_LIMIT;
      }
      const ends =
        one.type === 'puback' || one.type === 'pubcomp' || (one.type === 'pubrec' && one.reasonCode >= 0x80);
      if (ends && 'packetId' in one) this.#acknowledged.push(one.packetId);
    }
  }

  /** Looks at what the broker has sent since it last looked, and whether it has closed. @throws FuzzFailure */
  look(): void {
    const { out } = this.wire;
    if (this.#judged && out.length === 0) return;
    for (const id of this.#acknowledged) this.#underWay.delete(id);
    if (out.length > 0) {
      const bytes = out.written().slice();
      out.length = 0;
      const { dialect } = this;
      if (dialect === undefined)
        throw new FuzzFailure(`an answer to a peer that has not said which MQTT it speaks: ${hex(bytes)}`);
      this.#listener ??= new Listener('server', dialect);
      for (const heard of this.#listener.hear(bytes)) this.#judge(heard);
    }
    for (const id of this.#acknowledged) this.#underWay.delete(id);
    const { receiveMaximum = RECEIVE_MAXIMUM_DEFAULT } = this.#connect?.properties ?? {};
    const { size } = this.#underWay;
    must(size <= receiveMaximum, `${size} messages are under way, Receive Maximum is ${receiveMaximum}`);
    // What comes behind a CONNECT is looked at when somebody has said who that is.
    if (this.#open) this.#acknowledged = [];
    if (this.#ended) must(this.wire.closed, 'the broker told of an end and did not close');
    if (!this.wire.closed || this.#judged) return;
    this.#judged = true;
    if (!this.#lost) this.#judgeEnd();
  }

  #judge({ packet, bytes }: Heard): void {
    must(!this.#ended, `${packet.type} behind the packet that ends the connection`);
    const max = this.#connect?.properties.maximumPacketSize ?? NO_LIMIT;
    must(bytes <= max, `${packet.type} of ${bytes} bytes to a client that takes ${max}`);
    if (!this.#open) {
      must(packet.type === 'connack' || packet.type === 'auth', `${packet.type} before CONNACK`);
      if (packet.type !== 'connack') return;
      this.#open = packet.reasonCode === 0;
      this.#ended = !this.#open;
      return;
    }
    must(packet.type !== 'connack', 'a second CONNACK');
    if (packet.type === 'disconnect') {
      must(packet.reasonCode >= 0x80, `DISCONNECT with 0x${packet.reasonCode.toString(16)} of a server`);
      this.#ended = true;
    }
    if (packet.type === 'publish') this.#judgePublish(packet);
    // The client has refused it itself, or the exchange is over.
    if (packet.type === 'pubrel' && packet.reasonCode >= 0x80) this.#underWay.delete(packet.packetId);
  }

  #judgePublish({ qos, packetId, dup, topic, properties }: PublishPacket): void {
    const { topicAliasMaximum = 0 } = this.#connect?.properties ?? {};
    if (qos > 0) {
      // One input may both acknowledge and bring about another message with the identifier that became free.
      const free = dup || !this.#underWay.has(packetId) || this.#acknowledged.includes(packetId);
      must(free, `packet identifier ${packetId} is in use and is used again`);
      this.#underWay.add(packetId);
    }
    const { topicAlias } = properties;
    if (topicAlias !== undefined) {
      must(topicAlias <= topicAliasMaximum, `Topic Alias ${topicAlias}, at most ${topicAliasMaximum}`);
      must(
        topic !== '' || this.#aliases.has(topicAlias),
        `Topic Alias ${topicAlias} was never given a topic`,
      );
      this.#aliases.add(topicAlias);
    } else must(topic !== '', 'a PUBLISH without a topic');
  }

  /** The broker has closed: the client has asked for it, or there is a reason code, told where it can be. */
  #judgeEnd(): void {
    if (this.told.byClient || this.#gaveUp) return;
    // Who does not say in time which MQTT it speaks cannot be told anything. [5:3.1.4] [3.1.1:3.1.4]
    if (this.#connect === undefined && !this.#closedByInput) return;
    const { dialect } = this;
    must(this.told.reasonCode !== undefined, 'the broker closed and gave no reason code');
    if (dialect === undefined || this.#ended || !dialect.reasonCodes) return;
    const max = this.#connect?.properties.maximumPacketSize ?? NO_LIMIT;
    must(
      max < TELLING_BYTES_MIN,
      `the broker closed without a word, for 0x${this.told.reasonCode.toString(16)}`,
    );
  }
}
