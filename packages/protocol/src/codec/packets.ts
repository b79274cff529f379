// The packet model: one union for MQTT 3.1, 3.1.1 and 5.0, in MQTT 5 words, exactly what the wire says.
// Owns shapes only. Every packet is made with all its fields in one order, so that its hidden class never varies.

import type { Dialect } from '../spec/dialects.ts';
import type { PropertiesOf } from '../spec/properties.ts';
import type { ReasonCode } from '../spec/reason-codes.ts';
import type { TopicFilter, TopicName } from '../topic/index.ts';

export type QoS = 0 | 1 | 2;

/** The message that the server publishes when the connection ends badly. [5:3.1.2.5] */
export interface Will {
  readonly topic: TopicName;
  /** A view into the bytes received: whoever keeps it copies it. */
  readonly payload: Uint8Array;
  readonly qos: QoS;
  readonly retain: boolean;
  readonly properties: PropertiesOf<'will'>;
}

/** [5:3.1] [3.1.1:3.1] */
export interface ConnectPacket {
  readonly type: 'connect';
  readonly dialect: Dialect;
  /** CleanSession in 3.1 and 3.1.1. */
  readonly cleanStart: boolean;
  /** Seconds; 0 turns it off. */
  readonly keepAlive: number;
  readonly clientId: string;
  readonly userName: string | undefined;
  readonly password: Uint8Array | undefined;
  readonly will: Will | undefined;
  readonly properties: PropertiesOf<'connect'>;
}

/** [5:3.2] [3.1.1:3.2]; the return codes of 3.x are told as reason codes. */
export interface ConnackPacket {
  readonly type: 'connack';
  readonly sessionPresent: boolean;
  readonly reasonCode: ReasonCode;
  readonly properties: PropertiesOf<'connack'>;
}

/** [5:3.3] [3.1.1:3.3] */
export interface PublishPacket {
  readonly type: 'publish';
  /** Empty only where a Topic Alias stands for it. */
  readonly topic: TopicName | '';
  /** A view into the bytes received: whoever keeps it copies it. */
  readonly payload: Uint8Array;
  readonly qos: QoS;
  readonly retain: boolean;
  readonly dup: boolean;
  /** 0 at QoS 0, which has none. */
  readonly packetId: number;
  readonly properties: PropertiesOf<'publish'>;
}

export type PublishAckType = 'puback' | 'pubrec' | 'pubrel' | 'pubcomp';

interface Acknowledgement<T extends PublishAckType> {
  readonly type: T;
  readonly packetId: number;
  readonly reasonCode: ReasonCode;
  readonly properties: PropertiesOf<T>;
}

/** [5:3.4] */
export type PubackPacket = Acknowledgement<'puback'>;
/** [5:3.5] */
export type PubrecPacket = Acknowledgement<'pubrec'>;
/** [5:3.6] */
export type PubrelPacket = Acknowledgement<'pubrel'>;
/** [5:3.7] */
export type PubcompPacket = Acknowledgement<'pubcomp'>;
export type PublishAckPacket = PubackPacket | PubrecPacket | PubrelPacket | PubcompPacket;

/** 0: send retained messages at subscribe; 1: only if the subscription is new; 2: never. [5:3.8.3.1] */
export type RetainHandling = 0 | 1 | 2;

export interface SubscribeOptions {
  readonly qos: QoS;
  readonly noLocal: boolean;
  readonly retainAsPublished: boolean;
  readonly retainHandling: RetainHandling;
}

export interface SubscriptionRequest extends SubscribeOptions {
  readonly topicFilter: TopicFilter;
}

/** [5:3.8] [3.1.1:3.8] */
export interface SubscribePacket {
  readonly type: 'subscribe';
  readonly packetId: number;
  readonly subscriptions: readonly SubscriptionRequest[];
  readonly properties: PropertiesOf<'subscribe'>;
}

/** [5:3.9] [3.1.1:3.9]; 0x80 is the only failure in 3.1.1. */
export interface SubackPacket {
  readonly type: 'suback';
  readonly packetId: number;
  readonly reasonCodes: readonly ReasonCode[];
  readonly properties: PropertiesOf<'suback'>;
}

/** [5:3.10] [3.1.1:3.10] */
export interface UnsubscribePacket {
  readonly type: 'unsubscribe';
  readonly packetId: number;
  readonly topicFilters: readonly TopicFilter[];
  readonly properties: PropertiesOf<'unsubscribe'>;
}

/** [5:3.11] [3.1.1:3.11]; without reason codes in 3.x. */
export interface UnsubackPacket {
  readonly type: 'unsuback';
  readonly packetId: number;
  readonly reasonCodes: readonly ReasonCode[];
  readonly properties: PropertiesOf<'unsuback'>;
}

/** [5:3.12] */
export interface PingreqPacket {
  readonly type: 'pingreq';
}

/** [5:3.13] */
export interface PingrespPacket {
  readonly type: 'pingresp';
}

/** [5:3.14] [3.1.1:3.14] */
export interface DisconnectPacket {
  readonly type: 'disconnect';
  readonly reasonCode: ReasonCode;
  readonly properties: PropertiesOf<'disconnect'>;
}

/** [5:3.15] */
export interface AuthPacket {
  readonly type: 'auth';
  readonly reasonCode: ReasonCode;
  readonly properties: PropertiesOf<'auth'>;
}

/** What a client may send. */
export type ClientPacket =
  | ConnectPacket
  | PublishPacket
  | PublishAckPacket
  | SubscribePacket
  | UnsubscribePacket
  | PingreqPacket
  | DisconnectPacket
  | AuthPacket;

export type Packet =
  | ConnectPacket
  | ConnackPacket
  | PublishPacket
  | PublishAckPacket
  | SubscribePacket
  | SubackPacket
  | UnsubscribePacket
  | UnsubackPacket
  | PingreqPacket
  | PingrespPacket
  | DisconnectPacket
  | AuthPacket;
