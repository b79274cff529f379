// A byte pipe over the WebSocket of browsers. Knows no MQTT. [5:6.0] [3.1.1:6.0]
// That WebSocket can neither be paused nor says when its peer takes bytes again: both are made up for here.

import { MqttError } from '@anax/protocol';
import type { Clock } from '../shell/clock.ts';
import { Gather } from '../shell/gather.ts';
import type { BytePipe, OpenPipe, PipeListener } from '../shell/pipe.ts';
import { type PlatformWebSocket, platform, type WebSocketConstructor } from './platform.ts';
import { Turn } from './turn.ts';

const OPEN = 1;
/** The connection ended without a word. */
const ABNORMAL = 1006;
/** What a client must offer. [5:MQTT-6.0.0-3] [3.1.1:MQTT-6.0.0-3] */
const SUBPROTOCOLS = ['mqtt'];
/** More that waits for the peer than this is congestion. */
const CONGESTED_BYTES = 256 * 1024;
/** How often a congested WebSocket is asked whether it still is. */
const DRAIN_POLL_MS = 10;
/** A page may give 1000 and its own codes only; 1003, which says this, is the platform's. */
const TEXT_CAME = 4003;

export interface WebSocketOptions {
  readonly clock: Clock;
  /** Bytes that are kept while the application does not take messages; with more the connection ends. */
  readonly receiveBufferBytesMax: number;
  /** Instead of the platform's. */
  readonly WebSocket: WebSocketConstructor | undefined;
}

export function webSocket(url: string, options: WebSocketOptions): OpenPipe {
  return (listener) => new WebSocketPipe(opened(url, options), url, options, listener);
}

/** @throws MqttError where the platform does not even try. */
function opened(url: string, options: WebSocketOptions): PlatformWebSocket {
  const { WebSocket = platform.WebSocket } = options;
  if (WebSocket === undefined) throw new MqttError('unreachable', 'this platform has no WebSocket');
  try {
    const ws = new WebSocket(url, SUBPROTOCOLS);
    ws.binaryType = 'arraybuffer';
    return ws;
  } catch (cause) {
    // A page that came over HTTPS opens no `ws://`.
    throw new MqttError('unreachable', `${url} may not be opened here: ${String(cause)}`, {}, { cause });
  }
}

class WebSocketPipe implements BytePipe {
  readonly #ws: PlatformWebSocket;
  readonly #url: string;
  readonly #options: WebSocketOptions;
  readonly #listener: PipeListener;
  readonly #turn = new Turn();
  readonly #gather: Gather;
  #paused = false;
  /** What has come while paused, in order, and the end behind it. */
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  #over: { readonly problem: MqttError | undefined } | undefined;
  #ending = false;
  #open = false;
  #polling = false;

  constructor(ws: PlatformWebSocket, url: string, options: WebSocketOptions, listener: PipeListener) {
    this.#ws = ws;
    this.#url = url;
    this.#options = options;
    this.#listener = listener;
    const write = (bytes: Uint8Array): boolean => {
      if (ws.readyState === OPEN) ws.send(bytes);
      return true;
    };
    this.#gather = new Gather(write, this.#turn.atEnd, () => listener.drained());
    ws.onopen = () => {
      this.#open = true;
      listener.opened();
    };
    ws.onmessage = ({ data }) => this.#came(data);
    // Browsers say this and then that; some platforms only this.
    ws.onerror = () => {
      if (!this.#open) this.#end(this.#explained(ABNORMAL, ''));
    };
    ws.onclose = ({ code, reason }) => this.#end(this.#explained(code, reason));
  }

  get congested(): boolean {
    const congested = this.bufferedBytes > CONGESTED_BYTES && !this.#ending;
    if (congested) this.#poll();
    return congested || this.#gather.full;
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
    this.#held = [];
    this.#ws.close();
    this.resume();
  }

  destroy(): void {
    this.#ending = true;
    this.#held = [];
    this.#over = undefined;
    this.#gather.clear();
    this.#detach();
    this.#ws.close();
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    // Not from within the call of a machine that has not resumed itself.
    queueMicrotask(this.#deliver);
  }

  #came(data: unknown): void {
    if (this.#ending) return;
    if (!(data instanceof ArrayBuffer)) {
      // [5:MQTT-6.0.0-1] [3.1.1:MQTT-6.0.0-1]
      const facts = { side: 'server', clause: '[5:MQTT-6.0.0-1]' } as const;
      this.#give(new MqttError('connection-lost', `${this.#url} sent a frame of text`, facts), TEXT_CAME);
      return;
    }
    // A frame is no packet. [5:MQTT-6.0.0-2] [3.1.1:MQTT-6.0.0-2]
    this.#held.push(new Uint8Array(data));
    this.#heldBytes += data.byteLength;
    this.#deliver();
    const { receiveBufferBytesMax } = this.#options;
    if (this.#heldBytes <= receiveBufferBytesMax) return;
    const message = `more than ${receiveBufferBytesMax} bytes have come that the application has not taken`;
    this.#give(new MqttError('receive-buffer-full', message));
  }

  /** In order, as long as they are taken; the end comes last. */
  #deliver = (): void => {
    while (!this.#paused) {
      const chunk = this.#held.shift();
      if (chunk === undefined) break;
      this.#heldBytes -= chunk.length;
      this.#listener.received(chunk);
    }
    const over = this.#over;
    if (over === undefined || this.#held.length > 0) return;
    this.#over = undefined;
    this.#listener.ended(over.problem);
  };

  /** Gives the connection up: nothing that is held helps any more. */
  #give(problem: MqttError, code?: number): void {
    this.#ending = true;
    this.#held = [];
    this.#ws.close(code);
    this.#end(problem);
  }

  #end(problem: MqttError | undefined): void {
    this.#detach();
    this.#over = { problem };
    this.#deliver();
  }

  #detach(): void {
    this.#ws.onopen = null;
    this.#ws.onmessage = null;
    this.#ws.onerror = null;
    this.#ws.onclose = null;
    this.#turn.close();
  }

  #poll(): void {
    if (this.#polling) return;
    this.#polling = true;
    this.#options.clock.after(DRAIN_POLL_MS, () => {
      this.#polling = false;
      if (!this.#ending && !this.congested) this.#listener.drained();
    });
  }

  #explained(code: number, reason: string): MqttError | undefined {
    if (this.#ending) return undefined;
    const facts = { side: 'server' } as const;
    if (this.#open) {
      const why = reason === '' ? '' : `: ${reason}`;
      return new MqttError('connection-lost', `${this.#url} closed the connection with ${code}${why}`, facts);
    }
    const from = platform.origin === undefined ? '' : `, or wants no page of ${platform.origin}`;
    const message = `${this.#url} could not be opened (${code}): nothing is there, or it has no trusted certificate, does not speak MQTT over WebSocket at this path${from}; browsers do not say which`;
    return new MqttError('unreachable', message, facts);
  }
}
