// A message from inside, as its caller writes it, made into one that every client can be sent.

import {
  encode,
  GrowingOutput,
  type Message,
  type MessageProperties,
  MQTT_5_0,
  MqttError,
  message,
  messageProperties,
  PACKET_BYTES_MAX,
  parseTopicName,
  publishPacket,
  type QoS,
  Reason,
  type TopicName,
  topicNameProblem,
  utf8Bytes,
} from '@anax/protocol';
import type { Limits } from '../hub/limits.ts';

/** What `publish` takes; what is left out is empty, 0 or false. */
export interface Publication {
  readonly topic: string;
  /** Bytes, or a text that is sent in UTF-8. */
  readonly payload?: Uint8Array | string;
  readonly qos?: QoS;
  readonly retain?: boolean;
  /** Of MQTT 5; clients of 3.x do not get them. */
  readonly properties?: MessageProperties;
}

/** @throws MqttError `invalid-topic-name`, `invalid-option`, `retain-not-supported`, or what the codec cannot say. */
export function messageOf(publication: Publication, limits: Limits, now: number): Message {
  const { payload = '', qos = 0, retain = false, properties = {} } = publication;
  const topic = topicOf(publication.topic);
  if (typeof payload !== 'string' && !(payload instanceof Uint8Array)) {
    throw new MqttError('invalid-option', '`payload` must be a text or a Uint8Array');
  }
  if (qos !== 0 && qos !== 1 && qos !== 2) {
    throw new MqttError('invalid-option', '`qos` must be 0, 1 or 2', { clause: '[5:MQTT-3.3.1-4]' });
  }
  if (typeof retain !== 'boolean') throw new MqttError('invalid-option', '`retain` must be true or false');
  if (retain && !limits.retainAvailable) {
    const facts = { reasonCode: Reason.retainNotSupported, clause: '[5:3.2.2.3.5]' };
    throw new MqttError('retain-not-supported', 'this server retains nothing', facts);
  }
  const bytes = typeof payload === 'string' ? utf8Bytes(payload) : payload;
  const own = messageProperties(properties);
  if (own.responseTopic !== undefined) topicOf(own.responseTopic);
  requireSayable(topic, bytes.length, own);
  const seconds = own.messageExpiryInterval;
  const expiresAt = seconds === undefined ? Number.POSITIVE_INFINITY : now + seconds * 1000;
  // Copied: what is queued or retained must not change with its caller's memory.
  return message(topic, new Uint8Array(bytes), qos, retain, own, '', expiresAt);
}

function topicOf(text: unknown): TopicName {
  const topic = typeof text === 'string' ? parseTopicName(text) : undefined;
  if (topic !== undefined) return topic;
  const problem = typeof text === 'string' ? topicNameProblem(text) : undefined;
  const why = problem?.message ?? 'is no text';
  throw new MqttError('invalid-topic-name', `the topic name ${JSON.stringify(text)} ${why}`, {
    reasonCode: Reason.topicNameInvalid,
    clause: problem?.clause ?? '',
  });
}

const scratch = new GrowingOutput();
/** For what a server adds: packet identifier, an alias, subscription identifiers. */
const ADDED_BYTES_MAX = 64 * 1024;

/** Encoded once without its payload: what cannot be said is told to the caller, and not found out in a fan-out. */
function requireSayable(topic: TopicName, payloadBytes: number, properties: MessageProperties): void {
  scratch.length = 0;
  const bytes = encode(
    publishPacket(topic, new Uint8Array(0), 1, false, false, 1, properties),
    MQTT_5_0,
    scratch,
  );
  if (bytes + payloadBytes + ADDED_BYTES_MAX > PACKET_BYTES_MAX) {
    throw new MqttError('packet-too-large', `${payloadBytes} bytes of payload make no packet`);
  }
}
