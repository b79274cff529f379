// What the broker has to tell: counters that only go up, and notes for the log. No note is made on the packet path.

import type { ReasonCode } from '@anax/protocol';

export class Counters {
  connectionsAccepted = 0;
  /** Closed at once: too many sockets were still connecting. */
  connectionsTurnedAway = 0;
  connectsRefused = 0;
  connectTimeouts = 0;
  faults = 0;
  keepAliveTimeouts = 0;
  takeOvers = 0;
  /** Clients connected at once, at the most. */
  clientsMaximum = 0;
  /** CONNECT packets, accepted or not. */
  connectsReceived = 0;
  /** Packets of every kind. */
  packetsReceived = 0;
  packetsSent = 0;
  /** As the sockets carry them. */
  bytesReceived = 0;
  bytesSent = 0;
  /** PUBLISH packets, and the bytes in their payloads. */
  messagesReceived = 0;
  messagesSent = 0;
  payloadBytesReceived = 0;
  payloadBytesSent = 0;
  /** By a full queue, a slow socket, a packet larger than the client takes, expiry, or rights that were revoked. */
  messagesDropped = 0;
  willsPublished = 0;
  /** Their client might not publish them any more when they were due. */
  willsRefused = 0;
  /** Taken away since rights had changed: subscriptions, and connections. */
  subscriptionsRevoked = 0;
  clientsRevoked = 0;
  /** Clients whose connection ended since their login did. */
  loginsExpired = 0;
  sessionsExpired = 0;
  /** Closed at once: their address had too many connections, or made them too fast. */
  addressesTurnedAway = 0;
  /** Who said who it is, and it was not so. */
  loginsFailed = 0;
  /** Not even tried: too many logins with that user name had failed. */
  loginsThrottled = 0;
  /** By the broker itself, and by operators. */
  bansMade = 0;
  /** CONNECT of who is banned. */
  bannedRefused = 0;
  /** Not read from for a while, because they asked for more than they may; and put out because they went on. */
  clientsSlowed = 0;
  clientsOverRate = 0;
  /** Messages that were not retained because their client has as many as it may. */
  retainedOverQuota = 0;
  /** Clients that had to give memory back, and how many bytes that were. */
  clientsShed = 0;
  bytesShed = 0;
  /** Lines that the log did not get, so that a flood of refusals is no flood of lines. */
  logLinesLeftOut = 0;
}

/** One thing that happened; `text` is for people, the rest for programs. */
export interface Note {
  readonly event:
    | 'arrival-refused'
    | 'certificate-ends'
    | 'certificates-changed'
    | 'certificates-kept'
    | 'client-connected'
    | 'client-disconnected'
    | 'connect-refused'
    | 'connection-fault'
    | 'connection-closed'
    | 'connection-refused'
    | 'banned'
    | 'ban-lifted'
    | 'lines-left-out'
    | 'client-slowed'
    | 'client-shed'
    | 'memory-short'
    | 'memory-recovered'
    | 'retained-full'
    | 'session-expired'
    | 'publish-refused'
    | 'subscribe-refused'
    | 'will-published'
    | 'will-refused'
    | 'rights-revoked'
    | 'queue-full'
    | 'authentication-warning'
    | 'listener-failed'
    | 'events-lost'
    | 'reloaded'
    | 'reload-failed'
    | 'store-damaged'
    | 'store-failed'
    | 'store-full'
    | 'store-recovered'
    | 'store-restored'
    | 'store-swept';
  readonly text: string;
  readonly clientId?: string | undefined;
  readonly address?: string | undefined;
  /** The name of the listener. */
  readonly listener?: string | undefined;
  readonly reasonCode?: ReasonCode | undefined;
  readonly clause?: string | undefined;
  /** Which rule or limit it was, for programs; `text` says it to people. */
  readonly reason?: string | undefined;
  /** Of the configuration: what a reload changed. */
  readonly keys?: readonly string[] | undefined;
  /** As whom a client came, whether it was that or not. */
  readonly userName?: string | undefined;
  /** Which authenticator decided, and why: not told to the client. */
  readonly link?: string | undefined;
  readonly why?: string | undefined;
}
