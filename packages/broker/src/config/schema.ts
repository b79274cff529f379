// The configuration as a schema: every key, what it takes, its default. `docs/configuration.md` says what each means.

import { SESSION_EXPIRY_NEVER_SECONDS, sharedStrategies } from '@anax/protocol';
import { z } from 'zod';
import { DEFAULT_LIMITS } from '../hub/limits.ts';
import type { ListenerOptions } from '../listeners/open.ts';
import type { Settings, StoreSettings } from './settings.ts';
import { durationMs, sizeBytes } from './units.ts';

/** A number, or its digits: flags and the environment have only text. */
const whole = (least: number, most: number) => {
  const expected = `a whole number from ${least} to ${most}`;
  return z
    .union([z.number(), z.string().regex(/^\d+$/).transform(Number)], expected)
    .transform((value, context) => {
      const fits = Number.isInteger(value) && value >= least && value <= most;
      return fits ? value : invalid(context, expected);
    });
};

const COUNT_MAX = 4_294_967_295;
const count = (least = 0) => whole(least, COUNT_MAX);

const DURATION = 'a duration such as 10s, 500ms, 5m, 1h, 7d, or a number of seconds';
const milliseconds = z
  .union([z.string(), z.number()], DURATION)
  .transform((value, context) => durationMs(value) ?? invalid(context, DURATION));

const SYS_INTERVAL_MS_MIN = 1000;
const SYS_INTERVAL = '0 for none, or a duration of at least 1s';
const sysInterval = z.union([z.string(), z.number()], SYS_INTERVAL).transform((value, context) => {
  const ms = durationMs(value);
  const fits = ms !== undefined && (ms === 0 || ms >= SYS_INTERVAL_MS_MIN);
  return fits ? ms : invalid(context, SYS_INTERVAL);
});

/** `never` stands for the largest value, which the standard reads so. */
const expirySeconds = z
  .union([z.string(), z.number()], `${DURATION}, or never`)
  .transform((value, context) => {
    if (value === 'never') return SESSION_EXPIRY_NEVER_SECONDS;
    const ms = durationMs(value);
    return ms === undefined
      ? invalid(context, `${DURATION}, or never`)
      : Math.min(Math.floor(ms / 1000), SESSION_EXPIRY_NEVER_SECONDS);
  });

const SIZE = 'a size such as 64 KiB, 16 MiB, or a number of bytes';
const bytes = (least: number, most: number) =>
  z.union([z.string(), z.number()], SIZE).transform((value, context) => {
    const size = sizeBytes(value);
    if (size === undefined) return invalid(context, SIZE);
    return size >= least && size <= most ? size : invalid(context, `${SIZE}, from ${least} to ${most} bytes`);
  });

function invalid(context: z.RefinementCtx, expected: string): never {
  context.addIssue({ code: 'custom', message: expected });
  return z.NEVER;
}

const SWITCH = 'true or false';
const flag = z
  .union([z.boolean(), z.enum(['true', 'false'])], SWITCH)
  .transform((value) => value === true || value === 'true');

const text = z.string('a text').min(1, 'a text that is not empty');
const rule = z.strictObject({
  clientId: text.optional(),
  userName: text.optional(),
  address: text.optional(),
});
/** Address space more than anything: the file is as large as what is in it. */
const STORE_BYTES_MAX = 1024 ** 4;
const PACKET_BYTES_MAX = 268_435_460;
/** Registered with IANA; for WebSocket none is, this is what EMQX and MQTTX take. */
const TCP_PORT = 1883;
const WEBSOCKET_PORT = 8083;
const D = DEFAULT_LIMITS;

