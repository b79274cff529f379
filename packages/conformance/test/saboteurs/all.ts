/** Owns the list of all saboteurs, chapter by chapter. */

import { CONNECT } from './connect.ts';
import { DATA } from './data.ts';
import { MALFORMED } from './malformed.ts';
import { PING } from './ping.ts';
import type { Saboteurs, WatchSaboteurs } from './saboteurs.ts';
import { TRAFFIC } from './traffic.ts';

export const SABOTEURS: Saboteurs = { ...DATA, ...CONNECT, ...PING, ...MALFORMED };

export const WATCH_SABOTEURS: WatchSaboteurs = TRAFFIC;
