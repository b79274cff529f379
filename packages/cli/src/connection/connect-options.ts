// From the options of a verb to an address and the fields of CONNECT. What the dialect cannot say is refused here with
// the name of the option, never left out in silence. Opens nothing.

import {
  type Address,
  type ConnectOptions,
  parseAddress,
  type TcpTarget,
  type WillOptions,
} from '@anax/client';
import { type Dialect, MQTT_5_0, MqttError, parseTopicName, topicNameProblem } from '@anax/protocol';
import { UsageError } from '../world/edges.ts';
import type { ConnectFlags, ConnectUserProperties } from './flags.ts';
import type { UserProperty } from './values.ts';

/** Where to, and with what. */
export interface Connecting {
  readonly target: TcpTarget;
  readonly dialect: Dialect;
  readonly options: ConnectOptions;
}

/** Set only where a value is given; key order is wire order. */
export type Given<T extends object> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Without what is undefined, in the order written. */
export function given<T extends object>(values: T): Given<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Given<T>;
}

/** @throws UsageError */
export function connectingOf(
  address: string | undefined,
  flags: ConnectFlags,
  userProperties: ConnectUserProperties,
): Connecting {
  const dialect = flags.mqttVersion ?? MQTT_5_0;
  requireSayable(flags, dialect, [userProperties, ...CONNECT_PROPERTY_FLAGS]);
  const { target, ...credentials } = targetOf(address, flags);
  const userName = flags.username ?? credentials.userName;
  const password = either(flags.password, '--password', flags.pw, '--pw') ?? credentials.password;
  if (password !== undefined && userName === undefined && !dialect.passwordWithoutUserName) {
    throw new UsageError(`MQTT ${dialect.name} takes no --password without --username [3.1.1:MQTT-3.1.2-22]`);
  }
  const cleanStart = flags.clean !== false && flags.disableCleanSession !== true;
  const clientId = either(flags.clientId, '--client-id', flags.id, '--id');
  if (clientId === undefined && !cleanStart && dialect.emptyClientId !== 'always') {
    throw new UsageError(`MQTT ${dialect.name} goes on with a session by --client-id only: give one`);
  }
  const options = {
    dialect: dialect.name,
    cleanStart,
    ...given({
      clientId,
      keepAlive: flags.keepalive,
      userName,
      password,
      connectTimeoutMs: flags.connectTimeout,
      will: willOf(flags),
    }),
    properties: connectProperties(flags, flags[userProperties]),
  };
  return { target, dialect, options };
}

/** In the order of the standard. [5:3.1.2.11] */
function connectProperties(
  flags: ConnectFlags,
  userProperties: readonly UserProperty[] | undefined,
): NonNullable<ConnectOptions['properties']> {
  return given({
    sessionExpiryInterval: flags.sessionExpiryInterval,
    receiveMaximum: flags.receiveMaximum,
    maximumPacketSize: flags.maximumPacketSize,
    topicAliasMaximum: flags.topicAliasMaximum,
    requestResponseInformation: flags.reqResponseInfo,
    requestProblemInformation: flags.reqProblemInfo ? undefined : false,
    userProperties,
    authenticationMethod: flags.authenticationMethod,
    authenticationData: flags.authenticationData,
  });
}

const CONNECT_PROPERTY_FLAGS = [
  'sessionExpiryInterval',
  'receiveMaximum',
  'maximumPacketSize',
  'topicAliasMaximum',
  'reqResponseInfo',
  'reqProblemInfo',
  'authenticationMethod',
  'authenticationData',
  'willDelayInterval',
  'willPayloadFormatIndicator',
  'willMessageExpiryInterval',
  'willContentType',
  'willResponseTopic',
  'willCorrelationData',
  'willUserProperties',
] as const satisfies readonly (keyof ConnectFlags)[];

