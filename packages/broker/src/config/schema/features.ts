// What clients are told in CONNACK: what there is of MQTT here, and what is said beside it.

import { z } from 'zod';
import { DEFAULT_LIMITS as D, type Limits } from '../../hub/limits.ts';
import { flag, text, whole } from './values.ts';

export const featureKeys = {
  features: z
    .strictObject({
      maximumQos: whole(0, 2).default(D.maximumQos),
      retain: flag.default(D.retainAvailable),
      wildcardSubscriptions: flag.default(D.wildcardSubscriptionAvailable),
      subscriptionIdentifiers: flag.default(D.subscriptionIdentifiersAvailable),
      sharedSubscriptions: flag.default(D.sharedSubscriptionAvailable),
    })
    .prefault({}),
  payloadFormatChecked: flag.default(D.payloadFormatChecked),
  responseInformation: text.optional(),
  userProperties: z
    .array(z.strictObject({ name: z.string('a text'), value: z.string('a text') }))
    .default([]),
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
