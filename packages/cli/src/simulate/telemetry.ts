// The built-in fleet: devices that measure a room. Written as any scenario is; owns its topics and readings.

import type { QoS } from '@anax/protocol';
import type { Random } from './random.ts';
import type { Device, DeviceMessage, JsonValue, Scenario } from './scenario.ts';

export interface TelemetryOptions {
  /** Before all topics, without a slash at its end. */
  readonly prefix: string;
  readonly intervalMs: number;
  readonly qos: QoS;
  /** How probable it is at each reading that a device drops off the network. */
  readonly drops: number;
}

/** How many readings a device that dropped off misses. */
const AWAY_MIN = 2;
const AWAY_MAX = 10;

/** A day of a room has so many readings: short, so that a drift is seen. */
const DAY = 288;

interface Reading {
  readonly n: number;
  readonly temperature: number;
  readonly humidity: number;
  readonly battery: number;
  readonly rssi: number;
}

/** A room: a day's curve, a slow drift that comes back, noise; the air is drier when it is warm; a battery that is charged. */
class Room {
  target: number;
  readonly #random: Random;
  readonly #phase: number;
  #drift = 0;
  #battery: number;
  readonly #drain: number;

  constructor(random: Random) {
    this.#random = random;
    this.target = random.between(18, 23);
    this.#phase = random.next();
    this.#battery = random.between(40, 100);
    this.#drain = random.between(0.01, 0.05);
  }

  read(n: number): Reading {
    const random = this.#random;
    this.#drift = 0.95 * this.#drift + random.normal(0, 0.15);
    const day = Math.sin(2 * Math.PI * (n / DAY + this.#phase));
    const temperature = this.target + 1.5 * day + this.#drift;
    const humidity = 45 - 2 * (temperature - 20) + random.normal(0, 0.5);
    this.#battery = this.#battery > 5 ? this.#battery - this.#drain : 100;
    return {
      n,
      temperature: rounded(temperature),
      humidity: rounded(Math.min(100, Math.max(0, humidity))),
      battery: rounded(this.#battery),
      rssi: Math.round(random.normal(-60, 4)),
    };
  }
}

const rounded = (value: number): number => Math.round(value * 10) / 10;

/** Topics: `PREFIX/ID/status`, `.../telemetry`, `.../command`, `.../answer`. */
export function telemetry({ prefix, intervalMs, qos, drops }: TelemetryOptions): Scenario {
  const topic = ({ id }: { readonly id: string }, what: string): string => `${prefix}/${id}/${what}`;
  const online = { qos: 1, retain: true } as const;
  return {
    name: 'telemetry',
    connect: (device) => ({
      keepAlive: Math.max(10, Math.min(600, Math.ceil((2 * intervalMs) / 1000))),
      will: { topic: topic(device, 'status'), payload: 'offline', ...online },
    }),
    connected: async (device) => {
      await device.publish(topic(device, 'status'), 'online', online);
    },
    run: async (device) => {
      const room = new Room(device.random.fork('room'));
      const answer = (message: DeviceMessage): Promise<void> =>
        answered(message, device, room, topic(device, 'answer'));
      await device.subscribe(topic(device, 'command'), answer, { qos: 1 });
      let away = 0;
      device.every(intervalMs, async (tick) => {
        // Drawn and read also while it is away: what a device says does not depend on how the network was.
        const reading = room.read(tick);
        const leaves = device.random.chance(drops);
        const missed = device.random.whole(AWAY_MIN, AWAY_MAX);
        if (away > 0) {
          away -= 1;
          if (away > 0) return;
          await device.connect();
        }
        await device.publish(topic(device, 'telemetry'), { ...reading }, { qos });
        if (!leaves) return;
        away = missed;
        await device.drop();
      });
    },
    end: async (device) => {
      await device.publish(topic(device, 'status'), 'offline', online);
    },
  };
}

/** To the Response Topic where there is one, else to the topic for answers. */
async function answered(message: DeviceMessage, device: Device, room: Room, topic: string): Promise<void> {
  const said = answerTo(message, device, room);
  if (!(await message.reply(said, { qos: 1 }))) await device.publish(topic, said, { qos: 1 });
}

function answerTo(message: DeviceMessage, { id }: Device, room: Room): JsonValue {
  const command = commandOf(message);
  switch (command?.['command']) {
    case 'ping':
      return { id, ok: true };
    case 'target': {
      const { celsius } = command;
      if (typeof celsius !== 'number' || !(celsius >= 5 && celsius <= 35)) {
        return { id, ok: false, error: 'celsius is a number from 5 to 35' };
      }
      room.target = celsius;
      return { id, ok: true, target: celsius };
    }
    default:
      return {
        id,
        ok: false,
        error: 'commands are {"command":"ping"} and {"command":"target","celsius":21}',
      };
  }
}

function commandOf(message: DeviceMessage): { readonly [name: string]: JsonValue | undefined } | undefined {
  try {
    const value = message.json();
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as { readonly [name: string]: JsonValue | undefined })
      : undefined;
  } catch {
    return undefined;
  }
}
