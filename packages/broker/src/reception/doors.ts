// The listeners of a broker: what arrives through one goes to its context. Opened, replaced and closed in steps that can be
// taken back.

import { MqttError } from '@anax/protocol';
import type { ListenerSettings } from '../config/settings.ts';
import type { Context } from '../connection/context.ts';
import type { Limits } from '../hub/limits.ts';
import type { Note } from '../hub/notes.ts';
import type { Arrival, Listener, Taker } from '../listeners/listener.ts';
import { listenSentence, openListener } from '../listeners/open.ts';
import { SecretsFault } from '../listeners/secrets-fault.ts';
import type { WebSocketLimits } from '../listeners/ws.ts';
import { Certificates } from './certificates.ts';
import { now } from './clock.ts';
import type { Reception } from './reception.ts';

/** Beside the largest packet, in one message of WebSocket. */
const WEBSOCKET_ROOM_BYTES = 256 * 1024;

export interface Door {
  readonly settings: ListenerSettings;
  readonly context: Context;
  readonly listener: Listener;
}

export class Doors {
  #doors: readonly Door[] = [];
  readonly certificates: Certificates;
  readonly #reception: Reception;
  #closed = false;

  constructor(reception: Reception, note: (note: Note) => void) {
    this.#reception = reception;
    this.certificates = new Certificates(() => this.open, note);
  }

  get all(): readonly Door[] {
    return this.#doors;
  }

  get open(): readonly Listener[] {
    return this.#doors.map(({ listener }) => listener);
  }

  /** Opens one more. @throws MqttError `listen-failed`, `invalid-configuration` where a file of a certificate or key is not good */
  async listen(settings: ListenerSettings, context: Context): Promise<void> {
    const door = await this.opened(settings, context);
    // Somebody may have closed them meanwhile.
    if (this.#closed) await door.listener.close();
    else this.#doors = [...this.#doors, door];
  }

  /** A door that is open and belongs to nobody yet. @throws as `listen` */
  async opened(settings: ListenerSettings, context: Context): Promise<Door> {
    const taker: Taker = {
      mayCome: () => this.#reception.mayCome(context, this.pending),
      mayComeFrom: (address) => context.guard.mayCome(address, now()),
      arrived: (arrival) => this.accept(arrival, context),
      refused: (address, text) => {
        if (!context.guard.lines.may('arrival-refused', address, now())) return;
        context.hub.note({ event: 'arrival-refused', text, address, listener: context.listener.name });
      },
    };
    const { options, limits } = settings;
    try {
      const listener = await openListener(options, webSocketLimits(limits), this.#reception.shared, taker);
      return { settings, context, listener };
    } catch (cause) {
      const code = cause instanceof SecretsFault ? 'invalid-configuration' : 'listen-failed';
      throw new MqttError(code, listenSentence(options, cause), {}, { cause });
    }
  }

  /** These instead of those that were; who opens and closes them is the caller. False where all have been closed. */
  set(doors: readonly Door[]): boolean {
    if (this.#closed) return false;
    this.#doors = doors;
    return true;
  }

  accept(arrival: Arrival, context: Context): void {
    this.#reception.accept(arrival, context, this.pending);
  }

  /** Sockets that have come through a door and are no byte pipe yet. */
  get pending(): number {
    let pending = 0;
    for (const { listener } of this.#doors) pending += listener.pending;
    return pending;
  }

  /** Nobody comes in any more. */
  async close(): Promise<void> {
    this.#closed = true;
    this.certificates.stop();
    await Promise.all(this.#doors.map(({ listener }) => listener.close()));
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
