// The listeners of a broker: opened together, or not at all; and what arrives through one goes to its context.

import { MqttError } from '@anax/protocol';
import type { ListenerSettings } from '../config/settings.ts';
import type { Context } from '../connection/context.ts';
import type { Limits } from '../hub/limits.ts';
import type { Arrival, Listener } from '../listeners/listener.ts';
import { listenSentence, openListener } from '../listeners/open.ts';
import type { WebSocketLimits, WebSocketTaker } from '../listeners/ws.ts';
import type { Reception } from './reception.ts';

/** Beside the largest packet, in one message of WebSocket. */
const WEBSOCKET_ROOM_BYTES = 256 * 1024;

export class Doors {
  readonly open: Listener[] = [];
  readonly #reception: Reception;
  #closed = false;

  constructor(reception: Reception) {
    this.#reception = reception;
  }

  /** @throws MqttError `listen-failed` */
  async listen(settings: ListenerSettings, context: Context): Promise<void> {
    const taker: WebSocketTaker = {
      mayCome: () => this.#reception.mayCome(context, this.pending),
      arrived: (arrival) => this.accept(arrival, context),
    };
    const listener = await this.#opened(settings, taker);
    // Somebody may have closed them meanwhile.
    if (this.#closed) await listener.close();
    else this.open.push(listener);
  }

  async #opened({ options, limits }: ListenerSettings, taker: WebSocketTaker): Promise<Listener> {
    try {
      return await openListener(options, webSocketLimits(limits), this.#reception.shared, taker);
    } catch (cause) {
      throw new MqttError('listen-failed', listenSentence(options, cause), {}, { cause });
    }
  }

  accept(arrival: Arrival, context: Context): void {
    this.#reception.accept(arrival, context, this.pending);
  }

  /** Sockets that have come through a door and are no byte pipe yet. */
  get pending(): number {
    let pending = 0;
    for (const listener of this.open) pending += listener.pending;
    return pending;
  }

  /** Nobody comes in any more. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.open.map((listener) => listener.close()));
  }
}

/** Several packets may be in one message, which is taken as a whole. [5:MQTT-6.0.0-2] */
function webSocketLimits(limits: Limits): WebSocketLimits {
  return {
    upgradeTimeoutMs: limits.connectTimeoutMs,
    messageBytesMax: limits.maximumPacketSize + WEBSOCKET_ROOM_BYTES,
    unknownBytesMax: limits.connectPacketBytesMax + WEBSOCKET_ROOM_BYTES,
  };
}
