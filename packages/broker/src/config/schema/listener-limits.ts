// What one listener may say for itself of what the broker says for all: limits of a connection, and features.

import { z } from 'zod';
import type { Limits } from '../../hub/limits.ts';
import { anyBytes, bytes, count, expirySeconds, flag, milliseconds, seconds, whole } from './values.ts';

const PACKET_BYTES_MAX = 268_435_460;

/** Each as the key of that name at the top; left out, that one holds. */
const own = (name: string) => `\`${name}\` of this listener`;

export const ownKeys = {
  connectTimeout: milliseconds
    .optional()
    .describe(
      `${own('connectTimeout')}; TLS, a PROXY header and the upgrade to WebSocket have as long before that`,
    ),
  keepAlive: z.strictObject({ max: seconds(65_535).optional().describe(own('keepAlive.max')) }).optional(),
  packet: z
    .strictObject({
      maximumSize: bytes(128, PACKET_BYTES_MAX).optional().describe(own('packet.maximumSize')),
      connectMaximumSize: bytes(128, PACKET_BYTES_MAX).optional().describe(own('packet.connectMaximumSize')),
    })
    .optional(),
  session: z
    .strictObject({
      expiryMax: expirySeconds.optional().describe(own('session.expiryMax')),
      subscriptionsMax: count(1).optional().describe(own('session.subscriptionsMax')),
      subscriptionBytesMax: anyBytes(1).optional().describe(own('session.subscriptionBytesMax')),
    })
    .optional(),
  receiveMaximum: whole(1, 65_535).optional().describe(own('receiveMaximum')),
  topicAliasMaximum: whole(0, 65_535).optional().describe(own('topicAliasMaximum')),
  topic: z
    .strictObject({
      levelsMax: whole(1, 65_536).optional().describe(own('topic.levelsMax')),
      filterBytesMax: bytes(1, 65_535).optional().describe(own('topic.filterBytesMax')),
    })
    .optional(),
  outstandingMax: bytes(4096, Number.MAX_SAFE_INTEGER).optional().describe(own('outstandingMax')),
  features: z
    .strictObject({
      maximumQos: whole(0, 2).optional().describe(own('features.maximumQos')),
      retain: flag.optional().describe(own('features.retain')),
      wildcardSubscriptions: flag.optional().describe(own('features.wildcardSubscriptions')),
      subscriptionIdentifiers: flag.optional().describe(own('features.subscriptionIdentifiers')),
      sharedSubscriptions: flag.optional().describe(own('features.sharedSubscriptions')),
    })
    .optional(),
};

const keys = z.strictObject(ownKeys);

export function ownLimits(config: z.output<typeof keys>, limits: Limits): Limits {
  const { keepAlive, packet, session, topic, features } = config;
  const said: { readonly [K in keyof Limits]?: Limits[K] | undefined } = {
    connectTimeoutMs: config.connectTimeout,
    keepAliveMaxSeconds: keepAlive?.max,
    maximumPacketSize: packet?.maximumSize,
    connectPacketBytesMax: packet?.connectMaximumSize,
    sessionExpiryMaxSeconds: session?.expiryMax,
    subscriptionsMax: session?.subscriptionsMax,
    subscriptionBytesMax: session?.subscriptionBytesMax,
    receiveMaximum: config.receiveMaximum,
    topicAliasMaximum: config.topicAliasMaximum,
    topicLevelsMax: topic?.levelsMax,
    topicFilterBytesMax: topic?.filterBytesMax,
    outstandingBytesMax: config.outstandingMax,
    maximumQos: features?.maximumQos as Limits['maximumQos'] | undefined,
    retainAvailable: features?.retain,
    wildcardSubscriptionAvailable: features?.wildcardSubscriptions,
    subscriptionIdentifiersAvailable: features?.subscriptionIdentifiers,
    sharedSubscriptionAvailable: features?.sharedSubscriptions,
  };
  const own = Object.entries(said).filter(([, value]) => value !== undefined);
  return own.length === 0 ? limits : { ...limits, ...(Object.fromEntries(own) as Partial<Limits>) };
}
