// A subscriber whose session outlives its connections: the QoS 2 identifiers that wait for PUBREL are kept over a crash.
// Owns one client's inbox; writes down every arrival, judges nothing.

import {
  type ConnackPacket,
  NO_PROPERTIES,
  type Packet,
  type PublishPacket,
  publishAck,
  Reason,
  type SubscribePacket,
  type TopicFilter,
} from '@anax/protocol';
import { type SubscriberRole, wireFilter } from './cast.ts';
import type { Chance } from './chance.ts';
import type { History } from './facts.ts';
import { Link } from './link.ts';
import { valueIn } from './payload.ts';

const SUBSCRIBE_PACKET_ID = 1;

export class Subscriber {
  readonly role: SubscriberRole;
  /** How many messages have come. */
  arrivals = 0;
  /** What each identifier that waits for PUBREL was used for first. */
  readonly #inbox = new Map<number, number | undefined>();
  /** Acknowledgements that linger. */
  readonly #waiting: (() => void)[] = [];
  readonly #history: History;
  readonly #chance: Chance;
  #link: Link | undefined;
  #subscribed = false;
  /** The broker has discarded the session, and has not been asked for another since. */
  #discarded = false;
  #settle: ((subscribed: boolean) => void) | undefined;

  constructor(role: SubscriberRole, history: History, chance: Chance) {
    this.role = role;
    this.#history = history;
    this.#chance = chance;
  }

  /** QoS 2 identifiers that the broker has not released. */
  get unfinished(): number {
    return this.#inbox.size;
  }

  /** Connects, and subscribes where the broker knows no session. Resolves to whether it is subscribed. */
  async connect(port: number): Promise<boolean> {
    const { clientId, dialect } = this.role;
    const fresh = this.#discarded;
    this.#discarded = false;
    const link = new Link(
      port,
      { clientId, dialect, persistent: true },
      {
        opened: (connack) => this.#opened(link, connack, fresh),
        packet: (packet) => this.#packet(link, packet),
        broken: (what) => this.#broken(what),
      },
    );
    this.#link = link;
    const subscribed = new Promise<boolean>((resolve) => {
      this.#settle = resolve;
      void link.closed.then(() => resolve(false));
    });
    return (await link.ready) && (await subscribed);
  }

  /** Discards the session with a clean start. [5:MQTT-3.1.2-4] [3.1.1:MQTT-3.1.2-6] */
  async leave(port: number): Promise<void> {
    await this.end();
    const { clientId, dialect } = this.role;
    const link = new Link(
      port,
      { clientId, dialect, persistent: false },
      {
        opened: () => undefined,
        packet: () => undefined,
        broken: (what) => this.#broken(what),
      },
    );
    this.#link = link;
    if (await link.ready) {
      this.#history.add({ type: 'left', subscriber: clientId });
      this.#subscribed = false;
      this.#discarded = true;
      this.#inbox.clear();
    }
    await link.end();
  }

  async end(): Promise<void> {
    await this.#link?.end();
  }

  async over(): Promise<void> {
    await this.#link?.closed;
  }

  #opened(link: Link, { sessionPresent }: ConnackPacket, fresh: boolean): void {
    if (link !== this.#link) return;
    if (sessionPresent && fresh) this.#broken('a session that was discarded is there again');
    if (sessionPresent && this.#subscribed) return this.#settle?.(true);
    if (!sessionPresent) {
      if (this.#subscribed) this.#history.add({ type: 'session-lost', client: this.role.clientId });
      this.#inbox.clear();
    }
    link.send(subscribePacket(this.role));
  }

  #packet(link: Link, packet: Packet): void {
    if (packet.type === 'publish') this.#publish(link, packet);
    else if (packet.type === 'pubrel') this.#pubrel(link, packet.packetId);
    else if (packet.type === 'suback') {
      const refused = packet.reasonCodes.some((code) => code >= 0x80);
      if (refused) this.#broken('SUBACK refuses a filter');
      if (!refused && !this.#subscribed) {
        this.#history.add({ type: 'subscribed', subscriber: this.role.clientId });
      }
      this.#subscribed = !refused;
      this.#settle?.(!refused);
    }
  }

  #publish(link: Link, { topic, payload, qos, dup, packetId }: PublishPacket): void {
    this.arrivals += 1;
    // What removes a retained message comes as an empty payload, which tells nothing.
    const value = payload.length === 0 ? CLEARED : valueIn(payload);
    const subscriber = this.role.clientId;
    if (qos === 2 && this.#inbox.has(packetId)) {
      const first = this.#inbox.get(packetId);
      this.#history.add({ type: 'again', subscriber, first, value, dup, packetId });
    } else {
      if (qos === 2) this.#inbox.set(packetId, value);
      if (value !== CLEARED) {
        this.#history.add({ type: 'delivered', subscriber, topic, value, qos, dup, packetId });
      }
    }
    if (qos > 0) this.#soon(() => link.send(publishAck(qos === 1 ? 'puback' : 'pubrec', packetId)));
  }

  #pubrel(link: Link, packetId: number): void {
    const known = this.#inbox.delete(packetId);
    link.send(publishAck('pubcomp', packetId, known ? Reason.success : Reason.packetIdentifierNotFound));
  }

  /** Acknowledgements keep their order: all wait, or none. [5:MQTT-4.6.0-2] */
  #soon(acknowledge: () => void): void {
    const { lingerMs } = this.role;
    if (lingerMs === 0) return acknowledge();
    this.#waiting.push(acknowledge);
    if (this.#waiting.length > 1) return;
    setTimeout(
      () => {
        for (const waiting of this.#waiting.splice(0)) waiting();
      },
      this.#chance.between(0, lingerMs),
    );
  }

  #broken(what: string): void {
    this.#history.add({ type: 'broken', client: this.role.clientId, what });
  }
}

/** No value is below 1. */
const CLEARED = -1;

function subscribePacket(role: SubscriberRole): SubscribePacket {
  return {
    type: 'subscribe',
    packetId: SUBSCRIBE_PACKET_ID,
    subscriptions: role.filters.map((filter) => ({
      topicFilter: wireFilter(role, filter) as TopicFilter,
      qos: filter.qos,
      noLocal: false,
      retainAsPublished: false,
      retainHandling: 0,
    })),
    properties: NO_PROPERTIES,
  };
}
