/** Owns a listener for WebSocket before our broker that can be made to do one thing wrong, as the broker's own cannot. */

import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { duplexPair } from 'node:stream';
import type { Broker } from '@anax/broker';
import { type WebSocket, WebSocketServer } from 'ws';

/** What it does wrong. */
export type WebSocketTrick = 'selects-nothing' | 'takes-text' | 'takes-a-packet-a-frame';

export interface WebSocketListener {
  readonly url: (trick?: WebSocketTrick) => string;
  readonly close: () => Promise<void>;
}

export async function startWebSocket(broker: Broker): Promise<WebSocketListener> {
  const server = new WebSocketServer({
    host: '127.0.0.1',
    port: 0,
    handleProtocols: (offered, { url }) =>
      offered.has('mqtt') && trickIn(url) !== 'selects-nothing' ? 'mqtt' : false,
  });
  server.on('connection', (socket, { url }) => couple(socket, broker, trickIn(url)));
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: (trick) => `ws://127.0.0.1:${port}/${trick ?? ''}`,
    close: async () => {
      for (const socket of server.clients) socket.terminate();
      server.close();
      await once(server, 'close');
    },
  };
}

function trickIn(url = '/'): string {
  return url.slice(1);
}

/** [5:MQTT-6.0.0-1] [5:MQTT-6.0.0-2] */
function couple(socket: WebSocket, broker: Broker, trick: string): void {
  const [near, far] = duplexPair();
  broker.accept(far, { address: '127.0.0.1', loopback: true });
  socket.on('message', (data: Buffer, isBinary) => {
    const whole = data.length > 1 && data.length === 2 + (data[1] ?? 0);
    if (!isBinary && trick !== 'takes-text') socket.close(1003);
    else if (trick === 'takes-a-packet-a-frame' && !whole) socket.close(1007);
    else near.write(data);
  });
  socket.on('close', () => near.destroy());
  socket.on('error', () => near.destroy());
  near.on('data', (chunk: Uint8Array) => socket.send(chunk, { binary: true }));
  near.on('end', () => socket.close());
  near.on('error', () => {});
}
