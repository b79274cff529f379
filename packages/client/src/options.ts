// What a caller may say about a connection, and how it becomes a CONNECT packet: parsed once, then trusted.
// Owns names and defaults; knows no socket.

import {
  type ConnectPacket,
  DIALECTS,
  type Dialect,
  type DialectName,
  MqttError,
  NO_PROPERTIES,
  PACKET_BYTES_MAX,
  type PropertiesOf,
  parseTopicName,
  type QoS,
  topicNameProblem,
  utf8Bytes,
  type Will,
} from '@anax/protocol';

/** What travels: text goes as UTF-8. Bytes are not copied and must stay as they are until the call has settled. */
export type Payload = string | Uint8Array;

export interface WillOptions {
  readonly topic: string;
  readonly payload?: Payload;
  readonly qos?: QoS;
  readonly retain?: boolean;
  readonly properties?: PropertiesOf<'will'>;
}

/** Limits and times of this end; nothing of it is sent. */
export interface LocalLimits {
  /** From the first byte sent to CONNACK, and from the first AUTH of a re-authentication to its last, in milliseconds. */
  readonly connectTimeoutMs: number;
  /** How long PINGRESP may take, in milliseconds. */
  readonly pingTimeoutMs: number;
  /** The part of Keep Alive after which PINGREQ is sent, up to 1: less where timers come late. */
  readonly pingAfterPart: number;
  /** How long the server may take to close after our end, in milliseconds. */
  readonly closeTimeoutMs: number;
  /** The largest packet taken from the server where CONNECT states no Maximum Packet Size. */
  readonly packetBytesMax: number;
  /** Topic aliases that this end gives to what it publishes, where the server takes any; 0 gives none. */
  readonly topicAliasesMax: number;
}

export const LOCAL_LIMITS: LocalLimits = {
  connectTimeoutMs: 30_000,
  pingTimeoutMs: 10_000,
  pingAfterPart: 1,
  closeTimeoutMs: 2_000,
  packetBytesMax: PACKET_BYTES_MAX,
  topicAliasesMax: 64,
};

/** Every field of CONNECT under the standard's names. */
export interface ConnectOptions extends Partial<LocalLimits> {
  /** Default 5.0. */
  readonly dialect?: DialectName;
  /** Default: empty, which asks the server for one. */
  readonly clientId?: string;
  /** CleanSession in 3.1 and 3.1.1. Default true; false says that this end holds the session, too. */
  readonly cleanStart?: boolean;
  /** Seconds; 0 turns it off. Default 60. */
  readonly keepAlive?: number;
  readonly userName?: string;
  readonly password?: string | Uint8Array;
  readonly will?: WillOptions;
  /** 5.0 only. Key order is wire order. */
  readonly properties?: PropertiesOf<'connect'>;
}

export const KEEP_ALIVE_DEFAULT_SECONDS = 60;

export function localLimits(options: Partial<LocalLimits>): LocalLimits {
  const limits: Record<string, number> = { ...LOCAL_LIMITS };
  for (const name of Object.keys(LOCAL_LIMITS) as (keyof LocalLimits)[]) {
    const given = options[name];
    if (given === undefined) continue;
    if (name !== 'topicAliasesMax' || given !== 0) requireLimit(name, given);
    limits[name] = given;
  }
  return limits as unknown as LocalLimits;
}

/** @throws MqttError `invalid-option` for what is not above 0, or else no such number as it should be */
export function requireLimit(name: string, value: number, isSuch = true): void {
  if (value > 0 && isSuch) return;
  throw new MqttError('invalid-option', `${name} is ${value}, not a ${isSuch ? '' : 'whole '}number above 0`);
}

