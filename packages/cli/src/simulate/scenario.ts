// What an author of scenarios writes, and what a device can do. Types, and the function that gives them; runs nothing.

import type { ConnectOptions, PublishOptions } from '@anax/client';
import type { QoS } from '@anax/protocol';
import type { Random } from './random.ts';

export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue | undefined };

export interface Scenario {
  /** What it is called in the summary. Default: the name of the file. */
  readonly name?: string;
  /** How many devices there are, unless `--devices` says it. Default 1. */
  readonly devices?: number;
  /** What the device says in CONNECT; asked each time it connects. Without `clientId` that is its `id`. */
  readonly connect?: (device: DeviceFacts) => DeviceConnectOptions;
  /** Each time it is connected: before `run`, when it is back, and when a connection that was lost has been made again. */
  readonly connected?: (device: Device) => void | Promise<void>;
  /**
   * Once for each device, as soon as it is connected for the first time. When it has returned, the device lives on as long as
   * it has something to do: an `every`, or a subscription.
   */
  readonly run: (device: Device) => void | Promise<void>;
  /** When the simulation ends, while the device is still connected, before DISCONNECT. Two seconds at most. */
  readonly end?: (device: Device) => void | Promise<void>;
}

export type DeviceConnectOptions = Pick<
  ConnectOptions,
  'clientId' | 'userName' | 'password' | 'keepAlive' | 'cleanStart' | 'will' | 'properties'
>;

export interface DeviceFacts {
  /** From 0. */
  readonly index: number;
  /** How many devices there are. */
  readonly count: number;
  /** `device-0007`: with as many digits as the largest number has. */
  readonly id: string;
  /** Its own chance: the same for the same `--seed` and index, whatever other devices do. */
  readonly random: Random;
}

export type DevicePayload = Uint8Array | JsonValue;

export type DevicePublishOptions = Pick<PublishOptions, 'qos' | 'retain' | 'properties'>;

export interface DeviceMessage {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: QoS;
  readonly retain: boolean;
  readonly properties: PublishOptions['properties'];
  /** The payload as UTF-8. */
  text(): string;
  /** The payload as JSON. @throws SyntaxError */
  json(): JsonValue;
  /** To its Response Topic, with its Correlation Data; false where it has none (MQTT 5 only). */
  reply(payload: DevicePayload, options?: DevicePublishOptions): Promise<boolean>;
}

export interface Device extends DeviceFacts {
  /** Aborts when the simulation ends. */
  readonly signal: AbortSignal;
  readonly connected: boolean;
  /**
   * Text as it is, bytes as they are, everything else as JSON. Resolves with true when it is sent (QoS 0) or acknowledged, with
   * false where that did not happen: the device is off the network, the connection was lost, or the broker refused it. Default
   * QoS 0.
   * @throws MqttError where the topic is none
   */
  publish(topic: string, payload: DevicePayload, options?: DevicePublishOptions): Promise<boolean>;
  /**
   * Resolves when the broker has granted it. It is made again when the device comes back. Default QoS 0.
   * @throws MqttError where the filter is none, or the broker refuses it
   */
  subscribe(
    topicFilter: string,
    handler: (message: DeviceMessage) => void | Promise<void>,
    options?: { readonly qos?: QoS },
  ): Promise<void>;
  /**
   * Calls again and again, until the simulation ends: for the first time after a part of the interval, by chance, so that devices
   * do not speak all at once. The next call is not made before the one before has settled. `tick` counts from 0.
   * @param interval milliseconds, or text such as `'5s'`, `'2m'`
   */
  every(interval: number | string, task: (tick: number) => void | Promise<void>): void;
  /** Resolves after so long, or at once when the simulation ends. */
  wait(interval: number | string): Promise<void>;
  /** Leaves without a word, as with a flat battery: the broker publishes the will. */
  drop(): Promise<void>;
  /** Leaves with DISCONNECT: no will. */
  disconnect(): Promise<void>;
  /** Comes back after `drop` or `disconnect`, with its subscriptions. Tries until it succeeds or the simulation ends. */
  connect(): Promise<void>;
  /** On standard error, with the name of the device. */
  log(text: string): void;
}

/** Gives back what it gets: it is there for its types. */
export function scenario(scenario: Scenario): Scenario {
  return scenario;
}
