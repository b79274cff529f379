/** Owns the shape of the tables that say what breaks each check. */

import type { Saboteur } from '../support/saboteur.ts';
import type { WebSocketTrick } from '../support/websocket.ts';

/** A listener for WebSocket that does something wrong, instead of something between the audit and the broker. */
export interface WebSocketSaboteur {
  readonly webSocket: WebSocketTrick;
}

/** By the name of the check. */
export type Saboteurs = Readonly<Record<string, Saboteur | WebSocketSaboteur>>;

/** By the name of the watch: what breaks it, and the checks whose traffic shows it. */
export type WatchSaboteurs = Readonly<
  Record<string, { readonly saboteur: Saboteur; readonly during: readonly string[] }>
>;
