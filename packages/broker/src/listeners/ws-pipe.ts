// One WebSocket as a byte pipe: what is in its binary frames, and back-pressure both ways. Knows no MQTT.
// A frame is no packet: several, or a part of one, may be in it. [5:MQTT-6.0.0-2] [3.1.1:MQTT-6.0.0-2]

import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { WebSocket } from 'ws';
import type { Acquaintance } from './listener.ts';

const CLOSE = { normal: 1000, unsupportedData: 1003, policyViolation: 1008, tooBig: 1009 } as const;

/** Compression is off: see `ws.ts`. */
const BINARY = { binary: true, compress: false } as const;
const READ_BYTES = 64 * 1024;
/** With more than this outstanding a ping is left without its pong, so that pings fill no memory. */
const PONG_OUTSTANDING_BYTES_MAX = 16 * 1024;
/** Pings and empty messages within a minute: they bring nothing, and keep the broker busy. */
const EMPTY_PER_MINUTE_MAX = 1000;
const MINUTE_MS = 60_000;

export class WebSocketPipe extends Duplex {
  readonly #socket: Socket;
  readonly #ws: WebSocket;
  readonly #acquaintance: Acquaintance;
  readonly #unknownBytesMax: number;
  /** Came and is in no message yet. */
  #unfinishedBytes = 0;
  #empty = 0;
  /** Since when they are counted. */
  #emptySince = 0;
  #held = false;
  #through = false;

  /**
   * @param ws upgraded, made with `autoPong: false`
   * @param unknownBytesMax of a message that is not complete, while the peer is not known
   */
  constructor(socket: Socket, ws: WebSocket, acquaintance: Acquaintance, unknownBytesMax: number) {
    super({ readableHighWaterMark: READ_BYTES });
    this.#socket = socket;
    this.#ws = ws;
    this.#acquaintance = acquaintance;
    this.#unknownBytesMax = unknownBytesMax;
    ws.on('message', (data: Buffer, isBinary) => this.#message(data, isBinary));
    // Only the latest needs an answer [RFC 6455, 5.5.3].
    ws.on('ping', (data) => {
      this.#countEmpty();
      if (socket.writableLength <= PONG_OUTSTANDING_BYTES_MAX) ws.pong(data);
    });
    // It has closed with the code that fits; what is under way for the peer is sent before the end.
    ws.on('error', () => this.#end());
    ws.on('close', (code) => {
      // Without a closing handshake: as a socket that is reset.
      if (code === 1006) this.destroy();
      else this.#end();
    });
    socket.on('data', this.#watch);
  }

  #message(data: Buffer, isBinary: boolean): void {
    this.#unfinishedBytes = 0;
    if (this.#through) return;
    // [5:MQTT-6.0.0-1] [3.1.1:MQTT-6.0.0-1]
    if (!isBinary) return this.#refuse(CLOSE.unsupportedData, 'MQTT travels in binary frames');
    if (this.#acquaintance.isKnown()) this.#socket.off('data', this.#watch);
    if (data.length === 0) return this.#countEmpty();
    if (this.push(data) || this.#held) return;
    this.#held = true;
    this.#ws.pause();
  }

  #countEmpty(): void {
    const now = performance.now();
    if (now - this.#emptySince > MINUTE_MS) {
      this.#emptySince = now;
      this.#empty = 0;
    }
    this.#empty += 1;
    if (this.#empty > EMPTY_PER_MINUTE_MAX && !this.#through)
      this.#refuse(CLOSE.policyViolation, 'too many frames that hold nothing');
  }

  #watch = ({ length }: Uint8Array): void => {
    this.#unfinishedBytes += length;
    if (this.#unfinishedBytes <= this.#unknownBytesMax || this.#through) return;
    if (this.#acquaintance.isKnown()) this.#socket.off('data', this.#watch);
    else this.#refuse(CLOSE.tooBig, 'too large before CONNECT');
  };

  #refuse(code: number, reason: string): void {
    this.#ws.close(code, reason);
    this.#end();
  }

  /** Nothing more is read. */
  #end(): void {
    if (this.#through) return;
    this.#through = true;
    this.#socket.off('data', this.#watch);
    this.push(null);
  }

  override _read(): void {
    if (!this.#held) return;
    this.#held = false;
    this.#ws.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#send(chunk, done);
  }

  /** A frame for each, in one system call. */
  override _writev(
    chunks: readonly { readonly chunk: Buffer }[],
    done: (error?: Error | null) => void,
  ): void {
    const last = chunks.length - 1;
    this.#socket.cork();
    for (let i = 0; i < last; i++) this.#ws.send((chunks[i] as { readonly chunk: Buffer }).chunk, BINARY);
    this.#send((chunks[last] as { readonly chunk: Buffer }).chunk, done, () => this.#socket.uncork());
  }

  /** Done once the kernel has it all, on the spot where it takes it at once: whoever wrote may use its memory again. */
  #send(chunk: Buffer, done: () => void, written: () => void = () => undefined): void {
    let waits = false;
    this.#ws.send(chunk, BINARY, () => {
      if (waits) done();
    });
    written();
    waits = this.#socket.writableLength > 0 && this.#ws.readyState === WebSocket.OPEN;
    if (!waits) done();
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#ws.close(CLOSE.normal);
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#through = true;
    this.#ws.terminate();
    done(error);
  }
}
