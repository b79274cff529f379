// A link between a client and its broker that cuts what travels into pieces, and now and then the connection. Knows no MQTT.

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { Chance } from '../../crash/src/chance.ts';

const PIECE_BYTES_MAX = 200;
/** One connection in so many is cut, after so many bytes at the most. */
const CUT_SHARE = 0.4;
const CUT_BYTES_MAX = 20_000;

export class CuttingLink {
  readonly #server: Server;
  readonly #chance: Chance;
  readonly #sockets = new Set<Socket>();

  constructor(brokerPort: number, chance: Chance) {
    this.#chance = chance;
    this.#server = createServer((client) => this.#join(client, connect(brokerPort, '127.0.0.1')));
  }

  async listen(): Promise<number> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #join(client: Socket, broker: Socket): void {
    let left = this.#chance.happens(CUT_SHARE) ? this.#chance.between(1, CUT_BYTES_MAX) : Infinity;
    const cut = (): void => {
      client.destroy();
      broker.destroy();
    };
    const pass = (from: Socket, to: Socket): void => {
      this.#sockets.add(from);
      from.setNoDelay(true);
      from.on('data', (chunk) => {
        for (let at = 0; at < chunk.length && left > 0; ) {
          const piece = Math.min(this.#chance.between(1, PIECE_BYTES_MAX), chunk.length - at, left);
          to.write(chunk.subarray(at, at + piece));
          at += piece;
          left -= piece;
        }
        // What was passed on arrives before the cut.
        if (left <= 0) setImmediate(cut);
      });
      from.on('error', () => {});
      // A client that was killed has sent what it has sent.
      from.on('end', () => to.end());
      from.on('close', () => {
        this.#sockets.delete(from);
        to.destroySoon();
      });
    };
    pass(client, broker);
    pass(broker, client);
  }
}
