// What one connection may do and how many there may be.

import { z } from 'zod';
import { DEFAULT_LIMITS as D, type Limits } from '../../hub/limits.ts';
import { anyBytes, bytes, count, milliseconds, whole } from './values.ts';

const PACKET_BYTES_MAX = 268_435_460;

export const connectionKeys = {
  connectTimeout: milliseconds.default(D.connectTimeoutMs),
  closeTimeout: milliseconds.default(1000),
  connections: z
    .strictObject({
      max: count(1).default(D.connectionsMax),
      connectingMax: count(1).default(D.connectingMax),
      perSecondMax: count().default(D.connectionsPerSecondMax),
    })
    .prefault({}),
  keepAlive: z
    .strictObject({
      max: milliseconds
        .transform((ms) => Math.min(65_535, Math.ceil(ms / 1000)))
        .default(D.keepAliveMaxSeconds),
    })
    .prefault({}),
  packet: z
    .strictObject({
      maximumSize: bytes(128, PACKET_BYTES_MAX).default(D.maximumPacketSize),
      connectMaximumSize: bytes(128, PACKET_BYTES_MAX).default(D.connectPacketBytesMax),
    })
    .prefault({}),
  receiveMaximum: whole(1, 65_535).default(D.receiveMaximum),
  inFlightMax: whole(1, 65_535).default(D.inFlightMax),
  inFlightBytesMax: anyBytes(1).default(D.inFlightBytesMax),
  topicAliasMaximum: whole(0, 65_535).default(D.topicAliasMaximum),
  topicAliasCharsMax: count(1).default(D.topicAliasCharsMax),
  topicAliasesSentMax: whole(0, 65_535).default(D.topicAliasesSentMax),
  topic: z
    .strictObject({
      levelsMax: whole(1, 65_536).default(D.topicLevelsMax),
      filterBytesMax: bytes(1, 65_535).default(D.topicFilterBytesMax),
    })
    .prefault({}),
  outstandingMax: bytes(4096, Number.MAX_SAFE_INTEGER).default(D.outstandingBytesMax),
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