/** Where the dialect has no word for them, none of these may be given. @throws UsageError */
export function requireSayable<F extends object>(
  flags: F,
  dialect: Dialect,
  names: readonly (keyof F & string)[],
  capability: 'properties' | 'subscriptionOptions' = 'properties',
): void {
  if (dialect[capability]) return;
  for (const name of names) {
    const value: unknown = flags[name];
    // Commander gives `true` to an option that begins with --no- where it is not used.
    if (value === undefined || (value === true && NEGATED.includes(name))) continue;
    throw new UsageError(
      `${optionName(name, value === false)} needs MQTT 5: MQTT ${dialect.name} cannot say it`,
    );
  }
}

const NEGATED: readonly string[] = ['reqProblemInfo', 'local'];

/** `--no-req-problem-info` for `reqProblemInfo`. */
function optionName(name: string, negated: boolean): string {
  return `--${negated ? 'no-' : ''}${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function willOf(flags: ConnectFlags): WillOptions | undefined {
  const { willTopic: topic } = flags;
  if (topic === undefined) {
    const stray = Object.keys(flags).find((name) => name.startsWith('will'));
    if (stray !== undefined) throw new UsageError(`${optionName(stray, false)} needs --will-topic`);
    return undefined;
  }
  requireTopic('--will-topic', topic);
  if (flags.willResponseTopic !== undefined) requireTopic('--will-response-topic', flags.willResponseTopic);
  return {
    topic,
    ...given({
      payload: either(flags.willMessage, '--will-message', flags.willPayload, '--will-payload'),
      qos: flags.willQos,
      retain: flags.willRetain,
    }),
    properties: given({
      willDelayInterval: flags.willDelayInterval,
      payloadFormatIndicator: flags.willPayloadFormatIndicator ? (1 as const) : undefined,
      messageExpiryInterval: flags.willMessageExpiryInterval,
      contentType: flags.willContentType,
      responseTopic: flags.willResponseTopic,
      correlationData: flags.willCorrelationData,
      userProperties: flags.willUserProperties,
    }),
  };
}

/** @throws UsageError where the text is no topic name. */
export function requireTopic(option: string, text: string): void {
  if (parseTopicName(text) !== undefined) return;
  const problem = topicNameProblem(text);
  throw new UsageError(
    `${option} ${JSON.stringify(text)} ${problem?.message ?? 'is no topic name'} ${problem?.clause}`,
  );
}

/** Where a verb's address or options lead. @throws UsageError */
export function targetOf(
  address: string | undefined,
  flags: Pick<ConnectFlags, 'hostname' | 'host' | 'port' | 'protocol'>,
): Address {
  const { protocol = 'mqtt', port = 1883 } = flags;
  requireProtocol(protocol);
  const host = either(flags.hostname, '--hostname', flags.host, '--host');
  if (address === undefined) {
    return { target: { host: host ?? 'localhost', port }, userName: undefined, password: undefined };
  }
  if (host !== undefined || flags.port !== undefined) {
    throw new UsageError('give the broker as an address or with --hostname and --port, not both');
  }
  const [, scheme] = /^([a-z][a-z\d+.-]*):\/\//i.exec(address) ?? [];
  if (scheme !== undefined) requireProtocol(scheme.toLowerCase());
  try {
    return parseAddress(scheme === undefined ? `mqtt://${address}` : address);
  } catch (error) {
    if (error instanceof MqttError) throw new UsageError(error.message);
    throw error;
  }
}

const PLAIN: readonly string[] = ['mqtt', 'tcp'];
const COMING: readonly string[] = ['mqtts', 'ssl', 'ws', 'wss'];

function requireProtocol(name: string): void {
  if (PLAIN.includes(name)) return;
  if (COMING.includes(name)) {
    throw new UsageError(`${name} comes in a later version of anax; this one speaks mqtt, TCP without TLS`);
  }
  throw new UsageError(`there is no protocol ${JSON.stringify(name)}; this version of anax speaks mqtt`);
}

/** Two names of one option. */
function either<T>(one: T | undefined, name: string, other: T | undefined, otherName: string): T | undefined {
  if (one !== undefined && other !== undefined)
    throw new UsageError(`${name} and ${otherName} are the same: give one`);
  return one ?? other;
}
