// What every foreign client can do, whoever wrote it: the tests are written against this, and looped over FOREIGN.

import { connectMqttJs } from './mqttjs.ts';
import { connectPaho } from './paho.ts';
import type { Queue } from './queue.ts';

export type Version = '3.1' | '3.1.1' | '5.0';
export type QoS = 0 | 1 | 2;

/** Of any packet, in MQTT.js' names; `correlationData` in hex, user properties as pairs. */
export type Properties = Readonly<Record<string, unknown>>;

export interface WillOptions {
  readonly topic: string;
  readonly payload: string;
  readonly qos?: QoS;
  readonly retain?: boolean;
  readonly properties?: Properties;
}

export interface ConnectOptions {
  readonly port: number;
  readonly clientId: string;
  /** No clean session, or a session that does not expire soon. */
  readonly persistent?: boolean;
  /** Clean Start although the session is to be kept; 5.0 only. */
  readonly cleanStart?: boolean;
  readonly keepAlive?: number;
  readonly userName?: string;
  readonly password?: string;
  readonly will?: WillOptions;
  readonly properties?: Properties;
  /** MQTT.js only: it puts aliases in place of topics. */
  readonly assignAliases?: boolean;
}

export interface Connack {
  /** As on the wire: a return code in 3.x, a reason code in 5.0. */
  readonly code: number;
  readonly sessionPresent: boolean;
  readonly properties: Properties;
}

export interface Received {
  readonly topic: string;
  readonly payload: Buffer;
  readonly qos: number;
  readonly retain: boolean;
  readonly properties: Properties;
}

export interface PublishOptions {
  readonly qos?: QoS;
  readonly retain?: boolean;
  readonly properties?: Properties;
}

export interface ForeignClient {
  readonly connack: Connack;
  readonly messages: Queue<Received>;
  /** A PINGRESP each. */
  readonly pongs: Queue<true>;
  /** With the reason code of the server's DISCONNECT, if there was one. */
  readonly closed: Promise<number | undefined>;
  /** Resolves with what was granted. */
  subscribe(filter: string, qos: QoS, properties?: Properties): Promise<number>;
  unsubscribe(filter: string): Promise<void>;
  /** Resolves when it is acknowledged, as far as its QoS goes. */
  publish(topic: string, payload: string | Buffer, options?: PublishOptions): Promise<void>;
  disconnect(): Promise<void>;
  /** Ends without DISCONNECT. */
  kill(): Promise<void>;
}

export interface Foreign {
  readonly name: string;
  readonly version: Version;
  /** Resolves with CONNACK, also where it says no. */
  readonly connect: (options: ConnectOptions) => Promise<ForeignClient>;
}

const VERSIONS: readonly Version[] = ['3.1', '3.1.1', '5.0'];

export const FOREIGN: readonly Foreign[] = VERSIONS.flatMap((version) => [
  { name: `MQTT.js ${version}`, version, connect: (options) => connectMqttJs(version, options) },
  { name: `paho ${version}`, version, connect: (options) => connectPaho(version, options) },
]);

export const FOREIGN_5: readonly Foreign[] = FOREIGN.filter(({ version }) => version === '5.0');

/** The seconds for which a persistent session of 5.0 is kept; 3.x keeps it without an end. */
export const SESSION_SECONDS = 300;

let unique = 0;
/** A name that nobody else in this process uses: for client identifiers and topics. */
export function fresh(prefix: string): string {
  unique += 1;
  return `${prefix}${unique}`;
}
