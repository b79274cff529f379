// What the standard calls each reason code. [5:2.4]

import type { PacketTypeName } from './packet-types.ts';
import type { ReasonCode } from './reason-codes.ts';

/** The standard's words. */
const TITLES: Readonly<Record<ReasonCode, string>> = {
  0: 'Success',
  1: 'Granted QoS 1',
  2: 'Granted QoS 2',
  4: 'Disconnect with Will Message',
  16: 'No matching subscribers',
  17: 'No subscription existed',
  24: 'Continue authentication',
  25: 'Re-authenticate',
  128: 'Unspecified error',
  129: 'Malformed Packet',
  130: 'Protocol Error',
  131: 'Implementation specific error',
  132: 'Unsupported Protocol Version',
  133: 'Client Identifier not valid',
  134: 'Bad User Name or Password',
  135: 'Not authorized',
  136: 'Server unavailable',
  137: 'Server busy',
  138: 'Banned',
  139: 'Server shutting down',
  140: 'Bad authentication method',
  141: 'Keep Alive timeout',
  142: 'Session taken over',
  143: 'Topic Filter invalid',
  144: 'Topic Name invalid',
  145: 'Packet Identifier in use',
  146: 'Packet Identifier not found',
  147: 'Receive Maximum exceeded',
  148: 'Topic Alias invalid',
  149: 'Packet too large',
  150: 'Message rate too high',
  151: 'Quota exceeded',
  152: 'Administrative action',
  153: 'Payload format invalid',
  154: 'Retain not supported',
  155: 'QoS not supported',
  156: 'Use another server',
  157: 'Server moved',
  158: 'Shared Subscriptions not supported',
  159: 'Connection rate exceeded',
  160: 'Maximum connect time',
  161: 'Subscription Identifiers not supported',
  162: 'Wildcard Subscriptions not supported',
};

/** The standard's words for a code, in the packet at hand: 0 is "Normal disconnection" in DISCONNECT. */
export function reasonTitle(code: number, packet?: PacketTypeName): string {
  if (code === 0 && packet === 'disconnect') return 'Normal disconnection';
  if (code === 0 && packet === 'suback') return 'Granted QoS 0';
  return TITLES[code as ReasonCode] ?? `Unknown reason code 0x${code.toString(16).padStart(2, '0')}`;
}
