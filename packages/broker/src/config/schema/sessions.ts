// What sessions hold, and what is retained.

import { sharedStrategies } from '@anax/protocol';
import { z } from 'zod';
import { DEFAULT_LIMITS as D, type Limits } from '../../hub/limits.ts';
import { anyBytes, count, expirySeconds, flag } from './values.ts';

export const sessionKeys = {
  session: z
    .strictObject({
      expiryMax: expirySeconds.default(D.sessionExpiryMaxSeconds),
      max: count(1).default(D.sessionsMax),
      ownerMayChange: flag.default(D.sessionOwnerMayChange),
      subscriptionsMax: count(1).default(D.subscriptionsMax),
      subscriptionsTotalMax: count(1).default(D.subscriptionsTotalMax),
      subscriptionBytesMax: anyBytes(1).default(D.subscriptionBytesMax),
    })
    .prefault({}),
  queue: z
    .strictObject({
      messagesMax: count().default(D.queueMessagesMax),
      bytesMax: anyBytes().default(D.queueBytesMax),
      policy: z
        .enum(['drop-oldest', 'drop-newest', 'disconnect'], 'one of drop-oldest, drop-newest, disconnect')
        .default(D.queuePolicy),
      totalMessagesMax: count().default(D.heldMessagesMax),
      totalBytesMax: anyBytes().default(D.heldBytesMax),
    })
    .prefault({}),
  retained: z
    .strictObject({
      messagesMax: count().default(D.retainedMessagesMax),
      bytesMax: anyBytes().default(D.retainedBytesMax),
    })
    .prefault({}),
  sharedSubscriptions: z
    .strictObject({
      strategy: z.enum(sharedStrategies, `one of ${sharedStrategies.join(', ')}`).default(D.sharedStrategy),
      before5: flag.default(D.sharedSubscriptionsBefore5),
    })
    .prefault({}),
};

const keys = z.strictObject(sessionKeys);

export function sessionLimits({ session, queue, retained, sharedSubscriptions }: z.output<typeof keys>) {
  return {
    sessionsMax: session.max,
    sessionOwnerMayChange: session.ownerMayChange,
    sessionExpiryMaxSeconds: session.expiryMax,
    subscriptionsMax: session.subscriptionsMax,
    subscriptionsTotalMax: session.subscriptionsTotalMax,
    subscriptionBytesMax: session.subscriptionBytesMax,
    retainedMessagesMax: retained.messagesMax,
    retainedBytesMax: retained.bytesMax,
    queueMessagesMax: queue.messagesMax,
    queueBytesMax: queue.bytesMax,
    queuePolicy: queue.policy,
    heldMessagesMax: queue.totalMessagesMax,
    heldBytesMax: queue.totalBytesMax,
    sharedSubscriptionsBefore5: sharedSubscriptions.before5,
    sharedStrategy: sharedSubscriptions.strategy,
  } satisfies Partial<Limits>;
}
