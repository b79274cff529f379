// What a machine can be asked for, and the phases that it goes through. Types only.

import type { ConnackPacket, PropertiesOf, QoS, ReasonCode } from '@anax/protocol';
import type { Connection } from './connection.ts';
import type { CloseReason } from './errors.ts';
import type { Negotiated } from './negotiated.ts';
import type { Payload } from './options.ts';

export interface PublishRequest {
  readonly topic: string;
  readonly payload: Payload;
  readonly qos?: QoS;
  readonly retain?: boolean;
  /** Key order is wire order. */
  readonly properties?: PropertiesOf<'publish'>;
}

export interface DisconnectRequest {
  /** 0x04 asks the server to publish the will. */
  readonly reasonCode?: ReasonCode;
  readonly properties?: PropertiesOf<'disconnect'>;
}

/**
 * `authenticating`: the server's AUTH waits for this end's answer. `verifying`: CONNACK waits for this end to be content
 * with what the server proves; nothing behind it is read. `closing`: nothing more is sent or heard.
 */
export type Phase =
  | { readonly name: 'idle' }
  | { readonly name: 'connecting' | 'authenticating'; readonly deadline: number }
  | {
      readonly name: 'verifying';
      readonly deadline: number;
      readonly negotiated: Negotiated;
      readonly connack: ConnackPacket;
    }
  | { readonly name: 'connected'; readonly connection: Connection }
  | { readonly name: 'closing'; readonly deadline: number; readonly reason: CloseReason }
  | { readonly name: 'closed'; readonly reason: CloseReason };
