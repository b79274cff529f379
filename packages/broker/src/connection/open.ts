// A connection that has been let in: what its packets are handled with. Made at CONNACK, gone with the connection.

import {
  type Fault,
  InboundAliases,
  type MessageProperties,
  type Packet,
  type ReasonCode,
} from '@anax/protocol';
import type { Exchange, Permissions } from '../access/access.ts';
import type { Hub } from '../hub/hub.ts';
import type { Link } from '../hub/link.ts';
import type { Session } from '../hub/session.ts';
import type { Context } from './context.ts';
import type { Negotiated } from './negotiate.ts';

export type Refuse = (reasonCode: ReasonCode, message: string, clause: string) => void;

export class Open {
  readonly context: Context;
  readonly hub: Hub;
  readonly link: Link;
  readonly session: Session;
  readonly negotiated: Negotiated;
  readonly aliases: InboundAliases;
  readonly authenticationMethod: string | undefined;
  /** A re-authentication under way. [5:4.12.1] */
  exchange: Exchange | undefined;
  permissions: Permissions;
  /** What the client did is an error: DISCONNECT where the dialect has it, then the close. */
  readonly refuse: Refuse;
  /** The client is through: nothing is sent any more. */
  readonly leave: (ending: 'normal' | 'abnormal', reasonCode: ReasonCode) => void;

  constructor(facts: {
    readonly context: Context;
    readonly link: Link;
    readonly session: Session;
    readonly negotiated: Negotiated;
    readonly permissions: Permissions;
    readonly authenticationMethod: string | undefined;
    readonly refuse: Refuse;
    readonly leave: Open['leave'];
  }) {
    this.context = facts.context;
    this.hub = facts.context.hub;
    this.link = facts.link;
    this.session = facts.session;
    this.negotiated = facts.negotiated;
    this.aliases = new InboundAliases(facts.context.limits.topicAliasMaximum);
    this.authenticationMethod = facts.authenticationMethod;
    this.exchange = undefined;
    this.permissions = facts.permissions;
    this.refuse = facts.refuse;
    this.leave = facts.leave;
  }

  send(packet: Packet): void {
    this.link.send(packet);
  }

  refuseFault(fault: Fault): void {
    this.refuse(fault.reasonCode, fault.message, fault.clause);
  }
}

/** When a message that arrives now expires, in ms. [5:3.3.2.3.3] */
export function expiryOf(properties: MessageProperties, now: number): number {
  const seconds = properties.messageExpiryInterval;
  return seconds === undefined ? Number.POSITIVE_INFINITY : now + seconds * 1000;
}
