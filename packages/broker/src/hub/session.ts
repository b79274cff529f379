// What the broker keeps for one client identifier, connected or not. Never holds anything of a connection but the
// link to the one that is open now.

import { Inbox, type Message, Outbox, type QoS, type TopicFilter, type TopicName } from '@anax/protocol';
import type { Link } from './link.ts';
import type { Owed } from './owed.ts';
import { type Disk, Queue } from './queue.ts';
import { type Rights, receiverOf } from './rights.ts';
import type { SessionRows } from './session-rows.ts';
import { Timer } from './wheel.ts';

export interface Subscription {
  /** As subscribed: the key for UNSUBSCRIBE. */
  readonly filter: TopicFilter;
  /** What topics are matched against: `filter`, without `$share/NAME/` where it is shared. */
  readonly matching: TopicFilter;
  readonly shared: boolean;
  /** Granted. */
  readonly qos: QoS;
  readonly noLocal: boolean;
  readonly retainAsPublished: boolean;
  readonly identifier: number | undefined;
}

/** A will that is kept: with the connection, and after its end until it is due. [5:3.1.2.5] */
export interface PendingWill {
  readonly message: Message;
  readonly messageExpiryMs: number;
  readonly delaySeconds: number;
}

/** What most sessions have: one for all of them, and never added to. */
const NOTHING = new Map<number, Owed>();

export class Session {
  readonly clientId: string;
  /** The user name it belongs to: nobody else may resume it, unless the settings let it change hands. */
  owner: string | undefined;
  /** As of its last login, or of the last change of rules: held while its client is away, too. */
  rights: Rights;
  /** What they were made of; undefined while it is one that was stored and its client has not come. */
  login: object | undefined;
  /** What they say of a delivery; undefined where there is nothing to ask. */
  receives: ((topic: TopicName) => boolean) | undefined;
  readonly subscriptions = new Map<TopicFilter, Subscription>();
  /** UTF-8 bytes in the filters of all of them. */
  filterBytes = 0;
  readonly outbox: Outbox<Owed>;
  readonly inbox: Inbox;
  readonly backlog: Queue;
  /** Sent on an earlier connection, held in the outbox, neither sent again nor answered on this one; by packet identifier. */
  unsent = NOTHING;
  /** Bytes of what is under way and kept for sending again. */
  inFlightBytes = 0;
  /** Whether it has ever had a shared subscription, so that others may have to get what it does not acknowledge. */
  owesShared = false;
  link: Link | undefined;
  /** When its connection ended; undefined while there is one. */
  closedAt: number | undefined;
  /** What the store has of it; undefined where it is not stored. */
  rows: SessionRows | undefined;
  will: PendingWill | undefined;
  /** Seconds after the connection ends; 0 ends the session with it. */
  expirySeconds: number;
  /** One log line per crossing of the queue's limit. */
  queueFullNoted = false;
  readonly expiryTimer: Timer;
  readonly willTimer: Timer;

  constructor(
    clientId: string,
    owner: string | undefined,
    rights: Rights,
    expirySeconds: number,
    receiveMaximum: number,
    disk: Disk,
    onExpiry: (session: Session, now: number) => void,
    onWill: (session: Session, now: number) => void,
  ) {
    this.clientId = clientId;
    this.owner = owner;
    this.rights = rights;
    this.receives = receiverOf(rights);
    this.expirySeconds = expirySeconds;
    this.backlog = new Queue(disk);
    this.outbox = new Outbox(0);
    this.inbox = new Inbox(receiveMaximum);
    this.expiryTimer = new Timer((now) => onExpiry(this, now));
    this.willTimer = new Timer((now) => onWill(this, now));
  }

  /** What follows from it is `Sessions.revise`. */
  hold(rights: Rights): void {
    this.rights = rights;
    this.receives = receiverOf(rights);
  }

  /** Sent on an earlier connection: its turn comes. */
  leaveUnsent(owed: Owed): void {
    if (this.unsent === NOTHING) this.unsent = new Map();
    this.unsent.set(owed.packetId, owed);
  }

  /** Whether it outlives its connection, so that what it owes must be kept for sending again. */
  get outlivesConnection(): boolean {
    return this.expirySeconds > 0;
  }
}
