// WebSocket: takes HTTP requests for an upgrade, and hands on what is in the frames as byte pipes. Knows no MQTT.
// [5:6.0] [3.1.1:6.0]
//
// No compression (permessage-deflate is not offered): it costs each connection hundreds of KiB and every message CPU,
// a small frame can stand for a large one, and what two parties put into one stream can be guessed from its length.

import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { AddressSet } from './addresses.ts';
import { forwardedAddress, isForwarded } from './forwarded.ts';
import { type Gate, type GateOptions, openGate } from './gate.ts';
import { Handshakes } from './handshakes.ts';
import { type Acquaintance, type Arrival, authority, type Listener, type Taker } from './listener.ts';
import { originAllowed } from './origins.ts';
import type { TlsOptions } from './secrets.ts';
import type { Visit } from './visit.ts';
import { WebSocketPipe } from './ws-pipe.ts';

interface WebSocketPlace extends GateOptions {
  readonly name: string;
  /** Of the URL: `/mqtt`. */
  readonly path: string;
  /** Pages that may connect beside those of the same host, see `origins.ts`. */
  readonly origins: readonly string[];
  /** Addresses and ranges of proxies whose `X-Forwarded-For` is believed. */
  readonly forwardedFor?: readonly string[] | undefined;
}

export interface WebSocketListenerOptions extends WebSocketPlace {
  readonly protocol: 'ws';
}

export interface SecureWebSocketListenerOptions extends WebSocketPlace {
  readonly protocol: 'wss';
  readonly tls: TlsOptions;
}

export interface WebSocketLimits {
  /** From the connection to the end of the upgrade, TLS and the header of a proxy included, in ms. */
  readonly upgradeTimeoutMs: number;
  /** In one message, whatever number of frames it comes in; a larger one is closed with 1009. */
  readonly messageBytesMax: number;
  /** The same while nobody was let in. */
  readonly unknownBytesMax: number;
}

/** Of one message: a frame of one byte costs far more than a byte. */
const FRAGMENTS_MAX = 16 * 1024;

/**
 * Subprotocols, the best first. Clients of MQTT 3.1 offer the second, as the Paho client for JavaScript does; the
 * standard, which came later, has the first only.
 */
const SUBPROTOCOLS: readonly string[] = ['mqtt', 'mqttv3.1'];

/** Gives a socket to the server of HTTP that it is for. */
type Hall = (visit: Visit) => void;

/**
 * Rejects with the system's error where the address cannot be listened on, with a SecretsFault where a file is not good.
 */
export async function listenWebSocket(
  options: WebSocketListenerOptions | SecureWebSocketListenerOptions,
  limits: WebSocketLimits,
  taker: Taker,
): Promise<Listener> {
  const { protocol, name, host, path } = options;
  /** Who has come as far as HTTP. */
  const inside = new WeakMap<Duplex, Visit>();
  const entered = (visit: Visit): void => {
    inside.set(visit.socket, visit);
  };
  const { hall, server, secrets } =
    options.protocol === 'ws' ? plainHall(entered) : secureHall(options.tls, taker, entered);
  const late = ({ raw, socket }: Visit): void => {
    if (inside.has(socket)) refuse(socket, 408);
    else raw.destroy();
  };
  const gate = await openGate(options, limits.upgradeTimeoutMs, taker, hall, late);
  server.on('request', (request, response) => answer(request, response, path));
  server.on('clientError', (_error, socket) => {
    if (inside.has(socket)) refuse(socket, 400);
    else socket.destroy();
  });
  server.on('upgrade', upgraded(options, limits, taker, gate, inside));
  const { port, loopback, waiting, close } = gate;
  return {
    protocol,
    name,
    host,
    port,
    url: `${protocol}://${authority(host, port)}${path}`,
    loopback,
    get pending() {
      return waiting.size;
    },
    secrets,
    close,
  };
}

interface Halls {
  readonly server: Server;
  readonly hall: Hall;
  readonly secrets?: Handshakes;
}

/** The gate has the one deadline. */
const WITHOUT_TIMEOUTS = { headersTimeout: 0, requestTimeout: 0 } as const;

function plainHall(entered: (visit: Visit) => void): Halls {
  const server = createServer(WITHOUT_TIMEOUTS);
  const hall = (visit: Visit): void => {
    entered(visit);
    server.emit('connection', visit.raw);
    visit.raw.resume();
  };
  return { server, hall };
}

/** Browsers offer what they speak over TLS: HTTP. */
const ALPN_PROTOCOLS = ['http/1.1'];

function secureHall(tls: TlsOptions, taker: Taker, entered: (visit: Visit) => void): Halls {
  const servers: Server[] = [];
  const create: ConstructorParameters<typeof Handshakes>[2] = (options) => {
    const server = createSecureServer({ ...options, ...WITHOUT_TIMEOUTS });
    servers.push(server as unknown as Server);
    return server;
  };
  const secrets = new Handshakes(tls, ALPN_PROTOCOLS, create, taker, entered);
  return { server: servers[0] as Server, hall: (visit) => secrets.begin(visit), secrets };
}

type OnUpgrade = (request: IncomingMessage, duplex: Duplex, head: Buffer) => void;

function upgraded(
  options: WebSocketListenerOptions | SecureWebSocketListenerOptions,
  limits: WebSocketLimits,
  taker: Taker,
  gate: Gate,
  inside: WeakMap<Duplex, Visit>,
): OnUpgrade {
  const upgrade = upgrader(limits);
  const proxies = new AddressSet(options.forwardedFor ?? []);
  return (request, duplex, head) => {
    const visit = inside.get(duplex);
    if (visit === undefined) return duplex.destroy();
    const { headers } = request;
    const address = forwardedAddress(headers, visit.address, proxies);
    if (address === undefined) return refuse(duplex, 400, 'X-Forwarded-For holds what is no address');
    // A proxy on this machine makes nobody else local, whether it is believed or not.
    const loopback = visit.loopback && !isForwarded(headers) && !proxies.has(visit.address);
    const problem = problemOf(request, options, gate.loopback);
    if (problem !== undefined) return refuse(duplex, ...problem);
    return upgrade(request, duplex as Socket, head, (pipe) => {
      gate.waiting.delete(visit);
      const { certificate, pskIdentity } = visit;
      const isAnnounced = address === visit.address;
      taker.arrived({ ...pipe, address, loopback, certificate, pskIdentity, isAnnounced });
    });
  };
}

type Upgrade = (
  request: IncomingMessage,
  socket: Socket,
  head: Buffer,
  upgraded: (pipe: Pick<Arrival, 'duplex' | 'acquaintance'>) => void,
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
    server.handleUpgrade(request, socket, head, (ws) => {
      const acquaintance: Acquaintance = { isKnown: () => false };
      const duplex = new WebSocketPipe(socket, ws, acquaintance, unknownBytesMax);
      upgraded({ duplex, acquaintance });
    });
  };
}

type Problem = readonly [status: number, text?: string];

/** Why a request for an upgrade is refused; what only WebSocket asks of it is checked later. */
function problemOf(
  { headers, url }: IncomingMessage,
  { path, origins }: WebSocketPlace,
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
