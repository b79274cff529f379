// What sessions hold, and what is retained.

import { sharedStrategies } from '@anax/protocol';
import { z } from 'zod';
import { DEFAULT_LIMITS as D, type Limits } from '../../hub/limits.ts';
import { anyBytes, count, expirySeconds, flag } from './values.ts';

export const sessionKeys = {
  session: z
    .strictObject({
      expiryMax: expirySeconds
        .default(D.sessionExpiryMaxSeconds)
        .describe(
          'the longest Session Expiry Interval; a shorter one than asked for is told in CONNACK. A 3.x session with CleanSession 0 has this one',
        ),
      max: count(1)
        .default(D.sessionsMax)
        .describe('sessions kept, connected or not; a new one beyond gets 0x97, 3 in 3.x'),
      ownerMayChange: flag
        .default(D.sessionOwnerMayChange)
        .describe('whether another user name may go on with a session; otherwise it gets 0x87, 5 in 3.x'),
      subscriptionsMax: count(1)
        .default(D.subscriptionsMax)
        .describe('subscriptions of one session; one more gets 0x97 in SUBACK, 0x80 in 3.x'),
      subscriptionsTotalMax: count(1)
        .default(D.subscriptionsTotalMax)
        .describe('subscriptions of all sessions; one more gets 0x97 in SUBACK, 0x80 in 3.x'),
      subscriptionBytesMax: anyBytes(1)
        .default(D.subscriptionBytesMax)
        .describe('UTF-8 bytes in the filters of one session; more get 0x97 in SUBACK, 0x80 in 3.x'),
    })
    .prefault({}),
  queue: z
    .strictObject({
      messagesMax: count()
        .default(D.queueMessagesMax)
        .describe('QoS 1 and 2 messages that wait for one session'),
      bytesMax: anyBytes()
        .default(D.queueBytesMax)
        .describe('bytes of the messages that wait for one session'),
      policy: z
        .enum(['drop-oldest', 'drop-newest', 'disconnect'], 'one of drop-oldest, drop-newest, disconnect')
        .default(D.queuePolicy)
        .describe('when one does not fit: `drop-oldest`, `drop-newest`, or `disconnect` (0x97)'),
      totalMessagesMax: count()
        .default(D.heldMessagesMax)
        .describe(
          'messages kept for all sessions, waiting or under way; a message counts for each session that is owed it. The policy is the same',
        ),
      totalBytesMax: anyBytes()
        .default(D.heldBytesMax)
        .describe('bytes of the messages kept for all sessions; a message that many are owed counts once'),
    })
    .prefault({}),
  retained: z
    .strictObject({
      messagesMax: count()
        .default(D.retainedMessagesMax)
        .describe(
          'retained messages; one more is refused with 0x97 (QoS 1 and 2, 5.0), else delivered and not retained',
        ),
      bytesMax: anyBytes().default(D.retainedBytesMax).describe('bytes of all retained messages'),
      perClientMessagesMax: count()
        .default(D.retainedPerClientMessagesMax)
        .describe(
          'retained messages that one client has published last, counted by its user name, or by its client identifier where it has none; one more is treated as above',
        ),
      perClientBytesMax: anyBytes()
        .default(D.retainedPerClientBytesMax)
        .describe('bytes of the retained messages of one client'),
    })
    .prefault({}),
  sharedSubscriptions: z
    .strictObject({
      strategy: z
        .enum(sharedStrategies, `one of ${sharedStrategies.join(', ')}`)
        .default(D.sharedStrategy)
        .describe(
          'which member of a shared subscription gets a message: `round-robin`, `random`, `sticky` (all of one publisher to one member) or `least-in-flight` (who has the fewest unacknowledged)',
        ),
      before5: flag
        .default(D.sharedSubscriptionsBefore5)
        .describe(
          'whether `$share/NAME/FILTER` is a shared subscription in 3.1 and 3.1.1, too, whose standards do not know it',
        ),
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
    retainedPerClientMessagesMax: retained.perClientMessagesMax,
    retainedPerClientBytesMax: retained.perClientBytesMax,
    queueMessagesMax: queue.messagesMax,
    queueBytesMax: queue.bytesMax,
    queuePolicy: queue.policy,
    heldMessagesMax: queue.totalMessagesMax,
    heldBytesMax: queue.totalBytesMax,
    sharedSubscriptionsBefore5: sharedSubscriptions.before5,
    sharedStrategy: sharedSubscriptions.strategy,
  } satisfies Partial<Limits>;
}
