// What clients are told in CONNACK: what there is of MQTT here, and what is said beside it.

import { z } from 'zod';
import { DEFAULT_LIMITS as D, type Limits } from '../../hub/limits.ts';
import { flag, text, whole } from './values.ts';

export const featureKeys = {
  features: z
    .strictObject({
      maximumQos: whole(0, 2)
        .default(D.maximumQos)
        .describe(
          'the largest QoS: PUBLISH above it gets 0x9B, a will above it 0x9B in CONNACK; subscriptions are granted no more',
        ),
      retain: flag
        .default(D.retainAvailable)
        .describe(
          'retained messages; otherwise PUBLISH with RETAIN gets 0x9A, a will with it 0x9A in CONNACK',
        ),
      wildcardSubscriptions: flag
        .default(D.wildcardSubscriptionAvailable)
        .describe(
          'filters with `+` and `#`; otherwise SUBSCRIBE with a wildcard gets 0xA2; in 3.x the filter is refused with 0x80',
        ),
      subscriptionIdentifiers: flag
        .default(D.subscriptionIdentifiersAvailable)
        .describe('Subscription Identifiers; otherwise SUBSCRIBE with one gets 0xA1'),
      sharedSubscriptions: flag
        .default(D.sharedSubscriptionAvailable)
        .describe('shared subscriptions; otherwise SUBSCRIBE with `$share/NAME/FILTER` gets 0x9E'),
    })
    .prefault({}),
  payloadFormatChecked: flag
    .default(D.payloadFormatChecked)
    .describe(
      'whether a payload whose Payload Format Indicator says UTF-8 must be it; otherwise it gets 0x99, in DISCONNECT at QoS 0',
    ),
  responseInformation: text
    .optional()
    .describe('Response Information for clients that ask for it')
    .meta({ examples: ['answers/'] }),
  userProperties: z
    .array(
      z.strictObject({
        name: z.string('a text').describe('may repeat'),
        value: z.string('a text').describe('a text'),
      }),
    )
    .default([])
    .describe('a list of `name` and `value`, told to every 5.0 client in CONNACK, in this order'),
};

const keys = z.strictObject(featureKeys);

export function featureLimits({
  features,
  payloadFormatChecked,
  responseInformation,
  userProperties,
}: z.output<typeof keys>) {
  return {
    maximumQos: features.maximumQos as 0 | 1 | 2,
    retainAvailable: features.retain,
    wildcardSubscriptionAvailable: features.wildcardSubscriptions,
    subscriptionIdentifiersAvailable: features.subscriptionIdentifiers,
    sharedSubscriptionAvailable: features.sharedSubscriptions,
    payloadFormatChecked,
    responseInformation,
    connackUserProperties: userProperties.map(({ name, value }) => [name, value] as const),
  } satisfies Partial<Limits>;
}
