// Every check and every watch there is, in the order of the standard.

import type { Check, Watch } from './check.ts';
import { CLEAN_START } from './clean-start.ts';
import { CLIENT_ID } from './client-id.ts';
import { CLIENT_LIMITS } from './client-limits.ts';
import { CONNACK, CONNACK_WATCHES } from './connack.ts';
import { CONNECT } from './connect.ts';
import { DATA } from './data.ts';
import { KEEP_ALIVE } from './keep-alive.ts';
import { MALFORMED } from './malformed.ts';
import { MESSAGE_WATCHES, MESSAGES } from './messages.ts';
import { PACKET_ID } from './packet-id.ts';
import { PING } from './ping.ts';
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
  ...MALFORMED,
];

export const WATCHES: readonly Watch[] = [
  ...CONNACK_WATCHES,
  ...MESSAGE_WATCHES,
  ...SUBACK_WATCHES,
  ...UNSUBACK_WATCHES,
  ...TRAFFIC,
];
