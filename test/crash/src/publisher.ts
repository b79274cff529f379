// A publisher whose session outlives its connections: an outbox of what is not yet completed, sent again in order with
// DUP and the same packet identifiers. Owns one client's outbox; writes facts, judges nothing.

import {
  type ConnackPacket,
  NO_PROPERTIES,
  type Packet,
  type PublishAckPacket,
  publishAck,
  publishPacket,
  RECEIVE_MAXIMUM_DEFAULT,
  type TopicName,
} from '@anax/protocol';
import type { PublisherRole } from './cast.ts';
import type { Chance } from './chance.ts';
import type { History } from './facts.ts';
import { Link } from './link.ts';
import { payloadOf } from './payload.ts';

/** `publish`: PUBACK or PUBREC awaited. `release`: PUBREL sent, PUBCOMP awaited. */
interface Entry {
  packetId: number;
  phase: 'publish' | 'release';
  readonly value: number;
  readonly topic: string;
  readonly qos: 1 | 2;
  readonly retain: boolean;
  readonly clears: boolean;
}

const PACKET_ID_MAX = 65_535;

export class Publisher {
  readonly role: PublisherRole;
  /** In the order in which they were sent first. */
  readonly #outbox = new Map<number, Entry>();
  readonly #history: History;
  readonly #chance: Chance;
  #link: Link | undefined;
  #receiveMaximum = RECEIVE_MAXIMUM_DEFAULT;
  #lastPacketId = 0;
  #order = 0;
  /** Whether new messages are made. */
  #running = false;
  /** Whether the broker has acknowledged anything, and so promised to know this session. */
  #promised = false;
  #idle: (() => void) | undefined;

  constructor(role: PublisherRole, history: History, chance: Chance) {
    this.role = role;
    this.#history = history;
    this.#chance = chance;
  }

  /** Messages that are not completed. */
  get unfinished(): number {
    return this.#outbox.size;
  }

  /** Connects, sends again what is owed, goes on publishing where it runs. Resolves to whether it worked. */
  connect(port: number): Promise<boolean> {
    const { clientId, dialect } = this.role;
    const link = new Link(
      port,
      { clientId, dialect, persistent: true },
      {
        opened: (connack) => this.#opened(link, connack),
        packet: (packet) => this.#packet(packet),
        broken: (what) => this.#history.add({ type: 'broken', client: clientId, what }),
      },
    );
    this.#link = link;
    return link.ready;
  }

  run(): void {
    this.#running = true;
    this.#pump();
  }

  /** Makes no new messages; those under way go on. */
  hold(): void {
    this.#running = false;
  }

  /** Resolves once nothing is under way. */
  idle(): Promise<void> {
    if (this.#outbox.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#idle = resolve;
    });
  }

  async end(): Promise<void> {
    await this.#link?.end();
  }

  /** Resolves when the connection is over, by whose doing soever. */
  async over(): Promise<void> {
    await this.#link?.closed;
  }

  #opened(link: Link, connack: ConnackPacket): void {
    if (link !== this.#link) return;
    this.#receiveMaximum = connack.properties.receiveMaximum ?? RECEIVE_MAXIMUM_DEFAULT;
    if (connack.sessionPresent) {
      for (const entry of this.#outbox.values()) this.#send(entry, true);
    } else {
      if (this.#promised) this.#history.add({ type: 'session-lost', client: this.role.clientId });
      this.#beginAnew();
    }
    this.#pump();
  }

  /** The broker knows nothing of this session: what it has not taken is sent as new. */
  #beginAnew(): void {
    const entries = [...this.#outbox.values()];
    this.#outbox.clear();
    for (const entry of entries) {
      this.#history.add({ type: 'repeated', value: entry.value });
      if (entry.phase === 'release') continue;
      entry.packetId = this.#freePacketId();
      this.#outbox.set(entry.packetId, entry);
      this.#send(entry, false);
    }
    this.#tellIdle();
  }

  #pump(): void {
    if (!this.#running || this.#link?.open !== true) return;
    const window = Math.min(this.role.window, this.#receiveMaximum);
    while (this.#outbox.size < window) this.#publish();
  }

  #publish(): void {
    const { clientId, topics, retained, cleared, qos: levels } = this.role;
    const drawn = this.#chance.next();
    const topic = this.#chance.pick(
      drawn < RETAINED_SHARE ? retained : drawn < NOT_PLAIN_SHARE ? cleared : topics,
    );
    const retain = drawn < NOT_PLAIN_SHARE;
    // The order of two QoS is promised to nobody, and the last message has to be known.
    const qos = retain ? (levels[0] ?? 1) : this.#chance.pick(levels);
    const clears = retain && cleared.includes(topic) && this.#chance.happens(CLEARING_SHARE);
    const value = this.#history.nextValue();
    const order = ++this.#order;
    const packetId = this.#freePacketId();
    const entry: Entry = { packetId, phase: 'publish', value, topic, qos, retain, clears };
    this.#outbox.set(packetId, entry);
    this.#history.add({ type: 'published', value, publisher: clientId, order, topic, qos, retain, clears });
    this.#send(entry, false);
  }

  #send({ packetId, phase, value, topic, qos, retain, clears }: Entry, dup: boolean): void {
    if (phase === 'release') return this.#link?.send(publishAck('pubrel', packetId));
    const payload = clears ? new Uint8Array(0) : payloadOf(value);
    this.#link?.send(publishPacket(topic as TopicName, payload, qos, retain, dup, packetId, NO_PROPERTIES));
  }

  #packet(packet: Packet): void {
    if (packet.type !== 'puback' && packet.type !== 'pubrec' && packet.type !== 'pubcomp') return;
    const entry = this.#outbox.get(packet.packetId);
    const expected = entry !== undefined && isExpected(packet, entry);
    if (expected) this.#answered(packet, entry);
    else if (packet.type === 'pubrec' && entry?.phase === 'release') {
      this.#link?.send(publishAck('pubrel', packet.packetId));
    } else {
      const what = `${packet.type.toUpperCase()} for packet identifier ${packet.packetId}, where none is due`;
      this.#history.add({ type: 'broken', client: this.role.clientId, what });
    }
    this.#tellIdle();
    this.#pump();
  }

  #answered(packet: PublishAckPacket, entry: Entry): void {
    const { packetId, reasonCode, type } = packet;
    const { value } = entry;
    if (type !== 'pubcomp') {
      this.#promised = true;
      if (reasonCode >= 0x80) this.#history.add({ type: 'refused', value, reasonCode });
      else this.#history.add({ type: 'acknowledged', value });
    }
    if (type === 'pubrec' && reasonCode < 0x80) {
      entry.phase = 'release';
      this.#link?.send(publishAck('pubrel', packetId));
    } else {
      this.#outbox.delete(packetId);
    }
  }

  #tellIdle(): void {
    if (this.#outbox.size > 0) return;
    this.#idle?.();
    this.#idle = undefined;
  }

  #freePacketId(): number {
    do this.#lastPacketId = (this.#lastPacketId % PACKET_ID_MAX) + 1;
    while (this.#outbox.has(this.#lastPacketId));
    return this.#lastPacketId;
  }
}

const RETAINED_SHARE = 0.1;
const NOT_PLAIN_SHARE = 0.15;
const CLEARING_SHARE = 0.3;

function isExpected({ type }: PublishAckPacket, { phase, qos }: Entry): boolean {
  if (type === 'puback') return qos === 1;
  return type === 'pubrec' ? qos === 2 && phase === 'publish' : phase === 'release';
}
