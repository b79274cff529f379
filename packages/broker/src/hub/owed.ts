// A message as it is kept, shared by all sessions that are owed it, and one such debt.

import {
  type Delivery,
  type DeliveryPhase,
  type Message,
  message,
  messageBytes,
  type QoS,
  type TopicFilter,
} from '@anax/protocol';

/**
 * What is counted of a message, whether it is in memory or only on disk.
 */
export class Body {
  /** Debts that hold it: its bytes count once. */
  holders = 0;
  /** As limits count them. */
  readonly bytes: number;
  /** Of its row in the store; 0 while it has none of its own. */
  number = 0;
  /** What names that row, or will at the end of the turn: debts and the retained message. */
  references = 0;
  /** What holds it in memory, of those that have a row. */
  loaded = 0;
  /** Undefined while it is only on disk. */
  message: Kept | undefined;

  constructor(bytes: number) {
    this.bytes = bytes;
  }
}

/** A message with a payload of its own: the one it came with is a view into what was read. */
export interface Kept extends Message {
  readonly body: Body;
}

export function kept(arrived: Message): Kept {
  return loaded(arrived, arrived.payload.slice(), new Body(messageBytes(arrived)));
}

/** A message whose payload is its own already. */
export function loaded(
  { topic, qos, retain, properties, publisher, expiresAt }: Message,
  payload: Uint8Array,
  body: Body,
): Kept {
  const one: Kept = { topic, payload, qos, retain, properties, publisher, expiresAt, body };
  body.message = one;
  return one;
}

/** Stands for a message that need not be remembered: its session ends with the connection, so nothing is sent again. */
export const FORGOTTEN: Kept = loaded(
  message('' as Message['topic'], new Uint8Array(0), 0, false, {}, '', Number.POSITIVE_INFINITY),
  new Uint8Array(0),
  new Body(0),
);

export interface Owed extends Omit<Delivery, 'message' | 'retain'> {
  retain: boolean;
  /** `FORGOTTEN` once it will not be sent again. */
  message: Kept;
  /** The shared subscription that brought it here: another member may have it instead. [5:4.8.2] */
  readonly sharedFilter: TopicFilter | undefined;
  /** Undefined where it is not stored. */
  row: DeliveryRow | undefined;
}

/** What the store has, or is about to have, of a debt. */
export interface DeliveryRow {
  /** Where it stands among the rows of its session: the order in which they are sent. */
  place: number;
  /** The batch that has it; 0 while none does. */
  batch: number;
  /** It is to be written, or removed, with the next batch. */
  dirty: boolean;
  /** The debt is no more. */
  gone: boolean;
  /** The message stands in the row itself. */
  inline: boolean;
}

export function owedOf(
  message: Kept,
  qos: QoS,
  retain: boolean,
  subscriptionIdentifiers: readonly number[] | undefined,
  sharedFilter: TopicFilter | undefined,
): Owed {
  const phase: DeliveryPhase = 'publish';
  return {
    message,
    qos,
    retain,
    subscriptionIdentifiers,
    sharedFilter,
    packetId: 0,
    phase,
    row: undefined,
  };
}
