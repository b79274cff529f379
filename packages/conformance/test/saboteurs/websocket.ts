/** Owns what breaks each check of WebSocket. */

import type { Saboteurs } from './saboteurs.ts';

export const WEBSOCKET: Saboteurs = {
  'websocket/selects-mqtt': { webSocket: 'selects-nothing' },
  'websocket/binary-frames': { webSocket: 'takes-text' },
  'websocket/frames-are-no-packets': { webSocket: 'takes-a-packet-a-frame' },
};
