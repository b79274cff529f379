// From the options of a verb to an address and the fields of CONNECT. What the dialect cannot say is refused here with
// the name of the option, never left out in silence. Opens nothing.

import type { ClientOptions, ConnectOptions, Target, WillOptions } from '@anax/client';
import { SCRAM_MECHANISMS, type ScramMechanism, scram } from '@anax/client/scram';
import {
  type Dialect,
  MQTT_5_0,
  MqttError,
  parseTopicName,
  topicNameProblem,
  utf8Bytes,
} from '@anax/protocol';
import { FormatFault, payloadOf } from '../payload/index.ts';
import { UsageError } from '../world/edges.ts';
import type { ConnectFlags, ConnectUserProperties } from './flags.ts';
import type { UserProperty } from './values.ts';
import { either, type TlsFiles, targetOf, tlsFilesOf } from './where.ts';

/** Where to, and with what. */
export interface Connecting {
  readonly target: Target;
  /** Undefined where nothing is said about TLS. */
  readonly tls: TlsFiles | undefined;
  readonly dialect: Dialect;
  readonly options: ConnectOptions & Pick<ClientOptions, 'authenticator'>;
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
  const { target, ...credentials } = targetOf(address ?? flags.address, flags);
  const userName = flags.username ?? credentials.userName;
  const password = either(flags.password, '--password', flags.pw, '--pw') ?? credentials.password;
  const method = methodOf(flags);
  const exchange = isScram(method) && flags.authenticationData === undefined;
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
      // What SCRAM is to keep to itself does not go in CONNECT.
      userName: exchange ? undefined : userName,
      password: exchange ? undefined : password,
      authenticator: exchange ? scramOf(method, userName, password) : undefined,
      connectTimeoutMs: flags.connectTimeout,
      will: willOf(flags),
    }),
    properties: connectProperties(flags, flags[userProperties], exchange ? undefined : method),
  };
  return { target, tls: tlsFilesOf(target, flags), dialect, options };
}

function methodOf({ authenticationMethod, authMethod }: ConnectFlags): string | undefined {
  return either(authenticationMethod, '--authentication-method', authMethod, '--auth-method');
}

function isScram(method: string | undefined): method is ScramMechanism {
  return SCRAM_MECHANISMS.some((known) => known === method);
}

function scramOf(
  mechanism: ScramMechanism,
  userName: string | undefined,
  password: string | undefined,
): NonNullable<ClientOptions['authenticator']> {
  if (userName === undefined || password === undefined)
    throw new UsageError(`${mechanism} needs --username and --password`);
  try {
    return scram({ userName, password, mechanism });
  } catch (error) {
    if (error instanceof MqttError) throw new UsageError(error.message);
    throw error;
  }
}

/** In the order of the standard. [5:3.1.2.11] */
function connectProperties(
  flags: ConnectFlags,
  userProperties: readonly UserProperty[] | undefined,
  authenticationMethod: string | undefined,
): NonNullable<ConnectOptions['properties']> {
  return given({
    sessionExpiryInterval: flags.sessionExpiryInterval,
    receiveMaximum: flags.receiveMaximum,
    maximumPacketSize: flags.maximumPacketSize,
    topicAliasMaximum: flags.topicAliasMaximum,
    requestResponseInformation: flags.reqResponseInfo,
    requestProblemInformation: flags.reqProblemInfo ? undefined : false,
    userProperties,
    authenticationMethod,
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
  'authMethod',
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
      payload: willPayloadOf(flags),
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

function willPayloadOf({ willMessage, willPayload, willFormat }: ConnectFlags): Uint8Array | undefined {
  const typed = either(willMessage, '--will-message', willPayload, '--will-payload');
  if (typed === undefined) return undefined;
  try {
    return payloadOf(utf8Bytes(typed), willFormat);
  } catch (error) {
    if (error instanceof FormatFault) throw new UsageError(`--will-message ${error.message}`);
    throw error;
  }
}

/** @throws UsageError where the text is no topic name. */
export function requireTopic(option: string, text: string): void {
  if (parseTopicName(text) !== undefined) return;
  const problem = topicNameProblem(text);
  throw new UsageError(
    `${option} ${JSON.stringify(text)} ${problem?.message ?? 'is no topic name'} ${problem?.clause}`,
  );
}
