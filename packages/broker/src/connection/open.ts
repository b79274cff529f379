// A connection that has been let in: what its packets are handled with. Made at CONNACK, gone with the connection.

import {
  type AuthPacket,
  InboundAliases,
  type MessageProperties,
  MqttError,
  type Packet,
  Reason,
  type ReasonCode,
} from '@anax/protocol';
import type { Credentials, Exchange, Refusal } from '../access/access.ts';
import type { Hub } from '../hub/hub.ts';
import type { Limits } from '../hub/limits.ts';
import type { Link } from '../hub/link.ts';
import type { Session } from '../hub/session.ts';
import type { Context } from './context.ts';
import type { Expiry } from './expiry.ts';
import type { Negotiated } from './negotiate.ts';
import { sentence } from './refusal.ts';

/** At CONNECT, and to who is connected when its time comes. [5:3.14.2.1] [5:5.4.2] */
export const LOGIN_EXPIRED: Refusal = { reasonCode: Reason.notAuthorized, text: 'the login has expired' };

/** `now` where it is not the time of the packet at hand. */
export type Refuse = (reasonCode: ReasonCode, message: string, clause: string, now?: number) => void;

export class Open {
  readonly context: Context;
  readonly hub: Hub;
  /** As they were when the client was told them in CONNACK: a reload changes those of the context. */
  readonly limits: Limits;
  readonly link: Link;
  readonly session: Session;
  readonly negotiated: Negotiated;
  /** Gone with the connection. [5:MQTT-3.3.2-7] */
  readonly aliases: InboundAliases;
  /** When its login ends, and the connection with it. */
  readonly expiry: Expiry;
  readonly authenticationMethod: string | undefined;
  /** A re-authentication under way. [5:4.12.1] */
  exchange: Exchange | undefined;
  /** The exchange has been asked and has not answered yet. */
  exchangeBusy = false;
  /** Who this is, for a re-authentication; the password is not kept. */
  readonly credentials: Credentials;
  /** See `Acceptance`. */
  voucher: string | undefined;
  /** What the client did is an error: DISCONNECT where the dialect has it, then the close. */
  readonly refuse: Refuse;
  /** The client is through: nothing is sent any more. */
  readonly leave: (ending: 'normal' | 'abnormal', reasonCode: ReasonCode) => void;

  constructor(facts: {
    readonly context: Context;
    readonly link: Link;
    readonly session: Session;
    readonly negotiated: Negotiated;
    readonly expiry: Expiry;
    readonly authenticationMethod: string | undefined;
    readonly credentials: Credentials;
    readonly voucher: string | undefined;
    readonly refuse: Refuse;
    readonly leave: Open['leave'];
  }) {
    this.context = facts.context;
    this.hub = facts.context.hub;
    this.link = facts.link;
    this.session = facts.session;
    this.negotiated = facts.negotiated;
    this.limits = facts.context.limits;
    const { topicAliasMaximum, topicAliasCharsMax } = this.limits;
    this.aliases = new InboundAliases(topicAliasMaximum, topicAliasCharsMax);
    this.expiry = facts.expiry;
    this.authenticationMethod = facts.authenticationMethod;
    this.exchange = undefined;
    this.credentials = facts.credentials;
    this.voucher = facts.voucher;
    this.refuse = facts.refuse;
    this.leave = facts.leave;
  }

  /**
   * Answers at once, however many messages are under way. [5:MQTT-3.3.4-10] [5:MQTT-4.9.0-3]
   * One that the client does not take for its size would leave it waiting: that ends the connection.
   * Where the packet at hand has changed what is kept, the answer waits until that is written.
   */
  send(packet: Packet): void {
    // What the packet at hand brought about may have ended this very connection. [5:MQTT-3.14.4-1]
    if (this.session.link !== this.link) return;
    this.hub.journal.promise(this.link.wire);
    if (this.link.send(packet)) return;
    const text = `${packet.type.toUpperCase()} would be larger than the client's Maximum Packet Size`;
    this.refuse(Reason.packetTooLarge, text, '[5:MQTT-3.1.2-24]');
  }

  /** Its rights have said no: a line in the log, and a flood of them is none. */
  noteRefusal(event: 'publish-refused' | 'subscribe-refused', text: string, now: number): void {
    const { clientId, link } = this.session;
    const address = link?.wire.address ?? '';
    const { guard, listener } = this.context;
    if (!guard.lines.may(event, address, now)) return;
    const facts = { clientId, address, listener: listener.name, reasonCode: Reason.notAuthorized };
    this.hub.note({ event, text: sentence(text), ...facts });
  }

  /** Sends what code that is not ours has filled in, which may be more than a packet can say. */
  sendForeign(packet: AuthPacket, now: number): void {
    try {
      this.send(packet);
    } catch (error) {
      if (!(error instanceof MqttError)) throw error;
      this.refuse(Reason.unspecifiedError, error.message, error.clause ?? '', now);
    }
  }
}

/** When a message that arrives now expires, in ms. [5:3.3.2.3.3] */
export function expiryOf(properties: MessageProperties, now: number): number {
  const seconds = properties.messageExpiryInterval;
  return seconds === undefined ? Number.POSITIVE_INFINITY : now + seconds * 1000;
}
