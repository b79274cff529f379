// WebSocket: takes HTTP requests for an upgrade, and hands on what is in the frames as byte pipes. Knows no MQTT.
// [5:6.0] [3.1.1:6.0]
//
// No compression (permessage-deflate is not offered): it costs each connection hundreds of KiB and every message CPU,
// a small frame can stand for a large one, and what two parties put into one stream can be guessed from its length.

import { createServer, type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import {
  type Acquaintance,
  type Arrival,
  authority,
  closed,
  isLoopback,
  type Listener,
  listening,
  plainAddress,
} from './listener.ts';
import { originAllowed } from './origins.ts';
import { WebSocketPipe } from './ws-pipe.ts';

export interface WebSocketListenerOptions {
  readonly protocol: 'ws';
  readonly name: string;
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** Of the URL: `/mqtt`. */
  readonly path: string;
  /** Pages that may connect beside those of the same host, see `origins.ts`. */
  readonly origins: readonly string[];
}

export interface WebSocketLimits {
  /** From the connection to the end of the upgrade, in ms. */
  readonly upgradeTimeoutMs: number;
  /** In one message, whatever number of frames it comes in; a larger one is closed with 1009. */
  readonly messageBytesMax: number;
  /** The same while nobody was let in. */
  readonly unknownBytesMax: number;
}

/** Who takes what arrives. */
export interface WebSocketTaker {
  /** False where no more sockets are taken that are nobody yet: the socket is closed at once. */
  mayCome(): boolean;
  arrived(arrival: Arrival): void;
}

/** Of one message: a frame of one byte costs far more than a byte. */
const FRAGMENTS_MAX = 16 * 1024;
/** How often it is looked who has taken too long, in ms. */
const LOOK_MS = 1000;

/**
 * Subprotocols, the best first. Clients of MQTT 3.1 offer the second, as the Paho client for JavaScript does; the
 * standard, which came later, has the first only.
 */
const SUBPROTOCOLS: readonly string[] = ['mqtt', 'mqttv3.1'];

/** Rejects with the system's error where the address cannot be listened on. */
export async function listenWebSocket(
  options: WebSocketListenerOptions,
  limits: WebSocketLimits,
  taker: WebSocketTaker,
): Promise<Listener> {
  const { host } = options;
  const loopback = isLoopback(host);
  const timeout = Math.max(1, limits.upgradeTimeoutMs);
  const server = createServer({
    noDelay: true,
    headersTimeout: timeout,
    requestTimeout: timeout,
    connectionsCheckingInterval: Math.min(timeout, LOOK_MS),
  });
  const upgrade = upgrader(limits);
  /** Sockets that are no WebSocket yet. */
  const pending = new Set<Duplex>();
  server.on('connection', (socket) => {
    if (!taker.mayCome()) return socket.destroy();
    pending.add(socket);
    socket.once('close', () => pending.delete(socket));
    return undefined;
  });
  server.on('request', (request, response) => answer(request, response, options.path));
  server.on('clientError', (error: NodeJS.ErrnoException, socket) =>
    refuse(socket, error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400),
  );
  server.on('upgrade', (request, duplex, head) => {
    const problem = problemOf(request, options, loopback);
    if (problem !== undefined) return refuse(duplex, ...problem);
    return upgrade(request, duplex as Socket, head, (arrival) => {
      pending.delete(duplex);
      taker.arrived({ ...arrival, loopback });
    });
  });
  const port = await listening(server, host, options.port);
  const url = `ws://${authority(host, port)}${options.path}`;
  const close = (): Promise<void> => {
    const end = closed(server);
    for (const socket of pending) socket.destroy();
    return end;
  };
  return {
    name: options.name,
    protocol: 'ws',
    host,
    port,
    url,
    loopback,
    get pending() {
      return pending.size;
    },
    close,
  };
}

type Upgrade = (
  request: IncomingMessage,
  socket: Socket,
  head: Buffer,
  upgraded: (arrival: Omit<Arrival, 'loopback'>) => void,
) => void;

function upgrader({ messageBytesMax, unknownBytesMax }: WebSocketLimits): Upgrade {
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    autoPong: false,
    maxPayload: messageBytesMax,
    maxFragments: FRAGMENTS_MAX,
    // [5:MQTT-6.0.0-4] [3.1.1:MQTT-6.0.0-4]
    handleProtocols: (offered) => SUBPROTOCOLS.find((name) => offered.has(name)) ?? false,
  });
  return (request, socket, head, upgraded) => {
    const address = plainAddress(socket.remoteAddress);
    server.handleUpgrade(request, socket, head, (ws) => {
      const acquaintance: Acquaintance = { isKnown: () => false };
      const duplex = new WebSocketPipe(socket, ws, acquaintance, unknownBytesMax);
      upgraded({ duplex, address, acquaintance });
    });
  };
}

type Problem = readonly [status: number, text?: string];

/** Why a request for an upgrade is refused; what only WebSocket asks of it is checked later. */
function problemOf(
  { headers, url }: IncomingMessage,
  { path, origins }: WebSocketListenerOptions,
  loopback: boolean,
): Problem | undefined {
  if (pathOf(url) !== path) return [404];
  if (headers.upgrade?.toLowerCase() !== 'websocket') return [426, WEBSOCKET_ONLY];
  if (!originAllowed(headers.origin, headers.host, origins, loopback)) {
    return [403, 'pages of this origin may not connect: the setting `origins` of the listener names others'];
  }
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
  // [5:6.0] [3.1.1:6.0]
  if (!SUBPROTOCOLS.some((name) => offered.includes(name)))
    return [400, 'the subprotocol mqtt must be offered'];
  return undefined;
}

const WEBSOCKET_ONLY = 'MQTT over WebSocket is spoken here';

function pathOf(url = ''): string {
  return url.split('?', 1)[0] ?? '';
}

/** What is no upgrade. */
function answer(request: IncomingMessage, response: ServerResponse, path: string): void {
  const here = pathOf(request.url) === path;
  response.writeHead(here ? 426 : 404, {
    connection: here ? 'Upgrade, close' : 'close',
    'content-type': 'text/plain',
    ...(here ? { upgrade: 'websocket' } : {}),
  });
  response.end(here ? `${WEBSOCKET_ONLY}\n` : 'Not Found\n');
}

/** Says why, and cuts. */
function refuse(socket: Duplex, status: number, text = STATUS_CODES[status] ?? ''): void {
  socket.on('error', () => undefined);
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const body = `${text}\n`;
  const upgrade = status === 426 ? 'Upgrade: websocket\r\n' : '';
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\n${upgrade}`;
  const lengths = `Content-Type: text/plain\r\nContent-Length: ${body.length}\r\n\r\n`;
  socket.end(head + lengths + body, () => socket.destroy());
}
