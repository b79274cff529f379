// A client that fills a broker or feeds another client: a socket behind CONNACK. Connecting it is not measured.

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type ConnectPacket, type Dialect, encodePacket, NO_PROPERTIES } from '@anax/protocol';

export function connectPacket(dialect: Dialect, clientId: string): ConnectPacket {
  return {
    type: 'connect',
    dialect,
    cleanStart: true,
    keepAlive: 0,
    clientId,
    userName: undefined,
    password: undefined,
    will: undefined,
    properties: NO_PROPERTIES,
  };
}

export async function plainClient(port: number, dialect: Dialect, clientId: string): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  socket.write(encodePacket(connectPacket(dialect, clientId), dialect));
  await once(socket, 'data');
  return socket;
}
