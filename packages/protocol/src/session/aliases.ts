// Topic aliases that a peer has set on this connection; gone with it. [5:3.3.2.3.4]

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

  /** @param maximum Topic Alias Maximum as we told the peer; 0 allows none. */
  constructor(maximum: number) {
    this.#maximum = maximum;
  }

  /** The topic that a PUBLISH is about, its alias resolved and remembered; or why it has none. */
  resolve(packet: PublishPacket): TopicName | AliasProblem {
    const alias = packet.properties.topicAlias;
    if (alias === undefined) return packet.topic as TopicName;
    if (alias > this.#maximum) {
      return {
        reasonCode: Reason.topicAliasInvalid,
        message: `Topic Alias ${alias}, at most ${this.#maximum} are taken here`,
        clause: '[5:MQTT-3.3.2-9] [5:MQTT-3.3.2-11]',
      };
    }
    if (packet.topic !== '') {
      this.#topics.set(alias, packet.topic);
      return packet.topic;
    }
    const topic = this.#topics.get(alias);
    if (topic !== undefined) return topic;
    return {
      reasonCode: Reason.protocolError,
      message: `Topic Alias ${alias} has not been set on this connection`,
      clause: '[5:3.3.2.3.4]',
    };
  }
}
