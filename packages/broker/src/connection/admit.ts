// From CONNECT to CONNACK: is this client let in, and with what. [5:3.1.4] [3.1.1:3.1.4]
// Asks in the order of cost: form, load and rules, then identity, then the session.

import { type ConnectPacket, type Dialect, message, messageProperties, Reason } from '@anax/protocol';
import type { Credentials, Refusal } from '../access/access.ts';
import { clientIdRefusal } from '../access/client-id.ts';
import type { Limits } from '../hub/limits.ts';
import { kept } from '../hub/owed.ts';
import { mayPublish, type Rights } from '../hub/rights.ts';
import type { PendingWill } from '../hub/session.ts';
import { contentProblem } from './content.ts';
import type { Context } from './context.ts';
import { expiryOf } from './open.ts';

/** What can be said before anybody is asked who this is. */
export function earlyRefusal(
  connect: ConnectPacket,
  credentials: Credentials,
  context: Context,
  now: number,
): Refusal | undefined {
  const { limits, admission, guard, methods, clients, hub } = context;
  const unspoken = dialectRefusal(connect.dialect, context);
  if (unspoken !== undefined) return unspoken;
  // Who takes over a connection of its own adds none.
  const others = clients.connected - (hub.isConnected(connect.clientId) ? 1 : 0);
  const refused =
    admission.refusal(credentials, others, now) ??
    guard.refusal(credentials, now) ??
    guestRefusal(connect, context);
  if (refused !== undefined) return refused;
  const badId = connect.clientId === '' ? undefined : clientIdRefusal(connect.clientId, limits);
  if (badId !== undefined) return badId;
  const method = connect.properties.authenticationMethod;
  if (method !== undefined && !methods.has(method)) {
    // [5:MQTT-4.12.0-1]
    return {
      reasonCode: Reason.badAuthenticationMethod,
      text: 'this Authentication Method is not known here',
    };
  }
  return willRefusal(connect, limits);
}

/** A version that this listener does not take. [5:MQTT-3.1.2-2] [3.1.1:MQTT-3.1.2-2] */
function dialectRefusal({ name }: Dialect, { dialects }: Context): Refusal | undefined {
  if (dialects.has(name)) return undefined;
  const text = `MQTT ${name} is not spoken here, only ${[...dialects].join(', ')}`;
  return { reasonCode: Reason.unsupportedProtocolVersion, text };
}

function guestRefusal({ clientId }: ConnectPacket, { guests }: Context): Refusal | undefined {
  if (guests.hasRoom(clientId)) return undefined;
  return { reasonCode: Reason.serverBusy, text: 'too many clients are connected to this listener' };
}

function willRefusal({ will }: ConnectPacket, limits: Limits): Refusal | undefined {
  if (will === undefined) return undefined;
  if (will.qos > limits.maximumQos) {
    // [5:MQTT-3.2.2-12]
    return {
      reasonCode: Reason.qosNotSupported,
      text: `Will QoS ${will.qos}, at most ${limits.maximumQos} is taken here`,
    };
  }
  if (will.retain && !limits.retainAvailable) {
    // [5:MQTT-3.2.2-13]
    return { reasonCode: Reason.retainNotSupported, text: 'Will Retain is set, nothing is retained here' };
  }
  return contentProblem(will.topic, will.payload, will.properties, limits);
}

/** A will that its client may not publish is refused at the door, where somebody hears it. */
export function willNotAllowed({ will }: ConnectPacket, rights: Rights): Refusal | undefined {
  if (will === undefined || mayPublish(rights, will.topic, will.qos, will.retain)) return undefined;
  return { reasonCode: Reason.notAuthorized, text: 'this client may not publish its will' };
}

/** The will as the session keeps it. [5:MQTT-3.1.2-7] [5:MQTT-3.1.3-10] [3.1.1:MQTT-3.1.2-8] */
export function pendingWill(connect: ConnectPacket, clientId: string): PendingWill | undefined {
  const { will } = connect;
  if (will === undefined) return undefined;
  const { willDelayInterval, ...properties } = will.properties;
  return {
    message: kept(
      message(
        will.topic,
        will.payload,
        will.qos,
        will.retain,
        messageProperties(properties),
        clientId,
        Number.POSITIVE_INFINITY,
      ),
    ),
    messageExpiryMs: expiryOf(properties, 0),
    delaySeconds: willDelayInterval ?? 0,
  };
}
