// A connection over WebSocket as a byte stream, with what MQTT asks of its frames to be seen: which subprotocol was
// selected, and whether frames are binary. Knows no MQTT. [5:6.0] [3.1.1:6.0]

import type { Duplex } from 'node:stream';
import { createWebSocketStream, WebSocket } from 'ws';
import { Unsuitable } from './broken.ts';

export interface WebSocketLink {
  /** Each write is one binary frame. */
  readonly duplex: Duplex;
  readonly sendText: (text: string) => void;
  /** A frame came that was none of bytes. */
  readonly textCame: () => boolean;
}

export interface Handshake {
  /** What the server selected of the subprotocols offered. */
  readonly selected: string | undefined;
  /** Undefined where the handshake failed for the subprotocol. */
  readonly link: WebSocketLink | undefined;
}

const OPEN_TIMEOUT_MS = 10_000;

/** @throws Unsuitable where there is no WebSocket server: the option is wrong, and no word on the broker. */
export function openWebSocket(url: string, offered: readonly string[]): Promise<Handshake> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, [...offered], { handshakeTimeout: OPEN_TIMEOUT_MS });
    let selected: string | undefined;
    let upgraded = false;
    socket.once('upgrade', ({ headers }) => {
      upgraded = true;
      selected = headers['sec-websocket-protocol'];
    });
    socket.on('error', (error) => {
      if (upgraded) resolve({ selected, link: undefined });
      else reject(new Unsuitable('skipped', `${url} takes no WebSocket: ${error.message}`));
    });
    socket.once('open', () => resolve({ selected, link: linkOver(socket) }));
  });
}

function linkOver(socket: WebSocket): WebSocketLink {
  let textCame = false;
  socket.on('message', (_data, isBinary) => {
    textCame ||= !isBinary;
  });
  const duplex = createWebSocketStream(socket);
  return { duplex, sendText: (text) => socket.send(text), textCame: () => textCame };
}
