// Capability negotiation: what CONNECT asks for, what the server grants, and CONNACK saying so, only where it says
// something. [5:3.2.2.3]

import {
  type ConnectPacket,
  PACKET_BYTES_MAX,
  type PropertiesOf,
  RECEIVE_MAXIMUM_DEFAULT,
  SESSION_EXPIRY_NEVER_SECONDS,
} from '@anax/protocol';
import type { Client } from '../access/authorizer.ts';
import type { ClientConnected } from '../hub/events.ts';
import type { Limits } from '../hub/limits.ts';

/** What holds on this connection. */
export interface Negotiated {
  /** Seconds; 0 is off. */
  readonly keepAlive: number;
  readonly sessionExpirySeconds: number;
  /** Whether the client asked for a session that outlives the connection, granted or not. */
  readonly sessionExpiryWanted: boolean;
  /** The client's, for what goes out. */
  readonly receiveMaximum: number;
  readonly maximumPacketSize: number;
  /** Aliases that may be given to topics that go out. */
  readonly topicAliasMaximum: number;
  /** Asked for by DISCONNECT alone: acknowledgements and AUTH of this server never explain. [5:MQTT-3.1.2-29] */
  readonly problemInformation: boolean;
}

export function negotiate(connect: ConnectPacket, limits: Limits): Negotiated {
  const { properties } = connect;
  return {
    keepAlive: cappedKeepAlive(connect, limits.keepAliveMaxSeconds),
    sessionExpirySeconds: Math.min(wantedExpiry(connect), limits.sessionExpiryMaxSeconds),
    sessionExpiryWanted: wantedExpiry(connect) > 0,
    receiveMaximum: properties.receiveMaximum ?? RECEIVE_MAXIMUM_DEFAULT,
    maximumPacketSize: properties.maximumPacketSize ?? PACKET_BYTES_MAX,
    topicAliasMaximum: Math.min(properties.topicAliasMaximum ?? 0, limits.topicAliasesSentMax),
    problemInformation: properties.requestProblemInformation ?? true,
  };
}

/**
 * 3.x cannot be told of a shorter one, so there only the client that would never be missed is capped.
 * [5:MQTT-3.2.2-22]
 */
function cappedKeepAlive({ keepAlive, dialect }: ConnectPacket, maxSeconds: number): number {
  if (maxSeconds === 0) return keepAlive;
  if (keepAlive === 0) return maxSeconds;
  return dialect.properties ? Math.min(keepAlive, maxSeconds) : keepAlive;
}

/** CleanSession 0 of 3.x is a session without an end of its own. [5:3.1.2.4] [3.1.1:3.1.2.4] */
function wantedExpiry({ properties, dialect, cleanStart }: ConnectPacket): number {
  if (dialect.properties) return properties.sessionExpiryInterval ?? 0;
  return cleanStart ? 0 : SESSION_EXPIRY_NEVER_SECONDS;
}

/** What those who embed the broker are told of a client that was let in. */
export function connectedEvent(
  connect: ConnectPacket,
  { clientId, userName, address }: Client,
  granted: Negotiated,
  sessionPresent: boolean,
): ClientConnected {
  return {
    clientId,
    userName,
    address,
    protocol: connect.dialect.name,
    cleanStart: connect.cleanStart,
    sessionPresent,
    keepAlive: granted.keepAlive,
    sessionExpiryInterval: granted.sessionExpirySeconds,
  };
}

/** The properties of a CONNACK of success. */
export function connackProperties(
  connect: ConnectPacket,
  granted: Negotiated,
  limits: Limits,
  assignedClientId: string | undefined,
  authenticationData: Uint8Array | undefined,
): PropertiesOf<'connack'> {
  const asked = connect.properties;
  const properties: { -readonly [N in keyof PropertiesOf<'connack'>]: PropertiesOf<'connack'>[N] } = {};
  if (granted.sessionExpirySeconds !== (asked.sessionExpiryInterval ?? 0)) {
    properties.sessionExpiryInterval = granted.sessionExpirySeconds; // [5:3.2.2.3.2]
  }
  if (limits.receiveMaximum !== RECEIVE_MAXIMUM_DEFAULT) properties.receiveMaximum = limits.receiveMaximum;
  if (limits.maximumQos < 2) properties.maximumQos = limits.maximumQos as 0 | 1; // [5:MQTT-3.2.2-9]
  if (!limits.retainAvailable) properties.retainAvailable = false; // [5:MQTT-3.2.2-13]
  if (limits.maximumPacketSize < PACKET_BYTES_MAX) properties.maximumPacketSize = limits.maximumPacketSize;
  if (assignedClientId !== undefined) properties.assignedClientIdentifier = assignedClientId; // [5:MQTT-3.2.2-16]
  if (limits.topicAliasMaximum > 0) properties.topicAliasMaximum = limits.topicAliasMaximum;
  if (limits.connackUserProperties.length > 0) properties.userProperties = limits.connackUserProperties;
  if (!limits.wildcardSubscriptionAvailable) properties.wildcardSubscriptionAvailable = false;
  if (!limits.subscriptionIdentifiersAvailable) properties.subscriptionIdentifiersAvailable = false;
  if (!limits.sharedSubscriptionAvailable) properties.sharedSubscriptionAvailable = false;
  if (granted.keepAlive !== connect.keepAlive) properties.serverKeepAlive = granted.keepAlive; // [5:MQTT-3.1.2-21]
  if (asked.requestResponseInformation && limits.responseInformation !== undefined) {
    properties.responseInformation = limits.responseInformation; // [5:MQTT-3.1.2-28]
  }
  if (asked.authenticationMethod !== undefined) {
    properties.authenticationMethod = asked.authenticationMethod; // [5:MQTT-4.12.0-5]
    if (authenticationData !== undefined) properties.authenticationData = authenticationData;
  }
  return properties;
}
