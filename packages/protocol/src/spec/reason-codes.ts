// Every reason code of MQTT 5 with the packets that may carry it, per sender, and its 3.1.1 equivalent. [5:2.4]
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

export interface ReasonCodeFact {
  readonly code: ReasonCode;
  /** The standard's words. */
  readonly title: string;
  readonly fromClient: readonly PacketTypeName[];
  readonly fromServer: readonly PacketTypeName[];
  /** The CONNACK return code that says the same in 3.1 and 3.1.1; undefined where only closing is left. [3.1.1:3.2.2.3] */
  readonly returnCode: number | undefined;
}

const PUBLISH_ACKS = ['puback', 'pubrec'] as const;
const RELEASES = ['pubrel', 'pubcomp'] as const;
const SUB_ACKS = ['suback', 'unsuback'] as const;

function fact(
  code: ReasonCode,
  title: string,
  fromClient: readonly PacketTypeName[],
  fromServer: readonly PacketTypeName[],
  returnCode?: number,
): ReasonCodeFact {
  return { code, title, fromClient, fromServer, returnCode };
}

/** In the order of their values. [5:2.4] */
export const REASON_CODES: readonly ReasonCodeFact[] = [
  fact(
    0x00,
    'Success',
    [...PUBLISH_ACKS, ...RELEASES, 'disconnect'],
    ['connack', ...PUBLISH_ACKS, ...RELEASES, ...SUB_ACKS, 'disconnect', 'auth'],
    0,
  ),
  fact(0x01, 'Granted QoS 1', [], ['suback']),
  fact(0x02, 'Granted QoS 2', [], ['suback']),
  fact(0x04, 'Disconnect with Will Message', ['disconnect'], []),
  fact(0x10, 'No matching subscribers', PUBLISH_ACKS, PUBLISH_ACKS),
  fact(0x11, 'No subscription existed', [], ['unsuback']),
  fact(0x18, 'Continue authentication', ['auth'], ['auth']),
  fact(0x19, 'Re-authenticate', ['auth'], []),
  fact(
    0x80,
    'Unspecified error',
    [...PUBLISH_ACKS, 'disconnect'],
    ['connack', ...PUBLISH_ACKS, ...SUB_ACKS, 'disconnect'],
  ),
  fact(0x81, 'Malformed Packet', ['disconnect'], ['connack', 'disconnect']),
  fact(0x82, 'Protocol Error', ['disconnect'], ['connack', 'disconnect']),
  fact(
    0x83,
    'Implementation specific error',
    [...PUBLISH_ACKS, 'disconnect'],
    ['connack', ...PUBLISH_ACKS, ...SUB_ACKS, 'disconnect'],
  ),
  fact(0x84, 'Unsupported Protocol Version', [], ['connack'], 1),
  fact(0x85, 'Client Identifier not valid', [], ['connack'], 2),
  fact(0x86, 'Bad User Name or Password', [], ['connack'], 4),
  fact(0x87, 'Not authorized', PUBLISH_ACKS, ['connack', ...PUBLISH_ACKS, ...SUB_ACKS, 'disconnect'], 5),
  fact(0x88, 'Server unavailable', [], ['connack'], 3),
  fact(0x89, 'Server busy', [], ['connack', 'disconnect'], 3),
  fact(0x8a, 'Banned', [], ['connack'], 5),
  fact(0x8b, 'Server shutting down', [], ['disconnect']),
  fact(0x8c, 'Bad authentication method', [], ['connack'], 5),
  fact(0x8d, 'Keep Alive timeout', [], ['disconnect']),
  fact(0x8e, 'Session taken over', [], ['disconnect']),
  fact(0x8f, 'Topic Filter invalid', [], [...SUB_ACKS, 'disconnect']),
  fact(
    0x90,
    'Topic Name invalid',
    [...PUBLISH_ACKS, 'disconnect'],
    ['connack', ...PUBLISH_ACKS, 'disconnect'],
  ),
  fact(0x91, 'Packet Identifier in use', PUBLISH_ACKS, [...PUBLISH_ACKS, ...SUB_ACKS]),
  fact(0x92, 'Packet Identifier not found', RELEASES, RELEASES),
  fact(0x93, 'Receive Maximum exceeded', ['disconnect'], ['disconnect']),
  fact(0x94, 'Topic Alias invalid', ['disconnect'], ['disconnect']),
  fact(0x95, 'Packet too large', ['disconnect'], ['connack', 'disconnect']),
  fact(0x96, 'Message rate too high', ['disconnect'], ['disconnect']),
  fact(
    0x97,
    'Quota exceeded',
    [...PUBLISH_ACKS, 'disconnect'],
    ['connack', ...PUBLISH_ACKS, 'suback', 'disconnect'],
    3,
  ),
  fact(0x98, 'Administrative action', ['disconnect'], ['disconnect']),
  fact(
    0x99,
    'Payload format invalid',
    [...PUBLISH_ACKS, 'disconnect'],
    ['connack', ...PUBLISH_ACKS, 'disconnect'],
  ),
  fact(0x9a, 'Retain not supported', [], ['connack', 'disconnect']),
  fact(0x9b, 'QoS not supported', [], ['connack', 'disconnect']),
  fact(0x9c, 'Use another server', [], ['connack', 'disconnect'], 3),
  fact(0x9d, 'Server moved', [], ['connack', 'disconnect'], 3),
  fact(0x9e, 'Shared Subscriptions not supported', [], ['suback', 'disconnect']),
  fact(0x9f, 'Connection rate exceeded', [], ['connack', 'disconnect'], 3),
  fact(0xa0, 'Maximum connect time', [], ['disconnect']),
  fact(0xa1, 'Subscription Identifiers not supported', [], ['suback', 'disconnect']),
  fact(0xa2, 'Wildcard Subscriptions not supported', [], ['suback', 'disconnect']),
];

const BY_CODE: readonly (ReasonCodeFact | undefined)[] = Array.from({ length: 256 }, (_, code) =>
  REASON_CODES.find((f) => f.code === code),
);

/** The fact of a reason code; undefined for a value that MQTT 5 does not define. */
export function reasonCodeFact(code: number): ReasonCodeFact | undefined {
  return BY_CODE[code];
}

/** The standard's words for a code, in the packet at hand: 0 is "Normal disconnection" in DISCONNECT. */
export function reasonTitle(code: number, packet?: PacketTypeName): string {
  if (code === 0 && packet === 'disconnect') return 'Normal disconnection';
  if (code === 0 && packet === 'suback') return 'Granted QoS 0';
  return BY_CODE[code]?.title ?? `Unknown reason code 0x${code.toString(16).padStart(2, '0')}`;
}

/** Whether `sender` may put this reason code into this packet. */
export function reasonCodeAllowed(code: number, packet: PacketTypeName, sender: Side): code is ReasonCode {
  const found = BY_CODE[code];
  if (found === undefined) return false;
  return (sender === 'client' ? found.fromClient : found.fromServer).includes(packet);
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
