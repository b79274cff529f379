// A wire between a client and a server that can be listened to and cut.

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { atEnd } from './at-end.ts';

export class Wire {
  readonly port: number;
  readonly #parts: Part[];

  constructor(port: number, parts: Part[]) {
    this.port = port;
    this.#parts = parts;
  }

  /** All bytes since the beginning, of the only connection. */
  bytes(from: 'client' | 'server'): Buffer {
    return Buffer.concat(this.#parts[0]?.[from] ?? []);
  }

  /** Both ends see a connection that breaks. */
  cut(): void {
    for (const { sockets } of this.#parts) for (const socket of sockets) socket.resetAndDestroy();
  }
}

interface Part {
  readonly sockets: readonly Socket[];
  readonly client: Buffer[];
  readonly server: Buffer[];
}

export async function startWire(to: number): Promise<Wire> {
  const parts: Part[] = [];
  const server = createServer((near) => {
    const far = connect(to, '127.0.0.1');
    const part: Part = { sockets: [near, far], client: [], server: [] };
    parts.push(part);
    near.on('data', (chunk: Buffer) => part.client.push(chunk));
    far.on('data', (chunk: Buffer) => part.server.push(chunk));
    for (const socket of part.sockets) socket.on('error', () => undefined);
    near.pipe(far).pipe(near);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const wire = new Wire((server.address() as AddressInfo).port, parts);
  atEnd(() => {
    wire.cut();
    server.close();
  });
  return wire;
}
