// What one connection may do and how many there may be.

import { z } from 'zod';
import { DEFAULT_LIMITS as D, type Limits } from '../../hub/limits.ts';
import { anyBytes, bytes, count, milliseconds, seconds, whole } from './values.ts';

const PACKET_BYTES_MAX = 268_435_460;

export const connectionKeys = {
  connectTimeout: milliseconds
    .default(D.connectTimeoutMs)
    .describe('from the connection to its CONNECT and the end of authentication'),
  closeTimeout: milliseconds
    .default(1000)
    .describe(
      'when the broker stops, how long it waits for clients to take what they are owed before they are cut',
    ),
  connections: z
    .strictObject({
      max: count(1).default(D.connectionsMax).describe('clients at once; one more gets 0x89, 3 in 3.x'),
      connectingMax: count(1)
        .default(D.connectingMax)
        .describe('sockets that have not made their MQTT connection yet; one more is closed at once'),
      perSecondMax: count()
        .default(D.connectionsPerSecondMax)
        .describe('CONNECTs a second over all addresses; one more gets 0x9F, 3 in 3.x'),
    })
    .prefault({}),
  keepAlive: z
    .strictObject({
      max: seconds(65_535)
        .default(D.keepAliveMaxSeconds)
        .describe(
          'the longest Keep Alive; 5.0 clients that ask for more, or for none, are told it as Server Keep Alive. In 3.x only a client that asks for none is capped: it cannot be told',
        ),
    })
    .prefault({}),
  packet: z
    .strictObject({
      maximumSize: bytes(128, PACKET_BYTES_MAX)
        .default(D.maximumPacketSize)
        .describe('the largest packet taken: Maximum Packet Size in CONNACK; a larger one gets 0x95'),
      connectMaximumSize: bytes(128, PACKET_BYTES_MAX)
        .default(D.connectPacketBytesMax)
        .describe('the largest CONNECT taken, before anybody is known'),
      userPropertiesMax: count(1)
        .default(D.userPropertiesMax)
        .describe('User Properties in a packet (of a will by themselves); more get 0x97'),
      userPropertyBytesMax: anyBytes(1)
        .default(D.userPropertyBytesMax)
        .describe('the bytes of those User Properties; more get 0x97'),
      topicFiltersMax: count(1)
        .default(D.topicFiltersMax)
        .describe('topic filters in one SUBSCRIBE or UNSUBSCRIBE; more get 0x97, in 3.x the close'),
    })
    .prefault({}),
  receiveMaximum: whole(1, 65_535)
    .default(D.receiveMaximum)
    .describe(
      'QoS 2 messages that a client may have under way: Receive Maximum in CONNACK; one more gets 0x93',
    ),
  inFlightMax: whole(1, 65_535)
    .default(D.inFlightMax)
    .describe('messages under way to one client, whatever more it would take'),
  inFlightBytesMax: anyBytes(1)
    .default(D.inFlightBytesMax)
    .describe('bytes under way to one client, for sessions whose messages are kept for sending again'),
  topicAliasMaximum: whole(0, 65_535)
    .default(D.topicAliasMaximum)
    .describe('Topic Alias Maximum in CONNACK; 0 takes none'),
  topicAliasCharsMax: count(1)
    .default(D.topicAliasCharsMax)
    .describe("characters in the topics that one client's aliases stand for; more gets 0x97"),
  topicAliasesSentMax: whole(0, 65_535)
    .default(D.topicAliasesSentMax)
    .describe(
      'aliases given to topics that are sent, to clients whose Topic Alias Maximum allows it; the topics that save most get them. 0 gives none',
    ),
  topic: z
    .strictObject({
      levelsMax: whole(1, 65_536)
        .default(D.topicLevelsMax)
        .describe('levels in a topic name (0x90) and in a topic filter (0x8F in SUBACK, 0x80 in 3.x)'),
      filterBytesMax: bytes(1, 65_535)
        .default(D.topicFilterBytesMax)
        .describe('UTF-8 bytes in a topic filter; a longer one gets 0x8F, 0x80 in 3.x'),
    })
    .prefault({}),
  outstandingMax: bytes(4096, Number.MAX_SAFE_INTEGER)
    .default(D.outstandingBytesMax)
    .describe(
      'bytes that one socket has not taken; beyond, QoS 0 is dropped for it and the rest waits in its queue',
    ),
};

const keys = z.strictObject(connectionKeys);

export function connectionLimits(config: z.output<typeof keys>) {
  return {
    connectTimeoutMs: config.connectTimeout,
    connectionsMax: config.connections.max,
    connectingMax: config.connections.connectingMax,
    connectionsPerSecondMax: config.connections.perSecondMax,
    connectPacketBytesMax: config.packet.connectMaximumSize,
    maximumPacketSize: config.packet.maximumSize,
    userPropertiesMax: config.packet.userPropertiesMax,
    userPropertyBytesMax: config.packet.userPropertyBytesMax,
    topicFiltersMax: config.packet.topicFiltersMax,
    receiveMaximum: config.receiveMaximum,
    inFlightMax: config.inFlightMax,
    inFlightBytesMax: config.inFlightBytesMax,
    topicAliasMaximum: config.topicAliasMaximum,
    topicAliasCharsMax: config.topicAliasCharsMax,
    topicAliasesSentMax: config.topicAliasesSentMax,
    keepAliveMaxSeconds: config.keepAlive.max,
    topicFilterBytesMax: config.topic.filterBytesMax,
    topicLevelsMax: config.topic.levelsMax,
    outstandingBytesMax: config.outstandingMax,
  } satisfies Partial<Limits>;
}
