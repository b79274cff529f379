// A connected client as the hub sees it: where its packets go and what it takes. Lives as long as the connection;
// nothing of the session is kept here.

import {
  type Dialect,
  encode,
  OutboundAliases,
  type Output,
  type Packet,
  type ReasonCode,
} from '@anax/protocol';
import type { Counters } from './notes.ts';

/** What a connection may ask of its socket. Everything is done after the current input has been handled. */
export interface Wire {
  /** Encoded packets go here; they leave in order, at the end of the turn. */
  readonly out: Output;
  /** Where the peer is, for the log. */
  readonly address: string;
  /** The broker's: what is sent is counted where it is put together. */
  readonly counters: Counters;
  /** What is put together from now on leaves after the journal's batch of this number is written, and in order. */
  hold(batch: number): void;
  /** The socket has more bytes outstanding than it may; `drained` follows. */
  readonly congested: boolean;
  /** Sends what is in `out`, then closes. */
  close(): void;
  /** Nothing more is read until `resume`: back-pressure, not a queue. */
  pause(): void;
  resume(): void;
}

export class Link {
  readonly wire: Wire;
  readonly dialect: Dialect;
  /** The client's Maximum Packet Size, in bytes. [5:MQTT-3.1.2-24] */
  readonly maximumPacketSize: number;
  /** Undefined where the client takes none. */
  readonly aliases: OutboundAliases | undefined;
  /** Ends the connection from the server's side; `Hub.close` has been called when it returns. */
  readonly end: (reasonCode: ReasonCode, text: string, now: number) => void;

  constructor(
    wire: Wire,
    dialect: Dialect,
    maximumPacketSize: number,
    topicAliasMaximum: number,
    end: Link['end'],
  ) {
    this.wire = wire;
    this.dialect = dialect;
    this.maximumPacketSize = maximumPacketSize;
    this.aliases = topicAliasMaximum > 0 ? new OutboundAliases(topicAliasMaximum) : undefined;
    this.end = end;
  }

  /** False where the client does not take a packet of this size: it is not sent. */
  send(packet: Packet): boolean {
    const sent = encode(packet, this.dialect, this.wire.out, this.maximumPacketSize) > 0;
    if (sent) this.wire.counters.packetsSent += 1;
    return sent;
  }
}
