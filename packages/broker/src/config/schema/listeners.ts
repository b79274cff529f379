// Where the broker listens, and what differs on one listener from the rest of it: the key `listeners`.

import { DIALECTS, type DialectName, dialectFromText } from '@anax/protocol';
import { z } from 'zod';
import type { ListenerOptions } from '../../listeners/open.ts';
import type { ListenerSettings } from '../settings.ts';
import { authenticationLinks, linksOf } from './authentication.ts';
import { count, invalid, text, whole } from './values.ts';

/** Registered with IANA; for WebSocket none is, this is what EMQX and MQTTX take. */
const TCP_PORT = 1883;
const WEBSOCKET_PORT = 8083;
const PATH = 'a path of a URL that begins with /';
const DIALECT_NAMES = DIALECTS.map(({ name }) => name);
const DIALECT = `one of ${DIALECT_NAMES.join(', ')}`;
/** YAML reads 5.0 as a number. */
const dialect = z
  .union([z.string(), z.number()], DIALECT)
  .transform(
    (value, context): DialectName => dialectFromText(String(value))?.name ?? invalid(context, DIALECT),
  );

const listener = z
  .strictObject({
    name: text.optional().describe('what the log, hooks and authenticators call it'),
    protocol: z
      .enum(['tcp', 'ws'], 'one of tcp, ws')
      .default('tcp')
      .describe('`tcp`, or `ws` for MQTT over WebSocket'),
    host: text.default('127.0.0.1').describe('the address to listen on'),
    port: whole(0, 65_535).optional().describe('0 lets the system choose, and the broker prints it'),
    path: z
      .string(PATH)
      .regex(/^\/[^?#\s]*$/, PATH)
      .optional()
      .describe('`ws` only: the path of the URL; another one gets 404'),
    origins: z
      .array(text)
      .optional()
      .describe(
        '`ws` only: pages that may connect, as browsers write them in Origin: `https://app.example`, or `*` for all',
      ),
    dialects: z
      .array(dialect)
      .min(1, 'at least one version')
      .optional()
      .describe('the versions of MQTT that are spoken, of 3.1, 3.1.1, 5.0; another one gets 0x84, 1 in 3.x'),
    connectionsMax: count(1)
      .optional()
      .describe('clients at once through this listener; one more gets 0x89, 3 in 3.x'),
    authentication: authenticationLinks
      .optional()
      .describe('who is asked who a client is, instead of `authentication` at the top'),
  })
  .superRefine((one, context) => {
    if (one.protocol === 'ws') return;
    for (const key of ['path', 'origins'] as const) {
      if (one[key] === undefined) continue;
      context.addIssue({ code: 'custom', path: [key], message: 'left out where `protocol` is not ws' });
    }
  });

const listeners = z
  .array(listener)
  .min(1, 'at least one listener')
  .superRefine((all, context) => {
    for (const [i, { name }] of all.entries()) {
      if (name === undefined || all.findIndex((other) => other.name === name) === i) continue;
      context.addIssue({ code: 'custom', path: [i, 'name'], message: 'a name that no other listener has' });
    }
  });

export const listenerKeys = { listeners: listeners.prefault([{}]).describe('a list of listeners') };

type ListenerConfig = z.output<typeof listener>;

/** A name may be left out: then it is the protocol, and from the second on with a number, as in `tcp-2`. */
export function listenersOf(
  configs: readonly ListenerConfig[],
  { limits, authentication }: Pick<ListenerSettings, 'limits' | 'authentication'>,
): readonly ListenerSettings[] {
  const taken = new Set(configs.map(({ name }) => name));
  return configs.map((config) => {
    const name = config.name ?? freeName(config.protocol, taken);
    taken.add(name);
    return {
      options: optionsOf(config, name),
      limits,
      dialects: config.dialects ?? DIALECT_NAMES,
      guestsMax: config.connectionsMax ?? Number.POSITIVE_INFINITY,
      authentication: linksOf(config.authentication) ?? authentication,
    };
  });
}

function freeName(protocol: string, taken: ReadonlySet<string | undefined>): string {
  let name = protocol;
  for (let i = 2; taken.has(name); i++) name = `${protocol}-${i}`;
  return name;
}

function optionsOf({ protocol, host, port, path, origins }: ListenerConfig, name: string): ListenerOptions {
  if (protocol === 'tcp') return { protocol, name, host, port: port ?? TCP_PORT };
  return {
    protocol,
    name,
    host,
    port: port ?? WEBSOCKET_PORT,
    path: path ?? '/mqtt',
    origins: origins ?? [],
  };
}
