// What the model remembers: messages, sessions, subscriptions, and when each of them began and ended for sure. Moments are
// counted, not measured: what the model is told later has a higher number.

import type { QoS } from '@anax/protocol';
import { Exchanges } from './exchanges.ts';
import type { Ledger } from './ledger.ts';

export const NEVER = Number.POSITIVE_INFINITY;

/** A message, named by the number in its payload. */
export interface Publication {
  readonly number: number;
  readonly topic: string;
  readonly qos: QoS;
  readonly publisher: string;
  readonly retain: boolean;
  /** An empty payload, which clears what is retained. */
  readonly clears: boolean;
  readonly isWill: boolean;
  /** From here on somebody may get it; NEVER for a will that is not due. */
  from: number;
  /** Its publisher has its acknowledgement. */
  acknowledged: number;
  /** Nobody will send it again, acknowledged or not. */
  done: number;
  /** PUBLISH packets that its publisher sent. */
  sends: number;
  /** The server lost its publisher's session meanwhile: it may be a new message for it. */
  anew: boolean;
}

/** One SUBSCRIBE for one filter, until another takes its place. */
export interface Subscription {
  readonly filter: string;
  readonly qos: QoS;
  readonly noLocal: boolean;
  readonly identifier: number | undefined;
  /** Asked for, granted; leaving, left. */
  readonly asked: number;
  granted: number;
  leaving: number;
  left: number;
}

export interface Receipt {
  /** Copies, those that a SUBSCRIBE brought of what is retained left out. */
  live: number;
  /** Copies that count against exactly once: not those that say they are sent again. */
  counted: number;
  qos2: number;
  qos0: number;
}

/** A session as the broker has it, from its first CONNACK to the CONNACK of the next one. */
export class Epoch {
  readonly clientId: string;
  readonly subscriptions: Subscription[] = [];
  readonly receipts = new Map<number, Receipt>();
  /** The last new message of each publisher, topic and QoS. */
  readonly last = new Map<string, number>();
  readonly exchanges: Exchanges;
  /** Its client takes it for the one before. */
  isMistaken = false;
  /** At some time it was not to outlive its connection: the broker does not store it. */
  wasUnstored = false;

  constructor(clientId: string, ledger: Ledger) {
    this.clientId = clientId;
    this.exchanges = new Exchanges(`the broker, to ${clientId},`, ledger);
  }
}

/** Levels by filter; there are few of either. */
const LEVELS = new Map<string, readonly string[]>();

function levelsOf(name: string): readonly string[] {
  const known = LEVELS.get(name);
  if (known !== undefined) return known;
  const levels = name.split('/');
  const found = isShared(name) ? levels.slice(2) : levels;
  LEVELS.set(name, found);
  return found;
}

/** Whether a topic matches a filter, said once more and more simply than in the broker; `$share/NAME/` is passed over. */
export function matches(filter: string, topic: string): boolean {
  const wanted = levelsOf(filter);
  const levels = levelsOf(topic);
  for (const [index, level] of wanted.entries()) {
    if (level === '#') return true;
    if (index >= levels.length || (level !== '+' && level !== levels[index])) return false;
  }
  return wanted.length === levels.length;
}

export function isShared(filter: string): boolean {
  return filter.startsWith('$share/');
}

/** QoS 1 as often as it was sent; QoS 0 and 2 once, unless the broker lost the publisher's session. */
export function copiesAllowed({ qos, anew, sends, isWill }: Publication): number {
  if (isWill) return 1;
  return qos === 1 || anew ? sends : 1;
}
