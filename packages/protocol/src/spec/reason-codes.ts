// Every reason code of MQTT 5 with the packets that may carry it, per sender; the return codes of 3.x. [5:2.4]
// Owns facts only: which code a situation gets is decided where the situation is seen.

import type { PacketTypeName, Side } from './packet-types.ts';

/** The reason codes by name. Success, Normal disconnection and Granted QoS 0 share the value 0. */
export const Reason = {
  success: 0x00,
  grantedQos1: 0x01,
  grantedQos2: 0x02,
  disconnectWithWillMessage: 0x04,
  noMatchingSubscribers: 0x10,
  noSubscriptionExisted: 0x11,
  continueAuthentication: 0x18,
  reAuthenticate: 0x19,
  unspecifiedError: 0x80,
  malformedPacket: 0x81,
  protocolError: 0x82,
  implementationSpecificError: 0x83,
  unsupportedProtocolVersion: 0x84,
  clientIdentifierNotValid: 0x85,
  badUserNameOrPassword: 0x86,
  notAuthorized: 0x87,
  serverUnavailable: 0x88,
  serverBusy: 0x89,
  banned: 0x8a,
  serverShuttingDown: 0x8b,
  badAuthenticationMethod: 0x8c,
  keepAliveTimeout: 0x8d,
  sessionTakenOver: 0x8e,
  topicFilterInvalid: 0x8f,
  topicNameInvalid: 0x90,
  packetIdentifierInUse: 0x91,
  packetIdentifierNotFound: 0x92,
  receiveMaximumExceeded: 0x93,
  topicAliasInvalid: 0x94,
  packetTooLarge: 0x95,
  messageRateTooHigh: 0x96,
  quotaExceeded: 0x97,
  administrativeAction: 0x98,
  payloadFormatInvalid: 0x99,
  retainNotSupported: 0x9a,
  qosNotSupported: 0x9b,
  useAnotherServer: 0x9c,
  serverMoved: 0x9d,
  sharedSubscriptionsNotSupported: 0x9e,
  connectionRateExceeded: 0x9f,
  maximumConnectTime: 0xa0,
  subscriptionIdentifiersNotSupported: 0xa1,
  wildcardSubscriptionsNotSupported: 0xa2,
} as const;

export type ReasonCode = (typeof Reason)[keyof typeof Reason];

const PUBLISH_ACK = codes('00 10 80 83 87 90 91 97 99');
const RELEASE = codes('00 92');

/** The codes that each packet may carry, by who sends it. [5:2.4] */
const CARRIED: Readonly<Record<Side, Partial<Record<PacketTypeName, ReadonlySet<number>>>>> = {
  client: {
    puback: PUBLISH_ACK,
    pubrec: PUBLISH_ACK,
    pubrel: RELEASE,
    pubcomp: RELEASE,
    disconnect: codes('00 04 80-83 90 93-99'),
    auth: codes('18 19'),
  },
  server: {
    connack: codes('00 80-8a 8c 90 95 97 99-9d 9f'),
    puback: PUBLISH_ACK,
    pubrec: PUBLISH_ACK,
    pubrel: RELEASE,
    pubcomp: RELEASE,
    suback: codes('00-02 80 83 87 8f 91 97 9e a1 a2'),
    unsuback: codes('00 11 80 83 87 8f 91'),
    disconnect: codes('00 80-83 87 89 8b 8d-90 93-a2'),
    auth: codes('00 18'),
  },
};

/** Hexadecimal numbers and ranges of them. */
function codes(text: string): ReadonlySet<number> {
  const all = new Set<number>();
  for (const range of text.split(' ')) {
    const [from = 0, to = from] = range.split('-').map((hex) => Number.parseInt(hex, 16));
    for (let code = from; code <= to; code++) all.add(code);
  }
  return all;
}

/** Whether `sender` may put this reason code into this packet. */
export function reasonCodeAllowed(code: number, packet: PacketTypeName, sender: Side): code is ReasonCode {
  return CARRIED[sender][packet]?.has(code) === true;
}

/** CONNACK return codes of 3.1 and 3.1.1 in the words of MQTT 5, indexed by return code. [3.1.1:3.2.2.3] */
export const RETURN_CODES: readonly ReasonCode[] = [
  Reason.success,
  Reason.unsupportedProtocolVersion,
  Reason.clientIdentifierNotValid,
  Reason.serverUnavailable,
  Reason.badUserNameOrPassword,
  Reason.notAuthorized,
];
