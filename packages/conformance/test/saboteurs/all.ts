/** Owns the list of all saboteurs, chapter by chapter. */

import { CONNECT } from './connect.ts';
import { DATA } from './data.ts';
import { MALFORMED } from './malformed.ts';
import { PING } from './ping.ts';
import type { Saboteurs, WatchSaboteurs } from './saboteurs.ts';
import { SESSION } from './session.ts';
import { SHARED } from './shared.ts';
import { RESUBSCRIBE, SUBACK, SUBACK_WATCHES, SUBSCRIBE } from './subscribe.ts';
import { TOPICS } from './topics.ts';
import { TRAFFIC } from './traffic.ts';
import { UNSUBACK, UNSUBACK_WATCHES, UNSUBSCRIBE } from './unsubscribe.ts';

const SUBSCRIPTIONS: Saboteurs = {
  ...SUBSCRIBE,
  ...RESUBSCRIBE,
  ...SUBACK,
  ...UNSUBSCRIBE,
  ...UNSUBACK,
  ...SESSION,
  ...TOPICS,
  ...SHARED,
};

export const SABOTEURS: Saboteurs = { ...DATA, ...CONNECT, ...SUBSCRIPTIONS, ...PING, ...MALFORMED };

export const WATCH_SABOTEURS: WatchSaboteurs = { ...SUBACK_WATCHES, ...UNSUBACK_WATCHES, ...TRAFFIC };