const PATH = 'a path of a URL that begins with /';
const listener = z
  .strictObject({
    protocol: z.enum(['tcp', 'ws'], 'one of tcp, ws').default('tcp'),
    host: text.default('127.0.0.1'),
    port: whole(0, 65_535).optional(),
    path: z
      .string(PATH)
      .regex(/^\/[^?#\s]*$/, PATH)
      .optional(),
    origins: z.array(text).optional(),
  })
  .superRefine((one, context) => {
    if (one.protocol === 'ws') return;
    for (const key of ['path', 'origins'] as const) {
      if (one[key] === undefined) continue;
      context.addIssue({ code: 'custom', path: [key], message: 'left out where `protocol` is not ws' });
    }
  });

/** Strict: a key that is not listed here stops the start. */
export const configSchema = z.strictObject({
  listeners: z.array(listener).min(1, 'at least one listener').prefault([{}]),
  anonymous: z.enum(['always', 'never', 'loopback'], 'one of always, never, loopback').default('loopback'),
  users: z.array(z.strictObject({ name: text, password: text })).default([]),
  banned: z.array(rule).default([]),
  denied: z.array(rule).default([]),
  redirect: z.strictObject({ serverReference: text, permanent: flag.default(false) }).optional(),
  connectTimeout: milliseconds.default(D.connectTimeoutMs),
  closeTimeout: milliseconds.default(1000),
  connections: z
    .strictObject({
      max: count(1).default(D.connectionsMax),
      connectingMax: count(1).default(D.connectingMax),
      perSecondMax: count().default(D.connectionsPerSecondMax),
    })
    .prefault({}),
  keepAlive: z
    .strictObject({
      max: milliseconds
        .transform((ms) => Math.min(65_535, Math.ceil(ms / 1000)))
        .default(D.keepAliveMaxSeconds),
    })
    .prefault({}),
  session: z
    .strictObject({
      expiryMax: expirySeconds.default(D.sessionExpiryMaxSeconds),
      max: count(1).default(D.sessionsMax),
      ownerMayChange: flag.default(D.sessionOwnerMayChange),
      subscriptionsMax: count(1).default(D.subscriptionsMax),
      subscriptionsTotalMax: count(1).default(D.subscriptionsTotalMax),
      subscriptionBytesMax: bytes(1, Number.MAX_SAFE_INTEGER).default(D.subscriptionBytesMax),
    })
    .prefault({}),
  packet: z
    .strictObject({
      maximumSize: bytes(128, PACKET_BYTES_MAX).default(D.maximumPacketSize),
      connectMaximumSize: bytes(128, PACKET_BYTES_MAX).default(D.connectPacketBytesMax),
    })
    .prefault({}),
  clientId: z
    .strictObject({
      strict: flag.default(D.clientIdStrict),
      bytesMax: whole(23, 65_535).default(D.clientIdBytesMax),
    })
    .prefault({}),
  receiveMaximum: whole(1, 65_535).default(D.receiveMaximum),
  inFlightMax: whole(1, 65_535).default(D.inFlightMax),
  inFlightBytesMax: bytes(1, Number.MAX_SAFE_INTEGER).default(D.inFlightBytesMax),
  topicAliasMaximum: whole(0, 65_535).default(D.topicAliasMaximum),
  topicAliasCharsMax: count(1).default(D.topicAliasCharsMax),
  topicAliasesSentMax: whole(0, 65_535).default(D.topicAliasesSentMax),
  topic: z
    .strictObject({
      levelsMax: whole(1, 65_536).default(D.topicLevelsMax),
      filterBytesMax: bytes(1, 65_535).default(D.topicFilterBytesMax),
    })
    .prefault({}),
  queue: z
    .strictObject({
      messagesMax: count().default(D.queueMessagesMax),
      bytesMax: bytes(0, Number.MAX_SAFE_INTEGER).default(D.queueBytesMax),
      policy: z
        .enum(['drop-oldest', 'drop-newest', 'disconnect'], 'one of drop-oldest, drop-newest, disconnect')
        .default(D.queuePolicy),
      totalMessagesMax: count().default(D.heldMessagesMax),
      totalBytesMax: bytes(0, Number.MAX_SAFE_INTEGER).default(D.heldBytesMax),
    })
    .prefault({}),
  retained: z
    .strictObject({
      messagesMax: count().default(D.retainedMessagesMax),
      bytesMax: bytes(0, Number.MAX_SAFE_INTEGER).default(D.retainedBytesMax),
    })
    .prefault({}),
  store: z
    .strictObject({
      directory: text.optional(),
      durability: z.enum(['strict', 'relaxed', 'memory'], 'one of strict, relaxed, memory').default('strict'),
      syncInterval: milliseconds.default(1000),
      bytesMax: bytes(1024 * 1024, Number.MAX_SAFE_INTEGER).default(STORE_BYTES_MAX),
    })
    .prefault({}),
  outstandingMax: bytes(4096, Number.MAX_SAFE_INTEGER).default(D.outstandingBytesMax),
  features: z
    .strictObject({
      maximumQos: whole(0, 2).default(D.maximumQos),
      retain: flag.default(D.retainAvailable),
      wildcardSubscriptions: flag.default(D.wildcardSubscriptionAvailable),
      subscriptionIdentifiers: flag.default(D.subscriptionIdentifiersAvailable),
      sharedSubscriptions: flag.default(D.sharedSubscriptionAvailable),
    })
    .prefault({}),
  sharedSubscriptions: z
    .strictObject({
      strategy: z.enum(sharedStrategies, `one of ${sharedStrategies.join(', ')}`).default(D.sharedStrategy),
      before5: flag.default(D.sharedSubscriptionsBefore5),
    })
    .prefault({}),
  payloadFormatChecked: flag.default(D.payloadFormatChecked),
  responseInformation: text.optional(),
  userProperties: z
    .array(z.strictObject({ name: z.string('a text'), value: z.string('a text') }))
    .default([]),
  sysInterval: sysInterval.default(10_000),
  log: z
    .strictObject({
      level: z
        .enum(['silent', 'error', 'warn', 'info', 'debug'], 'one of silent, error, warn, info, debug')
        .default('info'),
    })
    .prefault({}),
});

export type Config = z.output<typeof configSchema>;

/** As it is written: every key may be left out, durations and sizes may have units. */
export type ConfigInput = z.input<typeof configSchema>;

function storeOf({ store }: Config): StoreSettings | undefined {
  const { directory, durability, syncInterval, bytesMax } = store;
  if (directory === undefined || durability === 'memory') return undefined;
  return { directory, durability, syncIntervalMs: syncInterval, bytesMax };
}

function listenerOf({ protocol, host, port, path, origins }: Config['listeners'][number]): ListenerOptions {
  if (protocol === 'tcp') return { protocol, host, port: port ?? TCP_PORT };
  return { protocol, host, port: port ?? WEBSOCKET_PORT, path: path ?? '/mqtt', origins: origins ?? [] };
}

/** The settings that a configuration stands for. */
export function settingsOf(config: Config): Settings {
  const { features } = config;
  return {
    listeners: config.listeners.map(listenerOf),
    anonymous: config.anonymous,
    users: config.users,
    admission: { banned: config.banned, denied: config.denied, redirect: config.redirect },
    store: storeOf(config),
    logLevel: config.log.level,
    closeTimeoutMs: config.closeTimeout,
    sysIntervalMs: config.sysInterval,
    limits: {
      connectTimeoutMs: config.connectTimeout,
      connectionsMax: config.connections.max,
      connectingMax: config.connections.connectingMax,
      connectionsPerSecondMax: config.connections.perSecondMax,
      sessionsMax: config.session.max,
      sessionOwnerMayChange: config.session.ownerMayChange,
      connectPacketBytesMax: config.packet.connectMaximumSize,
      maximumPacketSize: config.packet.maximumSize,
      receiveMaximum: config.receiveMaximum,
      inFlightMax: config.inFlightMax,
      inFlightBytesMax: config.inFlightBytesMax,
      topicAliasMaximum: config.topicAliasMaximum,
      topicAliasCharsMax: config.topicAliasCharsMax,
      topicAliasesSentMax: config.topicAliasesSentMax,
      keepAliveMaxSeconds: config.keepAlive.max,
      sessionExpiryMaxSeconds: config.session.expiryMax,
      clientIdBytesMax: config.clientId.bytesMax,
      clientIdStrict: config.clientId.strict,
      subscriptionsMax: config.session.subscriptionsMax,
      subscriptionsTotalMax: config.session.subscriptionsTotalMax,
      subscriptionBytesMax: config.session.subscriptionBytesMax,
      topicFilterBytesMax: config.topic.filterBytesMax,
      topicLevelsMax: config.topic.levelsMax,
      retainedMessagesMax: config.retained.messagesMax,
      retainedBytesMax: config.retained.bytesMax,
      queueMessagesMax: config.queue.messagesMax,
      queueBytesMax: config.queue.bytesMax,
      queuePolicy: config.queue.policy,
      heldMessagesMax: config.queue.totalMessagesMax,
      heldBytesMax: config.queue.totalBytesMax,
      outstandingBytesMax: config.outstandingMax,
      maximumQos: features.maximumQos as 0 | 1 | 2,
      retainAvailable: features.retain,
      wildcardSubscriptionAvailable: features.wildcardSubscriptions,
      subscriptionIdentifiersAvailable: features.subscriptionIdentifiers,
      sharedSubscriptionAvailable: features.sharedSubscriptions,
      sharedSubscriptionsBefore5: config.sharedSubscriptions.before5,
      sharedStrategy: config.sharedSubscriptions.strategy,
      payloadFormatChecked: config.payloadFormatChecked,
      responseInformation: config.responseInformation,
      connackUserProperties: config.userProperties.map(({ name, value }) => [name, value] as const),
    },
  };
}
