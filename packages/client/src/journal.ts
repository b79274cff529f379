// What a session tells of itself to whoever keeps it beyond the process, and what is asked of such a keeper. Types only.

import type { MqttError } from '@anax/protocol';
import type { Outgoing } from './outgoing.ts';

/** Direct calls that never wait; what they say becomes durable later, all of one turn at once. */
export interface Journal {
  /**
   * This message above QoS 0 is owed, as it is now: it waits, or is under way under its packet identifier and in its phase.
   * @throws MqttError for what cannot be written down; it cannot be sent, either.
   */
  owes(owed: Outgoing): void;
  /** It is owed no more. */
  settles(owed: Outgoing): void;
  /** A QoS 2 message has been taken, and its packet identifier is not released yet. */
  received(packetId: number): void;
  released(packetId: number): void;
  /** What it says of itself has changed: whether it lasts, and whether a new one has been asked for. */
  changed(): void;
}

/** What a session says of itself. */
export interface SessionFacts {
  /** The name of its MQTT dialect. */
  readonly dialect: string;
  readonly lasts: boolean;
  readonly newAskedFor: boolean;
}

/** What an earlier life of the process has left. */
export interface Found {
  /** Undefined where there was nothing. */
  readonly facts: SessionFacts | undefined;
  /** In the order of first sending, those in release in the order of their PUBREC. */
  readonly underWay: readonly Outgoing[];
  readonly waiting: readonly Outgoing[];
  /** Packet identifiers of QoS 2 messages that were taken and not released. */
  readonly received: readonly number[];
}

/** Whose outbox it is, and what has to be known of its process. */
export interface OutboxOwner {
  readonly clientId: string;
  /** Names of the MQTT dialects that it may speak. */
  readonly dialects: readonly string[];
  /** Milliseconds of the client's clock. */
  now(): number;
  /** Milliseconds since 1970, which mean the same in the next process. */
  wall(): number;
  /** A number for a message that is found. */
  ticket(): number;
  facts(): SessionFacts;
  /** All batches up to this one are durable. */
  written(batch: number): void;
  /** Nothing can be written any more. */
  failed(error: MqttError): void;
}

export interface OpenOutbox extends Journal {
  readonly found: Found;
  /** The batch with everything that the session has told so far. */
  batch(): number;
  /** Whether this message is durable. */
  isStored(owed: Outgoing): boolean;
  /** Calls once this message is durable, never where it is settled before. What is called must not throw. */
  whenStored(owed: Outgoing, call: () => void): void;
  /** Resolves when everything is durable, or cannot be, and what was opened is given back. Never rejects. */
  close(): Promise<void>;
}

/** Where a client keeps what it owes. One client uses it at a time; when that has ended, another one may. */
export interface OutboxStore {
  /** @throws MqttError `store-in-use`, `store-mismatch`, `store-damaged`, `store-full` or `store-failed` */
  open(owner: OutboxOwner): Promise<OpenOutbox>;
}
