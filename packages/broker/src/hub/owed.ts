// A message as it is kept, shared by all sessions that are owed it, and one such debt.

import {
  type Delivery,
  type DeliveryPhase,
  type Message,
  message,
  type QoS,
  type TopicFilter,
} from '@anax/protocol';

/** A message with a payload of its own: the one it came with is a view into what was read. */
export interface Kept extends Message {
  /** Debts that hold it: its bytes count once. */
  holders: number;
}

export function kept({ topic, payload, qos, retain, properties, publisher, expiresAt }: Message): Kept {
  return { topic, payload: payload.slice(), qos, retain, properties, publisher, expiresAt, holders: 0 };
}

/** Stands for a message that need not be remembered: its session ends with the connection, so nothing is sent again. */
export const FORGOTTEN: Kept = {
  ...message('' as Message['topic'], new Uint8Array(0), 0, false, {}, '', Number.POSITIVE_INFINITY),
  holders: 0,
};

export interface Owed extends Omit<Delivery, 'message' | 'retain'> {
  retain: boolean;
  /** `FORGOTTEN` once it will not be sent again. */
  message: Kept;
  /** The shared subscription that brought it here: another member may have it instead. [5:4.8.2] */
  readonly sharedFilter: TopicFilter | undefined;
}

export function owedOf(
  message: Kept,
  qos: QoS,
  retain: boolean,
  subscriptionIdentifiers: readonly number[] | undefined,
  sharedFilter: TopicFilter | undefined,
): Owed {
  const phase: DeliveryPhase = 'publish';
  return { message, qos, retain, subscriptionIdentifiers, sharedFilter, packetId: 0, phase };
}
