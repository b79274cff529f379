// What client and server agreed on in CONNECT and CONNACK, with every default filled in; and the checks of CONNACK that
// need to know what CONNECT said. Lives as long as the connection. [5:3.2.2.3]

import {
  type ConnackPacket,
  type ConnectPacket,
  type DialectName,
  PACKET_BYTES_MAX,
  type PropertiesOf,
  type QoS,
  RECEIVE_MAXIMUM_DEFAULT,
  Reason,
  SESSION_EXPIRY_NEVER_SECONDS,
} from '@anax/protocol';
import { type Violation, violation } from './errors.ts';

/** What this client takes, as its CONNECT said. */
export interface ClientLimits {
  readonly receiveMaximum: number;
  /** Bytes. */
  readonly maximumPacketSize: number;
  readonly topicAliasMaximum: number;
  readonly requestProblemInformation: boolean;
  readonly requestResponseInformation: boolean;
}

export interface Negotiated {
  readonly dialect: DialectName;
  readonly sessionPresent: boolean;
  /** As given, or as the server assigned it; empty where 3.1.1 has no way to tell. */
  readonly clientId: string;
  /** Seconds; Server Keep Alive if there is one. [5:MQTT-3.1.2-21] [5:MQTT-3.2.2-21] */
  readonly keepAlive: number;
  /** Seconds; 4,294,967,295 never ends. */
  readonly sessionExpiryInterval: number;
  /** Messages above QoS 0 that this client may have under way. */
  readonly receiveMaximum: number;
  /** Bytes that the server takes in one packet. */
  readonly maximumPacketSize: number;
  readonly maximumQos: QoS;
  readonly retainAvailable: boolean;
  /** Topic aliases that the server takes; 0 where it does not say. [5:MQTT-3.2.2-18] */
  readonly topicAliasMaximum: number;
  readonly wildcardSubscriptionAvailable: boolean;
  readonly subscriptionIdentifiersAvailable: boolean;
  readonly sharedSubscriptionAvailable: boolean;
  readonly responseInformation: string | undefined;
  readonly authenticationMethod: string | undefined;
  /** The other direction. */
  readonly client: ClientLimits;
  /** The properties of CONNACK as they came, in wire order. */
  readonly properties: PropertiesOf<'connack'>;
}

export function clientLimits({ properties }: ConnectPacket, packetBytesMax: number): ClientLimits {
  return {
    receiveMaximum: properties.receiveMaximum ?? RECEIVE_MAXIMUM_DEFAULT,
    maximumPacketSize: properties.maximumPacketSize ?? packetBytesMax,
    topicAliasMaximum: properties.topicAliasMaximum ?? 0,
    requestProblemInformation: properties.requestProblemInformation ?? true,
    requestResponseInformation: properties.requestResponseInformation ?? false,
  };
}

/** What a CONNACK of success must not say to this CONNECT. */
export function connackViolation(connect: ConnectPacket, connack: ConnackPacket): Violation | undefined {
  const { properties } = connack;
  if (connack.sessionPresent && connect.cleanStart) {
    // [5:MQTT-3.2.2-4] [3.1.1:MQTT-3.2.2-1]
    const clause = '[5:MQTT-3.2.2-2] [5:MQTT-3.2.2-4] [3.1.1:MQTT-3.2.2-1]';
    return violation(
      Reason.protocolError,
      'Session Present is set although this client began a clean session',
      clause,
    );
  }
  const method = connect.properties.authenticationMethod;
  if (properties.authenticationMethod !== method) {
    // [5:MQTT-4.12.0-5] [5:MQTT-4.12.0-6]
    const message = `the Authentication Method of CONNACK is ${shown(properties.authenticationMethod)}, that of CONNECT ${shown(method)}`;
    return violation(Reason.protocolError, message, '[5:MQTT-4.12.0-5] [5:MQTT-4.12.0-6]');
  }
  if (
    properties.responseInformation !== undefined &&
    connect.properties.requestResponseInformation !== true
  ) {
    // [5:MQTT-3.1.2-28]
    return violation(
      Reason.protocolError,
      'Response Information that was not asked for',
      '[5:MQTT-3.1.2-28]',
    );
  }
  return undefined;
}

function shown(method: string | undefined): string {
  return method === undefined ? 'absent' : JSON.stringify(method);
}

export function negotiate(connect: ConnectPacket, connack: ConnackPacket, client: ClientLimits): Negotiated {
  const { properties } = connack;
  const { dialect } = connect;
  const asked = dialect.properties
    ? (connect.properties.sessionExpiryInterval ?? 0)
    : connect.cleanStart
      ? 0
      : SESSION_EXPIRY_NEVER_SECONDS;
  const {
    serverKeepAlive = connect.keepAlive,
    sessionExpiryInterval = asked,
    receiveMaximum = RECEIVE_MAXIMUM_DEFAULT,
    maximumPacketSize = PACKET_BYTES_MAX,
    maximumQos = 2,
    retainAvailable = true,
    topicAliasMaximum = 0,
    wildcardSubscriptionAvailable = true,
    subscriptionIdentifiersAvailable = true,
    sharedSubscriptionAvailable = true,
    responseInformation,
    authenticationMethod,
    assignedClientIdentifier = '',
  } = properties;
  return {
    dialect: dialect.name,
    sessionPresent: connack.sessionPresent,
    clientId: connect.clientId === '' ? assignedClientIdentifier : connect.clientId,
    keepAlive: serverKeepAlive,
    sessionExpiryInterval,
    receiveMaximum,
    maximumPacketSize,
    maximumQos,
    retainAvailable,
    topicAliasMaximum,
    wildcardSubscriptionAvailable,
    subscriptionIdentifiersAvailable: dialect.properties && subscriptionIdentifiersAvailable,
    sharedSubscriptionAvailable: dialect.sharedSubscriptions && sharedSubscriptionAvailable,
    responseInformation,
    authenticationMethod,
    client,
    properties,
  };
}
