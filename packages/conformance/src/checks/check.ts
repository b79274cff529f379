// What a check is, what it is given, and what it may need. Owns shapes only; `needs.ts` decides who can be judged.

import type { ConnackPacket, ConnectPacket, Dialect, Fault, Packet, PropertiesOf, QoS } from '@anax/protocol';
import type { Peer } from '../wire/peer.ts';
import type { Waits } from '../wire/waits.ts';
import type { Need } from './needs.ts';

/** One experiment on a broker. It returns, or throws `Broken` (the broker failed) or `Unsuitable` (it cannot judge). */
export interface Check {
  /** `chapter/what-is-seen`: unique, and the file of the check is `chapter.ts`. */
  readonly name: string;
  /** Tags of the statements it proves: `[5:MQTT-3.1.0-2] [3.1.1:MQTT-3.1.0-2] [3.1:3.1]`. It runs in their versions. */
  readonly proves: string;
  /** What a broker that keeps them does. */
  readonly sentence: string;
  readonly needs?: readonly Need[];
  /** Seconds that the standard makes it wait; the longest begin first. */
  readonly seconds?: number;
  /**
   * It subscribes to what everybody publishes, and so would be sent what other checks send on purpose: it runs before
   * them, with nothing beside it.
   */
  readonly alone?: true;
  readonly run: (context: Context) => Promise<void>;
}

/** A rule for everything that the broker sends, on whatever connection of the audit. */
export interface Watch {
  readonly name: string;
  readonly proves: string;
  readonly sentence: string;
  /** Made for each connection; gives `kept` or what is wrong for a packet that the rule speaks of, else undefined. */
  readonly open: (
    peer: Peer,
  ) => (seen: Packet | Fault, bytes: Uint8Array) => 'kept' | WatchFinding | undefined;
}

export interface WatchFinding {
  readonly expected: string;
  readonly seen: string;
}

/** What a server may lack and says so in CONNACK; in 3.x, which cannot say it, everything is there. */
export interface Announced {
  readonly maximumQos: QoS;
  readonly retainAvailable: boolean;
  readonly wildcardSubscriptionAvailable: boolean;
  readonly subscriptionIdentifiersAvailable: boolean;
  readonly sharedSubscriptionAvailable: boolean;
  readonly topicAliasMaximum: number;
  readonly receiveMaximum: number;
  /** Bytes; undefined where there is no limit but the protocol's. */
  readonly maximumPacketSize: number | undefined;
  /** Seconds; undefined where the client's Keep Alive holds. */
  readonly serverKeepAlive: number | undefined;
}

/** What whoever runs the audit knows of the broker's settings. */
export interface BrokerFacts {
  /** Credentials for all connections. */
  readonly userName?: string | undefined;
  readonly password?: string | undefined;
  /** Credentials that the broker refuses. */
  readonly refusedUserName?: string | undefined;
  readonly refusedPassword?: string | undefined;
  /** A client identifier that the broker refuses. */
  readonly refusedClientId?: string | undefined;
  /** A topic name that the user of the audit may not publish to. */
  readonly deniedTopic?: string | undefined;
  /** A topic filter that the user of the audit may not subscribe to. */
  readonly deniedFilter?: string | undefined;
  readonly authentication?: AuthenticationFacts | undefined;
  /** The broker's address for WebSocket: `ws://127.0.0.1:8080/mqtt`. */
  readonly webSocket?: string | undefined;
}

/** A method of enhanced authentication and what to say in it. */
export interface AuthenticationFacts {
  readonly method: string;
  /** Authentication Data of CONNECT. */
  readonly data?: Uint8Array | undefined;
  /** What to answer to each AUTH of the server, in order. */
  readonly answers: readonly Uint8Array[];
}

export interface WillInput {
  readonly topic: string;
  readonly payload?: string | Uint8Array;
  readonly qos?: QoS;
  readonly retain?: boolean;
  readonly properties?: PropertiesOf<'will'>;
}

export interface ConnectInput {
  /** Who it is in a report: `subscriber`. */
  readonly label?: string;
  /** Made up, unique to the check, if left out. */
  readonly clientId?: string;
  /**
   * The session outlives the connection: CleanSession 0 in 3.x; Session Expiry Interval and Clean Start 0 in 5.0.
   * What is left of it is removed behind the check.
   */
  readonly keep?: boolean;
  /** If left out: the opposite of `keep`. */
  readonly cleanStart?: boolean;
  /** Seconds; 0, which turns it off, if left out. */
  readonly keepAlive?: number;
  readonly will?: WillInput | undefined;
  /** Instead of those of the audit. */
  readonly userName?: string | undefined;
  readonly password?: string | Uint8Array | undefined;
  readonly properties?: PropertiesOf<'connect'>;
}

/** What a check works with. Everything that it opens is closed behind it, and counts in its report. */
export interface Context {
  readonly dialect: Dialect;
  readonly announced: Announced;
  readonly facts: BrokerFacts;
  readonly waits: Waits;
  /** A client identifier that nobody else uses: 1 to 23 letters and digits. */
  readonly clientId: () => string;
  /** A topic that nobody else uses; with levels behind it: `topic('a/b')`. */
  readonly topic: (levels?: string) => string;
  /** CONNECT as `connect` would send it. */
  readonly connectPacket: (input?: ConnectInput) => ConnectPacket;
  /** A connection on which nothing was sent. `raw`: what comes is cut into packets and not decoded. */
  readonly open: (options?: { readonly label?: string; readonly raw?: boolean }) => Promise<Peer>;
  /** A connection that has its CONNACK, of success. */
  readonly connect: (input?: ConnectInput) => Promise<Peer>;
  /** Sends CONNECT on a connection of its own and gives whatever CONNACK comes. */
  readonly attempt: (
    input?: ConnectInput,
  ) => Promise<{ readonly peer: Peer; readonly connack: ConnackPacket }>;
  /** Named topics are emptied behind the check. Done by itself for what was sent as a packet with RETAIN 1. */
  readonly forgetRetained: (topic: string) => void;
  /** A connection over WebSocket on which nothing was sent. @throws Unsuitable where none can be made. */
  readonly webSocket: () => Promise<OverWebSocket>;
  /** The second listener, where features are off. @throws Unsuitable where there is none. */
  readonly limited: () => Limited;
}

export interface OverWebSocket {
  readonly peer: Peer;
  /** The subprotocol that the broker selected where `mqtt` was offered. */
  readonly selected: string | undefined;
  /** Sends a frame of text instead of bytes. */
  readonly sendText: (text: string) => void;
  /** Whether a frame of text came. */
  readonly textCame: () => boolean;
}

/** A listener of the same broker with features turned off, for what needs such a setting. */
export interface Limited {
  readonly announced: Announced;
  readonly connectPacket: (input?: ConnectInput) => ConnectPacket;
  readonly open: (options?: { readonly label?: string }) => Promise<Peer>;
  readonly connect: (input?: ConnectInput) => Promise<Peer>;
  readonly attempt: (
    input?: ConnectInput,
  ) => Promise<{ readonly peer: Peer; readonly connack: ConnackPacket }>;
}
