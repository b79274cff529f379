// Topic aliases that this client gives to what it publishes, of its own accord: for topics that come again, as far as the
// server takes any. Lives as long as a connection. [5:3.3.2.3.4]

import {
  NO_PROPERTIES,
  OutboundAliases,
  type PropertiesOf,
  type PublishPacket,
  publishPacket,
} from '@anax/protocol';
import type { Wire } from './wire.ts';

/** Topics that have been sent once are remembered for so many sends of others, for each alias. */
const SEEN_PER_ALIAS = 4;
/** Longer ones get no alias, and are not remembered. */
const SEEN_TOPIC_CHARS_MAX = 4096;

export class TopicAliases {
  readonly #wire: Wire;
  readonly #aliases: OutboundAliases;
  readonly #seenMax: number;
  /** Sent once and not again; forgotten all at once, which costs a topic one more send in full. */
  readonly #seen = new Set<string>();
  /** Properties that are nothing but an alias, by alias. */
  readonly #alone: PropertiesOf<'publish'>[] = [];
  #given = false;

  /** @param maximum the server's Topic Alias Maximum, or fewer. [5:MQTT-3.2.2-17] [5:MQTT-3.2.2-18] */
  constructor(wire: Wire, maximum: number) {
    this.#wire = wire;
    this.#aliases = new OutboundAliases(maximum);
    this.#seenMax = maximum * SEEN_PER_ALIAS;
  }

  /**
   * Sends a PUBLISH, with an alias set beside its topic or in its place. What is sent again with DUP says its topic, and
   * sets nothing. An application that gives an alias has them all to itself from then on.
   * @param bytesMax that the packet has at most
   */
  send(packet: PublishPacket, bytesMax: number, now: number): boolean {
    const { topic } = packet;
    if (packet.properties.topicAlias !== undefined) this.#given = true;
    if (this.#given || packet.dup || topic === '') return this.#wire.publish(packet, now);
    const known = this.#aliases.find(topic);
    if (known > 0) return this.#fits(packet, bytesMax) && this.#wire.publish(this.#short(packet, known), now);
    if (!this.#comesAgain(topic)) return this.#wire.publish(packet, now);
    const topicAlias = this.#aliases.assign(topic);
    if (topicAlias === 0) return this.#wire.publish(packet, now);
    const properties = { ...packet.properties, topicAlias };
    let sent = false;
    try {
      sent = this.#wire.publish({ ...packet, properties }, now);
    } finally {
      if (!sent) this.#aliases.withdraw(topic);
    }
    // The alias itself may be what was too much.
    return sent || this.#wire.publish(packet, now);
  }

  /** A message that the server takes only under an alias could not be sent again on another connection. */
  #fits(packet: PublishPacket, bytesMax: number): boolean {
    return bytesMax <= this.#wire.maximumPacketSize || this.#wire.fits(packet);
  }

  #short(packet: PublishPacket, topicAlias: number): PublishPacket {
    const { payload, qos, retain, packetId, properties } = packet;
    if (properties === NO_PROPERTIES) this.#alone[topicAlias] ??= { topicAlias };
    const own = properties === NO_PROPERTIES ? this.#alone[topicAlias] : undefined;
    return publishPacket('', payload, qos, retain, false, packetId, own ?? { ...properties, topicAlias });
  }

  #comesAgain(topic: string): boolean {
    if (this.#seen.delete(topic)) return true;
    if (this.#seen.size >= this.#seenMax) this.#seen.clear();
    if (topic.length <= SEEN_TOPIC_CHARS_MAX) this.#seen.add(topic);
    return false;
  }
}
