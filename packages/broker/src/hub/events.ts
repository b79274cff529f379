// What a broker tells to programs that embed it: one type for each kind of event, and the sink that the rooms inside
// call. Pure: who listens, and when they are told, is not known here.

import type { DialectName, Message, MessageProperties, QoS, ReasonCode } from '@anax/protocol';
import type { Session, Subscription } from './session.ts';

/** A client has been let in: CONNACK is on its way. */
export interface ClientConnected {
  readonly clientId: string;
  /** Undefined for an anonymous client. */
  readonly userName: string | undefined;
  readonly address: string;
  readonly protocol: DialectName;
  readonly cleanStart: boolean;
  readonly sessionPresent: boolean;
  /** In seconds, as granted; 0 is off. */
  readonly keepAlive: number;
  /** After the connection ends, in seconds, as granted; 4294967295 is never. */
  readonly sessionExpiryInterval: number;
}

/** A client that was let in is gone. */
export interface ClientDisconnected {
  readonly clientId: string;
  readonly address: string;
  /** Who ended it: the client with DISCONNECT, this server, or nobody in words: the network connection was closed. */
  readonly by: 'client' | 'server' | 'network';
  /** Undefined where the network connection was closed without a word. */
  readonly reasonCode: ReasonCode | undefined;
  readonly text: string;
}

/** A CONNECT, or a client while it authenticated, was refused. */
export interface ConnectRefused {
  /** Undefined where it was not told, empty where the client left it to the server. */
  readonly clientId: string | undefined;
  readonly address: string;
  readonly reasonCode: ReasonCode;
  readonly text: string;
}

export interface Subscribed {
  readonly clientId: string;
  /** As subscribed, `$share/NAME/` included. */
  readonly topicFilter: string;
  /** Granted. */
  readonly qos: QoS;
  readonly noLocal: boolean;
  readonly retainAsPublished: boolean;
  readonly subscriptionIdentifier: number | undefined;
  /** False where it replaced one with the same filter. */
  readonly isNew: boolean;
}

export function subscribedEvent(session: Session, subscription: Subscription, isNew: boolean): Subscribed {
  const { filter, qos, noLocal, retainAsPublished, identifier } = subscription;
  const { clientId } = session;
  const subscriptionIdentifier = identifier;
  return { clientId, topicFilter: filter, qos, noLocal, retainAsPublished, subscriptionIdentifier, isNew };
}

/** By UNSUBSCRIBE, or since it is no longer allowed; the end of a session takes its subscriptions without this. */
export interface Unsubscribed {
  readonly clientId: string;
  readonly topicFilter: string;
}

/** A message was accepted: from a client, a will, or from inside. `$SYS` is not told. */
export interface Published {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: QoS;
  readonly retain: boolean;
  readonly properties: MessageProperties;
  /** Client identifier of the publisher; empty where the server itself published it. */
  readonly publisher: string;
  /** Sessions and handlers that it goes to, connected or not. */
  readonly receivers: number;
}

/** The message as it may be kept: its payload is a view into what was read. */
export function publishedEvent(message: Message, receivers: number): Published {
  const { topic, payload, qos, retain, properties, publisher } = message;
  return { topic, payload: payload.slice(), qos, retain, properties, publisher, receivers };
}

export type DropReason =
  /** The queue of the session, or all queues together, are full. */
  | 'queue-full'
  /** Its Message Expiry Interval ran out before it could be sent. */
  | 'expired'
  /** Larger than the client's Maximum Packet Size. */
  | 'too-large'
  /** QoS 0, and the client's socket takes no more. */
  | 'slow'
  /** Its client is not connected and it was not kept: QoS 0, or shared and no other member can take it. */
  | 'absent'
  /** The publisher may not. */
  | 'not-authorized'
  /** It waited, and its client may not have it any more. */
  | 'revoked'
  /** Refused to its publisher for another reason: `reasonCode` says which. */
  | 'refused';

/** A message that somebody does not get. */
export interface Dropped {
  readonly why: DropReason;
  /** Who does not get it; for `not-authorized` and `refused`, who published it. */
  readonly clientId: string;
  readonly topic: string;
  readonly qos: QoS;
  readonly reasonCode: ReasonCode | undefined;
}

export interface SessionExpired {
  readonly clientId: string;
}

export interface BrokerEvents {
  'client-connected': ClientConnected;
  'client-disconnected': ClientDisconnected;
  'connect-refused': ConnectRefused;
  subscribed: Subscribed;
  unsubscribed: Unsubscribed;
  published: Published;
  dropped: Dropped;
  'session-expired': SessionExpired;
}

/** A call for each event, undefined while nobody listens: `events.dropped?.({...})` then makes nothing. */
export type EventSink = {
  [E in keyof BrokerEvents]: ((event: BrokerEvents[E]) => void) | undefined;
};

export function silentSink(): EventSink {
  return {
    'client-connected': undefined,
    'client-disconnected': undefined,
    'connect-refused': undefined,
    subscribed: undefined,
    unsubscribed: undefined,
    published: undefined,
    dropped: undefined,
    'session-expired': undefined,
  };
}
