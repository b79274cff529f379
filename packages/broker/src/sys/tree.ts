// `$SYS`: which topics there are and what stands in each, under the names that users of mosquitto 2 know.
// Pure: figures in, texts out; only what has changed, where what was said before is retained.

import type { TopicName } from '@anax/protocol';
import type { Counters } from '../hub/notes.ts';
import { Load, SPANS } from './load.ts';

/** What is counted at one moment. */
export interface Figures {
  readonly counters: Readonly<Counters>;
  readonly clientsConnected: number;
  readonly sessions: number;
  /** Without the shared ones. */
  readonly subscriptions: number;
  readonly sharedSubscriptions: number;
  /** Without those of `$SYS`. */
  readonly retainedMessages: number;
  /** Owed to sessions or retained. */
  readonly storedMessages: number;
  readonly storedBytes: number;
  readonly heapBytes: number;
}

export interface SysMessage {
  readonly topic: TopicName;
  readonly text: string;
}

const ROOT = '$SYS/broker/';

const disconnected = ({ sessions, clientsConnected }: Figures): number =>
  Math.max(0, sessions - clientsConnected);

/** Whole numbers, below `$SYS/broker/`. */
const NUMBERS: Readonly<Record<string, (figures: Figures) => number>> = {
  'clients/total': ({ sessions }) => sessions,
  'clients/connected': ({ clientsConnected }) => clientsConnected,
  'clients/active': ({ clientsConnected }) => clientsConnected,
  'clients/disconnected': disconnected,
  'clients/inactive': disconnected,
  'clients/maximum': ({ counters }) => counters.clientsMaximum,
  'clients/expired': ({ counters }) => counters.sessionsExpired,
  'messages/received': ({ counters }) => counters.packetsReceived,
  'messages/sent': ({ counters }) => counters.packetsSent,
  'messages/stored': ({ storedMessages }) => storedMessages,
  'store/messages/count': ({ storedMessages }) => storedMessages,
  'store/messages/bytes': ({ storedBytes }) => storedBytes,
  'publish/messages/received': ({ counters }) => counters.messagesReceived,
  'publish/messages/sent': ({ counters }) => counters.messagesSent,
  'publish/messages/dropped': ({ counters }) => counters.messagesDropped,
  'publish/bytes/received': ({ counters }) => counters.payloadBytesReceived,
  'publish/bytes/sent': ({ counters }) => counters.payloadBytesSent,
  'bytes/received': ({ counters }) => counters.bytesReceived,
  'bytes/sent': ({ counters }) => counters.bytesSent,
  'retained messages/count': ({ retainedMessages }) => retainedMessages,
  'subscriptions/count': ({ subscriptions }) => subscriptions,
  'shared_subscriptions/count': ({ sharedSubscriptions }) => sharedSubscriptions,
  'heap/current': ({ heapBytes }) => heapBytes,
  'abuse/addresses turned away': ({ counters }) => counters.addressesTurnedAway,
  'abuse/logins failed': ({ counters }) => counters.loginsFailed,
  'abuse/logins throttled': ({ counters }) => counters.loginsThrottled,
  'abuse/bans made': ({ counters }) => counters.bansMade,
  'abuse/banned refused': ({ counters }) => counters.bannedRefused,
  'abuse/clients slowed': ({ counters }) => counters.clientsSlowed,
  'abuse/clients over rate': ({ counters }) => counters.clientsOverRate,
  'abuse/retained over quota': ({ counters }) => counters.retainedOverQuota,
  'abuse/clients shed': ({ counters }) => counters.clientsShed,
  'abuse/bytes shed': ({ counters }) => counters.bytesShed,
  'abuse/log lines left out': ({ counters }) => counters.logLinesLeftOut,
};

/** Counters with load averages, below `$SYS/broker/load/`. */
const LOADS: Readonly<Record<string, (counters: Readonly<Counters>) => number>> = {
  'messages/received': (counters) => counters.packetsReceived,
  'messages/sent': (counters) => counters.packetsSent,
  'publish/received': (counters) => counters.messagesReceived,
  'publish/sent': (counters) => counters.messagesSent,
  'publish/dropped': (counters) => counters.messagesDropped,
  'bytes/received': (counters) => counters.bytesReceived,
  'bytes/sent': (counters) => counters.bytesSent,
  sockets: (counters) => counters.connectionsAccepted,
  connections: (counters) => counters.connectsReceived,
};

/** Whether only what has changed is said again, or everything: for brokers that retain nothing. */
export type Saying = 'changes' | 'everything';

export class SysTree {
  readonly #version: string;
  readonly #saying: Saying;
  readonly #startedAt: number;
  #updatedAt: number;
  readonly #loads: ReadonlyMap<string, Load>;
  readonly #said = new Map<string, string>();
  #heapMaximum = 0;

  /** @param now in ms, when the broker starts */
  constructor(version: string, saying: Saying, { counters }: Figures, now: number) {
    this.#version = version;
    this.#saying = saying;
    this.#startedAt = now;
    this.#updatedAt = now;
    this.#loads = new Map(Object.entries(LOADS).map(([name, of]) => [name, new Load(of(counters))]));
  }

  /** What is to be published at `now`, in ms. */
  update(figures: Figures, now: number): readonly SysMessage[] {
    const messages: SysMessage[] = [];
    const say = (name: string, text: string): void => {
      if (this.#saying === 'changes' && this.#said.get(name) === text) return;
      this.#said.set(name, text);
      messages.push({ topic: `${ROOT}${name}` as TopicName, text });
    };
    say('version', `anax version ${this.#version}`);
    say('uptime', `${Math.floor((now - this.#startedAt) / 1000)} seconds`);
    for (const [name, of] of Object.entries(NUMBERS)) say(name, String(of(figures)));
    this.#heapMaximum = Math.max(this.#heapMaximum, figures.heapBytes);
    say('heap/maximum', String(this.#heapMaximum));
    const seconds = (now - this.#updatedAt) / 1000;
    this.#updatedAt = now;
    for (const [name, load] of this.#loads) {
      load.update(LOADS[name]?.(figures.counters) ?? 0, seconds);
      for (const [i, [span]] of SPANS.entries()) {
        say(`load/${name}/${span}`, (load.averages[i] ?? 0).toFixed(2));
      }
    }
    return messages;
  }
}
