// What the broker allows and offers: every limit with its unit in its name, every feature that can be switched off.
// Plain values; reading them from flags, environment and files is `config/`.

import type { BacklogPolicy, QoS, SharedStrategy } from '@anax/protocol';

export interface Limits {
  /** From the connection to its CONNECT, in ms. */
  readonly connectTimeoutMs: number;
  /** Clients connected at once; one more gets 0x89. */
  readonly connectionsMax: number;
  /** Sockets that have not made their connection yet; one more is closed at once. */
  readonly connectingMax: number;
  /** New connections a second over all addresses; one more gets 0x9F. 0: no limit. */
  readonly connectionsPerSecondMax: number;
  /** Sessions kept, connected or not; a new one beyond gets 0x97. */
  readonly sessionsMax: number;
  /** Whether another user name may go on with a session: it then belongs to that one. */
  readonly sessionOwnerMayChange: boolean;
  /** The largest CONNECT taken, in bytes; a larger one gets 0x95. */
  readonly connectPacketBytesMax: number;
  /** The largest packet taken, in bytes: Maximum Packet Size in CONNACK. */
  readonly maximumPacketSize: number;
  /** User Properties in one list of properties, and their bytes on the wire; more get 0x97. */
  readonly userPropertiesMax: number;
  readonly userPropertyBytesMax: number;
  /** Topic filters in one SUBSCRIBE or UNSUBSCRIBE; more get 0x97. */
  readonly topicFiltersMax: number;
  /** QoS 2 messages that a client may have under way: Receive Maximum in CONNACK. */
  readonly receiveMaximum: number;
  /** Messages under way to one client, whatever more it would take. */
  readonly inFlightMax: number;
  /** The same in bytes, where they are kept for sending again. */
  readonly inFlightBytesMax: number;
  /** Topic Alias Maximum in CONNACK; 0 takes no aliases. */
  readonly topicAliasMaximum: number;
  /** Characters in the topics that one client's aliases stand for; more gets 0x97. */
  readonly topicAliasCharsMax: number;
  /** Aliases that the server gives to topics it sends, where the client takes any. */
  readonly topicAliasesSentMax: number;
  /** Longer Keep Alive is answered with Server Keep Alive, in seconds; 0 leaves it to the client. */
  readonly keepAliveMaxSeconds: number;
  /** Longer Session Expiry Interval is cut, in seconds; 4294967295 leaves it to the client. */
  readonly sessionExpiryMaxSeconds: number;
  /** Bytes in a client identifier. */
  readonly clientIdBytesMax: number;
  /** Only the 1 to 23 letters and digits that every server must take. [5:MQTT-3.1.3-5] */
  readonly clientIdStrict: boolean;
  /** Subscriptions of one session; one more gets 0x97. */
  readonly subscriptionsMax: number;
  /** Subscriptions of all sessions; one more gets 0x97. */
  readonly subscriptionsTotalMax: number;
  /** UTF-8 bytes in all filters of one session; more get 0x97. */
  readonly subscriptionBytesMax: number;
  /** UTF-8 bytes in one topic filter; a longer one gets 0x8F. */
  readonly topicFilterBytesMax: number;
  /** Levels in a topic name (0x90) and in a topic filter (0x8F). */
  readonly topicLevelsMax: number;
  /** Retained messages in all; one more is delivered but not retained, 0x97 where it can be said. */
  readonly retainedMessagesMax: number;
  readonly retainedBytesMax: number;
  /** Of those, the ones that one client has published last: by its user name, or its client identifier. One more as above. */
  readonly retainedPerClientMessagesMax: number;
  readonly retainedPerClientBytesMax: number;
  /** What waits for one session. */
  readonly queueMessagesMax: number;
  readonly queueBytesMax: number;
  readonly queuePolicy: BacklogPolicy;
  /** What all sessions keep, waiting or under way: debts, and bytes of the messages they share. */
  readonly heldMessagesMax: number;
  readonly heldBytesMax: number;
  /** Bytes that one socket has not taken yet; beyond, QoS 0 is dropped and the rest waits. */
  readonly outstandingBytesMax: number;
  readonly maximumQos: QoS;
  readonly retainAvailable: boolean;
  readonly wildcardSubscriptionAvailable: boolean;
  readonly subscriptionIdentifiersAvailable: boolean;
  readonly sharedSubscriptionAvailable: boolean;
  /** Whether `$share/NAME/FILTER` is shared in dialects that do not know it, too. */
  readonly sharedSubscriptionsBefore5: boolean;
  readonly sharedStrategy: SharedStrategy;
  /** Whether a payload that says it is UTF-8 must be: otherwise 0x99. [5:3.3.2.3.2] */
  readonly payloadFormatChecked: boolean;
  /** Told to clients that ask; undefined where there is nothing to tell. [5:3.2.2.3.15] */
  readonly responseInformation: string | undefined;
  /** Told to every client in CONNACK, in this order. [5:3.2.2.3.10] */
  readonly connackUserProperties: readonly (readonly [name: string, value: string])[];
}

export const DEFAULT_LIMITS: Limits = Object.freeze({
  connectTimeoutMs: 10_000,
  connectionsMax: 100_000,
  connectingMax: 20_000,
  connectionsPerSecondMax: 0,
  sessionsMax: 1_000_000,
  sessionOwnerMayChange: false,
  connectPacketBytesMax: 256 * 1024,
  maximumPacketSize: 16 * 1024 * 1024,
  userPropertiesMax: 1000,
  userPropertyBytesMax: 256 * 1024,
  topicFiltersMax: 10_000,
  receiveMaximum: 1024,
  inFlightMax: 1024,
  inFlightBytesMax: 16 * 1024 * 1024,
  topicAliasMaximum: 256,
  topicAliasCharsMax: 1024 * 1024,
  topicAliasesSentMax: 64,
  keepAliveMaxSeconds: 0,
  sessionExpiryMaxSeconds: 0xffff_ffff,
  clientIdBytesMax: 1024,
  clientIdStrict: false,
  subscriptionsMax: 10_000,
  subscriptionsTotalMax: 10_000_000,
  subscriptionBytesMax: 4 * 1024 * 1024,
  topicFilterBytesMax: 65_535,
  topicLevelsMax: 200,
  retainedMessagesMax: 1_000_000,
  retainedBytesMax: 1024 * 1024 * 1024,
  retainedPerClientMessagesMax: 100_000,
  retainedPerClientBytesMax: 256 * 1024 * 1024,
  queueMessagesMax: 10_000,
  queueBytesMax: 16 * 1024 * 1024,
  queuePolicy: 'drop-oldest',
  heldMessagesMax: 5_000_000,
  heldBytesMax: 1024 * 1024 * 1024,
  outstandingBytesMax: 1024 * 1024,
  maximumQos: 2,
  retainAvailable: true,
  wildcardSubscriptionAvailable: true,
  subscriptionIdentifiersAvailable: true,
  sharedSubscriptionAvailable: true,
  sharedSubscriptionsBefore5: false,
  sharedStrategy: 'least-in-flight',
  payloadFormatChecked: false,
  responseInformation: undefined,
  connackUserProperties: [],
});

/** What the server itself keeps is as much as it is. */
export const WITHOUT_LIMIT: Limits = {
  ...DEFAULT_LIMITS,
  retainedMessagesMax: Number.POSITIVE_INFINITY,
  retainedBytesMax: Number.POSITIVE_INFINITY,
  retainedPerClientMessagesMax: Number.POSITIVE_INFINITY,
  retainedPerClientBytesMax: Number.POSITIVE_INFINITY,
};
