// How the audit connects: CONNECT from what a check says of it, and what CONNACK announces. Opens what it is told to.

import {
  type ConnackPacket,
  type ConnectPacket,
  type Dialect,
  type PropertiesOf,
  RECEIVE_MAXIMUM_DEFAULT,
  type TopicName,
  utf8Bytes,
  type Will,
} from '@anax/protocol';
import type { Announced, BrokerFacts, ConnectInput, WillInput } from '../checks/check.ts';

/** Long enough for any check, short enough that nothing stays for long where a session could not be removed. */
const KEPT_SESSION_SECONDS = 300;

export function connectPacketOf(
  dialect: Dialect,
  facts: BrokerFacts,
  clientId: string,
  input: ConnectInput,
): ConnectPacket {
  const { keep = false, cleanStart = !keep, keepAlive = 0, will, properties = {} } = input;
  const userName = 'userName' in input ? input.userName : facts.userName;
  const password = 'password' in input ? input.password : facts.password;
  const kept: PropertiesOf<'connect'> =
    keep && dialect.properties ? { sessionExpiryInterval: KEPT_SESSION_SECONDS } : {};
  return {
    type: 'connect',
    dialect,
    cleanStart,
    keepAlive,
    clientId: input.clientId ?? clientId,
    userName,
    password: typeof password === 'string' ? utf8Bytes(password) : password,
    will: will === undefined ? undefined : willOf(will),
    properties: { ...kept, ...properties },
  };
}

function willOf({ topic, payload = '', qos = 0, retain = false, properties = {} }: WillInput): Will {
  const bytes = typeof payload === 'string' ? utf8Bytes(payload) : payload;
  return { topic: topic as TopicName, payload: bytes, qos, retain, properties };
}

export function announcedIn(connack: ConnackPacket, dialect: Dialect): Announced {
  const p = connack.properties;
  return {
    maximumQos: p.maximumQos ?? 2,
    retainAvailable: p.retainAvailable ?? true,
    wildcardSubscriptionAvailable: p.wildcardSubscriptionAvailable ?? true,
    subscriptionIdentifiersAvailable: dialect.properties && (p.subscriptionIdentifiersAvailable ?? true),
    sharedSubscriptionAvailable: dialect.sharedSubscriptions && (p.sharedSubscriptionAvailable ?? true),
    topicAliasMaximum: p.topicAliasMaximum ?? 0,
    receiveMaximum: p.receiveMaximum ?? RECEIVE_MAXIMUM_DEFAULT,
    maximumPacketSize: p.maximumPacketSize,
    serverKeepAlive: p.serverKeepAlive,
  };
}
