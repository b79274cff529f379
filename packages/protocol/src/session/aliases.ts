// Topic aliases on one connection, those that the peer has set and those that we have; gone with it. [5:3.3.2.3.4]

import type { PublishPacket } from '../codec/packets.ts';
import { Reason, type ReasonCode } from '../spec/reason-codes.ts';
import type { TopicName } from '../topic/index.ts';

export interface AliasProblem {
  readonly reasonCode: ReasonCode;
  readonly message: string;
  readonly clause: string;
}

export class InboundAliases {
  readonly #topics = new Map<number, TopicName>();
  readonly #maximum: number;
  readonly #charsMax: number;
  #chars = 0;

  /**
   * @param maximum Topic Alias Maximum as we told the peer; 0 allows none.
   * @param charsMax characters in all topics that are remembered at once
   */
  constructor(maximum: number, charsMax: number = Number.POSITIVE_INFINITY) {
    this.#maximum = maximum;
    this.#charsMax = charsMax;
  }

  /** The topic that a PUBLISH is about, its alias, 1 to the maximum, resolved and remembered; or why it has none. */
  resolve(packet: PublishPacket): TopicName | AliasProblem {
    const alias = packet.properties.topicAlias;
    if (alias === undefined) return packet.topic as TopicName;
    // [5:MQTT-3.3.2-12]
    if (alias > this.#maximum) {
      return {
        reasonCode: Reason.topicAliasInvalid,
        message: `Topic Alias ${alias}, at most ${this.#maximum} are taken here`,
        clause: '[5:MQTT-3.3.2-9] [5:MQTT-3.3.2-11]',
      };
    }
    if (packet.topic !== '') return this.#remember(alias, packet.topic);
    const topic = this.#topics.get(alias);
    if (topic !== undefined) return topic;
    return {
      reasonCode: Reason.protocolError,
      message: `Topic Alias ${alias} has not been set on this connection`,
      clause: '[5:3.3.2.3.4]',
    };
  }
  #remember(alias: number, topic: TopicName): TopicName | AliasProblem {
    const before = this.#topics.get(alias);
    if (before === topic) return topic;
    this.#chars += topic.length - (before?.length ?? 0);
    if (this.#chars > this.#charsMax) {
      return {
        reasonCode: Reason.quotaExceeded,
        message: `Topic Aliases stand for more than ${this.#charsMax} characters`,
        clause: '[5:3.3.2.3.4]',
      };
    }
    this.#topics.set(alias, topic);
    return topic;
  }
}

/** Shorter topics cost hardly more than the alias. */
const ALIASED_TOPIC_CHARS_MIN = 6;
/** Longer ones are not remembered: what a publisher chose is held for every receiver. */
const ALIASED_TOPIC_CHARS_MAX = 4096;

/** A topic that is no longer sent has been paid off after this many that wanted its place. */
const CREDIT_SENDS_MAX = 16;

interface Holder {
  topic: TopicName;
  /** Characters saved and not yet paid for by topics that wanted its alias. */
  credit: number;
}

/**
 * The aliases we give to topics that we send. When all are given, a topic without one pays the next holder's credit off,
 * and takes its place once that is gone: what is sent often, and is long, keeps its alias; what came once loses it.
 */
export class OutboundAliases {
  readonly #maximum: number;
  readonly #holders: Holder[] = [];
  readonly #aliases = new Map<TopicName, number>();
  #hand = 0;

  /**
   * @param maximum the peer's Topic Alias Maximum, or fewer.
   * [5:MQTT-3.1.2-26] [5:MQTT-3.1.2-27] [5:MQTT-3.2.2-17] [5:MQTT-3.2.2-18]
   */
  constructor(maximum: number) {
    this.#maximum = maximum;
  }

  /** The alias that stands for the topic at the peer; 0 where there is none. */
  find(topic: TopicName): number {
    const alias = this.#aliases.get(topic) ?? 0;
    if (alias === 0) return 0;
    const holder = this.#holders[alias - 1] as Holder;
    holder.credit = Math.min(holder.credit + topic.length, CREDIT_SENDS_MAX * topic.length);
    return alias;
  }

  /** An alias for a topic that has none, to be sent along with it; 0 where it is not worth one now. */
  assign(topic: TopicName): number {
    const { length } = topic;
    if (length < ALIASED_TOPIC_CHARS_MIN || length > ALIASED_TOPIC_CHARS_MAX) return 0;
    if (this.#holders.length < this.#maximum) {
      this.#holders.push({ topic, credit: length });
      this.#aliases.set(topic, this.#holders.length);
      return this.#holders.length;
    }
    const index = this.#hand;
    this.#hand = (index + 1) % this.#maximum;
    const holder = this.#holders[index] as Holder;
    holder.credit -= length;
    if (holder.credit > 0) return 0;
    this.#aliases.delete(holder.topic);
    holder.topic = topic;
    holder.credit = length;
    this.#aliases.set(topic, index + 1);
    return index + 1;
  }

  /** The packet that would have told the peer was not sent: the alias stands for nothing. */
  withdraw(topic: TopicName): void {
    const alias = this.#aliases.get(topic);
    if (alias === undefined) return;
    this.#aliases.delete(topic);
    (this.#holders[alias - 1] as Holder).credit = 0;
  }
}
