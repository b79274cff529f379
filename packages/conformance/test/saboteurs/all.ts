/** Owns the list of all saboteurs, chapter by chapter. */

import { AUTH } from './auth.ts';
import { CLEAN_START } from './clean-start.ts';
import { CLIENT_ID } from './client-id.ts';
import { CONFIGURED } from './configured.ts';
import { CONNACK, CONNACK_WATCHES } from './connack.ts';
import { CONNECT } from './connect.ts';
import { DATA } from './data.ts';
import { DISCONNECT, DISCONNECT_WATCHES } from './disconnect.ts';
import { CLIENT_LIMITS, KEEP_ALIVE, SERVER_LIMITS } from './limits.ts';
import { MALFORMED } from './malformed.ts';
import { MESSAGE_WATCHES, MESSAGES } from './messages.ts';
import { PACKET_ID } from './packet-id.ts';
import { PING } from './ping.ts';
import type { Saboteurs, WatchSaboteurs } from './saboteurs.ts';
import { SESSION } from './session.ts';
import { SHARED } from './shared.ts';
import { RESUBSCRIBE, SUBACK, SUBACK_WATCHES, SUBSCRIBE } from './subscribe.ts';
import { TOPICS } from './topics.ts';
import { TRAFFIC } from './traffic.ts';
import { UNSUBACK, UNSUBACK_WATCHES, UNSUBSCRIBE } from './unsubscribe.ts';
import { WEBSOCKET } from './websocket.ts';
import { WILL, WILL_PROPERTIES } from './will.ts';

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

export const SABOTEURS: Saboteurs = {
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
  ...DISCONNECT,
  ...AUTH,
  ...WEBSOCKET,
  ...MALFORMED,
};

export const WATCH_SABOTEURS: WatchSaboteurs = {
  ...CONNACK_WATCHES,
  ...MESSAGE_WATCHES,
  ...SUBACK_WATCHES,
  ...UNSUBACK_WATCHES,
  ...DISCONNECT_WATCHES,
  ...TRAFFIC,
};