/**
 * The CONNECT packet that the options ask for: what is given has its flag and its field, what is not has neither.
 * @throws MqttError for what the dialect cannot say.
 * [5:MQTT-3.1.2-1] [5:MQTT-3.1.2-9] [5:MQTT-3.1.2-11] [5:MQTT-3.1.2-13] [5:MQTT-3.1.2-16] [5:MQTT-3.1.2-17]
 * [5:MQTT-3.1.2-18]
 * [5:MQTT-3.1.2-19] [5:MQTT-3.1.3-1] [5:MQTT-3.1.3-3] [5:MQTT-3.1.3-4] [5:MQTT-3.1.3-11] [5:MQTT-3.1.3-12]
 * [3.1.1:MQTT-3.1.2-9] [3.1.1:MQTT-3.1.2-11] [3.1.1:MQTT-3.1.2-13] [3.1.1:MQTT-3.1.2-15] [3.1.1:MQTT-3.1.2-18]
 * [3.1.1:MQTT-3.1.2-19] [3.1.1:MQTT-3.1.2-20] [3.1.1:MQTT-3.1.2-21] [3.1.1:MQTT-3.1.2-22]
 * [3.1.1:MQTT-3.1.3-1] [3.1.1:MQTT-3.1.3-3] [3.1.1:MQTT-3.1.3-4] [3.1.1:MQTT-3.1.3-10] [3.1.1:MQTT-3.1.3-11]
 */
export function connectPacket(options: ConnectOptions, clientId: string): ConnectPacket {
  const dialect = dialectOf(options);
  const { cleanStart = true, keepAlive = KEEP_ALIVE_DEFAULT_SECONDS, userName, password, will } = options;
  const properties = options.properties ?? NO_PROPERTIES;
  requirePropertiesSayable(properties, dialect, 'CONNECT');
  if (clientId === '') requireEmptyClientIdSayable(dialect, cleanStart);
  return {
    type: 'connect',
    dialect,
    cleanStart,
    keepAlive,
    clientId,
    userName,
    password: typeof password === 'string' ? utf8Bytes(password) : password,
    will: will === undefined ? undefined : willOf(will, dialect),
    properties,
  };
}

export function dialectOf(options: ConnectOptions): Dialect {
  const name = options.dialect ?? '5.0';
  const dialect = DIALECTS.find((known) => known.name === name);
  if (dialect === undefined)
    throw new MqttError('invalid-option', `there is no MQTT dialect ${String(name)}`);
  return dialect;
}

/** @throws MqttError `invalid-payload` */
export function bytesOf(payload: Payload | undefined): Uint8Array {
  if (payload === undefined) return NOTHING;
  if (typeof payload === 'string') return utf8Bytes(payload);
  // Callers without types can say anything.
  if (ArrayBuffer.isView(payload) && payload.BYTES_PER_ELEMENT === 1) return payload;
  throw new MqttError('invalid-payload', 'a payload is a string or a Uint8Array; `encode` makes one');
}

/** Callers without types can say anything. @throws MqttError */
export function requireQos(qos: unknown, clause: string): void {
  if (qos === 0 || qos === 1 || qos === 2) return;
  throw new MqttError('invalid-qos', `QoS ${String(qos)} does not exist`, { clause });
}

/** 3.x has no properties: what cannot be said is refused, never left out in silence. */
export function requirePropertiesSayable(properties: object, dialect: Dialect, where: string): void {
  if (dialect.properties) return;
  for (const name in properties) {
    throw new MqttError(
      'properties-not-supported',
      `MQTT ${dialect.name} has no properties: ${name} of ${where}`,
    );
  }
}

function requireEmptyClientIdSayable(dialect: Dialect, cleanStart: boolean): void {
  const { emptyClientId } = dialect;
  if (emptyClientId === 'always' || (emptyClientId === 'with-clean-session' && cleanStart)) return;
  throw new MqttError('client-id-required', `MQTT ${dialect.name} asks for a client identifier here`, {
    clause: '[3.1.1:MQTT-3.1.3-7]',
  });
}

function willOf(will: WillOptions, dialect: Dialect): Will {
  const topic = parseTopicName(will.topic);
  if (topic === undefined) {
    const problem = topicNameProblem(will.topic);
    throw new MqttError('invalid-topic-name', `the will topic ${problem?.message ?? 'is invalid'}`, {
      clause: problem?.clause ?? '',
    });
  }
  const { qos = 0 } = will;
  requireQos(qos, '[5:MQTT-3.1.2-12] [3.1.1:MQTT-3.1.2-14]');
  const properties = will.properties ?? NO_PROPERTIES;
  requirePropertiesSayable(properties, dialect, 'the will');
  return {
    topic,
    payload: bytesOf(will.payload),
    qos,
    retain: will.retain ?? false,
    properties,
  };
}

const NOTHING = new Uint8Array(0);
