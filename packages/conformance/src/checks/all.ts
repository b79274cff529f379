// Every check and every watch there is, in the order of the standard.

import { AUTH } from './auth.ts';
import type { Check, Watch } from './check.ts';
import { CLEAN_START } from './clean-start.ts';
import { CLIENT_ID } from './client-id.ts';
import { CLIENT_LIMITS } from './client-limits.ts';
import { CONNACK, CONNACK_WATCHES } from './connack.ts';
import { CONNECT } from './connect.ts';
import { DATA } from './data.ts';
import { DENIED } from './denied.ts';
import { DISCONNECT, DISCONNECT_WATCHES } from './disconnect.ts';
import { ERRORS } from './errors.ts';
import { KEEP_ALIVE } from './keep-alive.ts';
import { LIMITED } from './limited.ts';
import { MALFORMED } from './malformed.ts';
import { MESSAGE_WATCHES, MESSAGES } from './messages.ts';
import { NETWORK } from './network.ts';
import { PACKET_ID } from './packet-id.ts';
import { PING } from './ping.ts';
import { REFUSED } from './refused.ts';
import { RESUBSCRIBE } from './resubscribe.ts';
import { SERVER_LIMITS } from './server-limits.ts';
import { SESSION } from './session.ts';
import { SHARED } from './shared.ts';
import { SUBACK, SUBACK_WATCHES } from './suback.ts';
import { SUBSCRIBE } from './subscribe.ts';
import { TOPICS } from './topics.ts';
import { TRAFFIC } from './traffic.ts';
import { UNSUBACK, UNSUBACK_WATCHES } from './unsuback.ts';
import { UNSUBSCRIBE } from './unsubscribe.ts';
import { WEBSOCKET } from './websocket.ts';
import { WILL } from './will.ts';
import { WILL_PROPERTIES } from './will-properties.ts';

/** [5:3.8] to [5:3.11], [5:4.1], [5:4.7] and [5:4.8]. */
const SUBSCRIPTIONS: readonly Check[] = [
  ...SUBSCRIBE,
  ...RESUBSCRIBE,
  ...SUBACK,
  ...UNSUBSCRIBE,
  ...UNSUBACK,
  ...SESSION,
  ...TOPICS,
  ...SHARED,
];

/** What needs settings of the broker. */
const CONFIGURED: readonly Check[] = [...REFUSED, ...LIMITED, ...DENIED];

/** [5:3.14], [5:3.15], [5:4.2], [5:4.12], [5:4.13] and [5:6.0]. */
const CONNECTIONS: readonly Check[] = [...DISCONNECT, ...NETWORK, ...AUTH, ...ERRORS, ...WEBSOCKET];

export const CHECKS: readonly Check[] = [
  ...DATA,
  ...PACKET_ID,
  ...CONNECT,
  ...CLEAN_START,
  ...WILL,
  ...WILL_PROPERTIES,
  ...KEEP_ALIVE,
  ...CLIENT_LIMITS,
  ...CLIENT_ID,
  ...CONNACK,
  ...SERVER_LIMITS,
  ...MESSAGES,
  ...SUBSCRIPTIONS,
  ...PING,
  ...CONFIGURED,
  ...CONNECTIONS,
  ...MALFORMED,
];

export const WATCHES: readonly Watch[] = [
  ...CONNACK_WATCHES,
  ...MESSAGE_WATCHES,
  ...SUBACK_WATCHES,
  ...UNSUBACK_WATCHES,
  ...DISCONNECT_WATCHES,
  ...TRAFFIC,
];
