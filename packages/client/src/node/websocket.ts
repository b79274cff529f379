// A byte pipe over WebSocket, for Node. Knows no MQTT. [5:6.0] [3.1.1:6.0]

import { isIP, type Socket } from 'node:net';
import { MqttError } from '@anax/protocol';
import { WebSocket } from 'ws';
import { Gather } from '../shell/gather.ts';
import type { BytePipe, OpenPipe, PipeListener } from '../shell/pipe.ts';
import { explained } from './explain.ts';
import { type TlsOptions, targetText, type WebSocketTarget } from './target.ts';

/** What a client must offer. [5:MQTT-6.0.0-3] [3.1.1:MQTT-6.0.0-3] */
const SUBPROTOCOLS = ['mqtt'];
/** Not compressed: a small frame could stand for a large one, and messages are small or compressed by who sends them. */
const BINARY = { binary: true, compress: false } as const;
/** The largest packet, and others in the same message. [5:2.1.4] */
const MESSAGE_BYTES_MAX = 268_435_460 + 1024 * 1024;
/** With more than this outstanding a ping is left without its pong, so that pings fill no memory. */
const PONG_OUTSTANDING_BYTES_MAX = 16 * 1024;
const UNSUPPORTED_DATA = 1003;

type Lookup = (
  host: string,
  options: { readonly all?: boolean | undefined },
  found: (error: null, address: string | readonly object[], family?: number) => void,
) => void;

/** @param address where a look-up says that the host is; the handshake names the host. */
export function webSocket(
  target: WebSocketTarget,
  { alpnProtocols: _, ...options }: TlsOptions = {},
  address = target.host,
): OpenPipe {
  const family = isIP(address);
  const lookup: Lookup = (_host, { all }, found) =>
    all ? found(null, [{ address, family }]) : found(null, address, family);
  const facts = {
    ...options,
    ...(family === 0 ? {} : { lookup }),
    perMessageDeflate: false,
    autoPong: false,
    maxPayload: MESSAGE_BYTES_MAX,
  };
  return (listener) =>
    new WebSocketPipe(new WebSocket(targetText(target), SUBPROTOCOLS, facts), target, listener);
}

class WebSocketPipe implements BytePipe {
  readonly #ws: WebSocket;
  readonly #gather: Gather;
  #socket: Socket | undefined;
  #ending = false;
  #open = false;

  constructor(ws: WebSocket, target: WebSocketTarget, listener: PipeListener) {
    this.#ws = ws;
    const write = (bytes: Uint8Array): boolean => {
      if (ws.readyState === WebSocket.OPEN) ws.send(bytes, BINARY);
      // What is sent is masked into a copy, unless chance gives a mask of zeros.
      return ws.bufferedAmount === 0;
    };
    this.#gather = new Gather(write, setImmediate, () => listener.drained());
    let problem: MqttError | undefined;
    ws.on('upgrade', ({ socket }) => {
      this.#socket = socket;
      socket.setNoDelay(true);
      socket.on('drain', () => listener.drained());
    });
    ws.on('open', () => {
      this.#open = true;
      listener.opened();
    });
    ws.on('message', (data: Buffer, isBinary) => {
      if (problem !== undefined) return;
      // A frame is no packet. [5:MQTT-6.0.0-2] [3.1.1:MQTT-6.0.0-2]
      if (isBinary) return listener.received(data);
      problem = textCame(target);
      ws.close(UNSUPPORTED_DATA, 'MQTT travels in binary frames');
      this.#socket?.destroySoon();
    });
    ws.on('ping', (data) => {
      if (ws.bufferedAmount <= PONG_OUTSTANDING_BYTES_MAX) ws.pong(data);
    });
    ws.on('error', (error: NodeJS.ErrnoException) => {
      // To end before it is open is no problem of the server's.
      if (!this.#ending) problem ??= explained(error, target, this.#open);
    });
    ws.on('close', () => listener.ended(problem));
  }

  get congested(): boolean {
    return this.#gather.full || (this.#socket?.writableNeedDrain ?? false);
  }

  get bufferedBytes(): number {
    return this.#ws.bufferedAmount + this.#gather.used;
  }

  write(bytes: Uint8Array): void {
    if (!this.#ending) this.#gather.add(bytes);
  }

  end(): void {
    if (!this.#ending) this.#gather.flush();
    this.#ending = true;
    this.#ws.close();
    // Reads on, so that the peer's own end is seen.
    this.resume();
  }

  destroy(): void {
    this.#ending = true;
    this.#gather.clear();
    this.#ws.terminate();
  }

  pause(): void {
    if (this.#open) this.#ws.pause();
  }

  /** A handshake that was given up has no socket to resume: `ws` would throw. */
  resume(): void {
    if (this.#open) this.#ws.resume();
  }
}

/** [5:MQTT-6.0.0-1] [3.1.1:MQTT-6.0.0-1] */
function textCame(target: WebSocketTarget): MqttError {
  const facts = { side: 'server', clause: '[5:MQTT-6.0.0-1]' } as const;
  return new MqttError('connection-lost', `${targetText(target)} sent a frame of text`, facts);
}
