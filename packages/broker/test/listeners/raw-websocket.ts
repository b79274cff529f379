/** Owns the bytes of a WebSocket client that may be as wrong as a test wants. */

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export const OPCODE = { more: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

export interface Frame {
  readonly opcode: number;
  readonly payload: Buffer;
}

interface Shape {
  readonly opcode?: number;
  readonly isLast?: boolean;
  readonly isMasked?: boolean;
  readonly reserved?: number;
  /** What the header announces; the payload's own unless it is given. */
  readonly length?: number;
}

/** [RFC 6455, 5.2] */
export function frame(payload: Uint8Array | string, shape: Shape = {}): Buffer {
  const { opcode = OPCODE.binary, isLast = true, isMasked = true, reserved = 0 } = shape;
  const data = Buffer.from(payload);
  const { length = data.length } = shape;
  const head = [(isLast ? 0x80 : 0) | reserved | opcode];
  const mask = isMasked ? 0x80 : 0;
  if (length < 126) head.push(mask | length);
  else if (length < 65_536) head.push(mask | 126, length >> 8, length & 0xff);
  else head.push(mask | 127, 0, 0, 0, 0, ...[24, 16, 8, 0].map((by) => (length >>> by) & 0xff));
  if (!isMasked) return Buffer.concat([Buffer.from(head), data]);
  const key = Buffer.of(1, 2, 3, 4);
  for (let i = 0; i < data.length; i++) data[i] = (data[i] as number) ^ (key[i % 4] as number);
  return Buffer.concat([Buffer.from(head), key, data]);
}

export const HEADERS: Readonly<Record<string, string>> = {
  Host: '127.0.0.1',
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Protocol': 'mqtt',
};

export function request(
  headers: Readonly<Record<string, string | undefined>> = {},
  first = 'GET /mqtt HTTP/1.1',
): string {
  const fields = Object.entries({ ...HEADERS, ...headers }).filter(([, value]) => value !== undefined);
  return [first, ...fields.map(([name, value]) => `${name}: ${value}`), '', ''].join('\r\n');
}

export class RawWebSocket {
  readonly socket: Socket;
  bytes: Buffer = Buffer.alloc(0);
  closed = false;
  #changed: () => void = () => undefined;

  constructor(port: number) {
    this.socket = connect({ host: '127.0.0.1', port, noDelay: true });
    this.socket.on('error', () => undefined);
    this.socket.on('data', (chunk) => {
      this.bytes = Buffer.concat([this.bytes, chunk]);
      this.#changed();
    });
    this.socket.on('close', () => {
      this.closed = true;
      this.#changed();
    });
  }

  /** Upgraded, and what was answered taken away. */
  static async open(port: number, headers: Parameters<typeof request>[0] = {}): Promise<RawWebSocket> {
    const raw = new RawWebSocket(port);
    await once(raw.socket, 'connect');
    raw.send(request(headers));
    await raw.head();
    return raw;
  }

  send(...data: readonly (Uint8Array | string)[]): this {
    for (const one of data) this.socket.write(one);
    return this;
  }

  /** The head of an HTTP answer. */
  async head(): Promise<string> {
    await this.until(() => this.bytes.includes('\r\n\r\n') || this.closed);
    const end = this.bytes.indexOf('\r\n\r\n');
    const head = this.bytes.subarray(0, end).toString();
    this.bytes = this.bytes.subarray(end + 4);
    return head;
  }

  /** The next frame of the server; undefined where it closed before. */
  async frame(): Promise<Frame | undefined> {
    await this.until(() => this.#length() !== undefined || this.closed);
    const length = this.#length();
    if (length === undefined) return undefined;
    const [opcode = 0] = this.bytes;
    const start = headBytes(this.bytes);
    const payload = this.bytes.subarray(start, length);
    this.bytes = this.bytes.subarray(length);
    if ((opcode & 0x80) === 0) throw new Error('the server sends fragments');
    return { opcode: opcode & 0x0f, payload };
  }

  /** The code that the server closed with. */
  async closeCode(): Promise<number | undefined> {
    for (;;) {
      const next = await this.frame();
      if (next === undefined) return undefined;
      if (next.opcode === OPCODE.close) return next.payload.readUInt16BE(0);
    }
  }

  async end(): Promise<void> {
    await this.until(() => this.closed);
  }

  async until(reached: () => boolean): Promise<void> {
    while (!reached()) {
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
  }

  /** Of the whole frame that comes next, if it is there. */
  #length(): number | undefined {
    const { bytes } = this;
    const start = headBytes(bytes);
    if (bytes.length < 2 || bytes.length < start) return undefined;
    const short = (bytes[1] as number) & 0x7f;
    const length =
      short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
    return bytes.length < start + length ? undefined : start + length;
  }
}

function headBytes(bytes: Buffer): number {
  const short = (bytes[1] ?? 0) & 0x7f;
  return short < 126 ? 2 : short === 126 ? 4 : 10;
}
