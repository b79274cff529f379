// Every check and every watch there is, in the order of the standard.

import type { Check, Watch } from './check.ts';
import { CONNECT } from './connect.ts';
import { DATA } from './data.ts';
import { MALFORMED } from './malformed.ts';
import { PING } from './ping.ts';
import { RESUBSCRIBE } from './resubscribe.ts';
import { SESSION } from './session.ts';
import { SHARED } from './shared.ts';
import { SUBACK, SUBACK_WATCHES } from './suback.ts';
import { SUBSCRIBE } from './subscribe.ts';
import { TOPICS } from './topics.ts';
import { TRAFFIC } from './traffic.ts';
import { UNSUBACK, UNSUBACK_WATCHES } from './unsuback.ts';
import { UNSUBSCRIBE } from './unsubscribe.ts';

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

export const CHECKS: readonly Check[] = [...DATA, ...CONNECT, ...SUBSCRIPTIONS, ...PING, ...MALFORMED];

export const WATCHES: readonly Watch[] = [...SUBACK_WATCHES, ...UNSUBACK_WATCHES, ...TRAFFIC];
