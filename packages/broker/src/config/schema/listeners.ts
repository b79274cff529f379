// Where the broker listens, and what differs on one listener from the rest of it: the key `listeners`.

import { DIALECTS, type DialectName, dialectFromText } from '@anax/protocol';
import { z } from 'zod';
import { isAddressRange } from '../../listeners/addresses.ts';
import type { ListenerOptions } from '../../listeners/open.ts';
import type { ListenerSettings } from '../settings.ts';
import { authenticationLinks, linksOf } from './links.ts';
import { ownKeys, ownLimits } from './listener-limits.ts';
import { NO_TLS, tlsKeys, tlsOptions } from './tls.ts';
import { count, invalid, socketPath, text, whole } from './values.ts';

/** Registered with IANA; for WebSocket none is, this is what EMQX and MQTTX take. */
const TCP_PORT = 1883;
const WEBSOCKET_PORT = 8083;
const TLS_PORT = 8883;
/** For what HTTP is over TLS here is none registered either. */
const SECURE_WEBSOCKET_PORT = 8084;
const UNIX_MODE = '0600';
const PROTOCOLS = ['tcp', 'tls', 'ws', 'wss', 'unix'] as const;
type Protocol = (typeof PROTOCOLS)[number];
/** Keys that mean something only there. */
const WHERE: Readonly<Record<string, readonly Protocol[]>> = {
  port: ['tcp', 'tls', 'ws', 'wss'],
  path: ['ws', 'wss'],
  origins: ['ws', 'wss'],
  forwardedFor: ['ws', 'wss'],
  file: ['unix'],
  mode: ['unix'],
  owner: ['unix'],
  group: ['unix'],
  tls: ['tls', 'wss'],
  proxyProtocol: ['tcp', 'tls', 'ws', 'wss'],
};
const PATH = 'a path of a URL that begins with /';
const DIALECT_NAMES = DIALECTS.map(({ name }) => name);
const DIALECT = `one of ${DIALECT_NAMES.join(', ')}`;
/** YAML reads 5.0 as a number. */
const dialect = z
  .union([z.string(), z.number()], DIALECT)
  .transform(
    (value, context): DialectName => dialectFromText(String(value))?.name ?? invalid(context, DIALECT),
  );

const PROTOCOL = `one of ${PROTOCOLS.join(', ')}`;
const MODE = 'permissions of a file in quotes, such as "0660"';
const addressRange = text.refine(isAddressRange, 'an IP address, or a range such as 10.0.0.0/8');

const listener = z
  .strictObject({
    name: text.optional().describe('what the log, hooks and authenticators call it'),
    protocol: z
      .enum(PROTOCOLS, PROTOCOL)
      .default('tcp')
      .describe(
        '`tcp`, `tls`, `ws` for MQTT over WebSocket, `wss` for that over TLS, or `unix` for a Unix socket',
      ),
    host: text.default('127.0.0.1').describe('the address to listen on'),
    port: whole(0, 65_535).optional().describe('0 lets the system choose, and the broker prints it'),
    path: z
      .string(PATH)
      .regex(/^\/[^?#\s]*$/, PATH)
      .optional()
      .describe('`ws` and `wss`: the path of the URL; another one gets 404'),
    origins: z
      .array(text)
      .optional()
      .describe(
        '`ws` and `wss`: pages that may connect, as browsers write them in Origin: `https://app.example`, or `*` for all',
      ),
    forwardedFor: z
      .array(addressRange)
      .optional()
      .describe(
        '`ws` and `wss`: proxies whose `X-Forwarded-For` (or `X-Real-IP`) is believed, addresses or ranges',
      ),
    file: socketPath.optional().describe('`unix`: the file of the socket'),
    mode: z
      .string(MODE)
      .regex(/^0?[0-7]{3}$/, MODE)
      .optional()
      .describe('`unix`: who may connect, as permissions of the file, in quotes'),
    owner: text.optional().describe('`unix`: whose file it is, a name or a number'),
    group: text.optional().describe('`unix`: the group of the file, a name or a number'),
    tls: tlsKeys.optional().describe('`tls` and `wss`: certificates and keys'),
    proxyProtocol: z
      .strictObject({
        from: z
          .array(addressRange)
          .min(1, 'at least one address')
          .describe('proxies that send a header of the PROXY protocol, version 1 or 2: addresses or ranges'),
        others: z
          .enum(['refuse', 'serve'], 'one of refuse, serve')
          .default('refuse')
          .describe(
            'what becomes of connections from elsewhere: `refuse`, or `serve` as they are, without a header',
          ),
      })
      .optional()
      .describe('who may say, before the first byte, for whom it stands'),
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
    ...ownKeys,
  })
  .superRefine((one, context) => {
    const refuse = (key: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [key], message });
    for (const [key, protocols] of Object.entries(WHERE)) {
      if (one[key as keyof typeof one] === undefined || protocols.includes(one.protocol)) continue;
      refuse(key, `left out where \`protocol\` is not ${protocols.join(' or ')}`);
    }
    if ((one.protocol === 'tls' || one.protocol === 'wss') && one.tls === undefined) {
      refuse('tls', 'keys with values where `protocol` is tls or wss');
    }
    if (one.protocol === 'unix' && one.file === undefined) refuse('file', 'the name of a file');
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
      limits: ownLimits(config, limits),
      dialects: config.dialects ?? DIALECT_NAMES,
      guestsMax: config.connectionsMax ?? Number.POSITIVE_INFINITY,
      authentication: linksOf(config.authentication) ?? authentication,
      userNameFrom: config.tls?.userNameFrom,
    };
  });
}

function freeName(protocol: string, taken: ReadonlySet<string | undefined>): string {
  let name = protocol;
  for (let i = 2; taken.has(name); i++) name = `${protocol}-${i}`;
  return name;
}

function optionsOf(config: ListenerConfig, name: string): ListenerOptions {
  const { protocol, host, port, proxyProtocol } = config;
  const tls = tlsOptions(config.tls ?? NO_TLS);
  switch (protocol) {
    case 'tcp':
      return { protocol, name, host, port: port ?? TCP_PORT, proxyProtocol };
    case 'tls':
      return { protocol, name, host, port: port ?? TLS_PORT, proxyProtocol, tls };
    case 'ws':
      return { protocol, name, host, port: port ?? WEBSOCKET_PORT, proxyProtocol, ...pagesOf(config) };
    case 'wss':
      return {
        protocol,
        name,
        host,
        port: port ?? SECURE_WEBSOCKET_PORT,
        proxyProtocol,
        tls,
        ...pagesOf(config),
      };
    case 'unix': {
      const { file = '', mode = UNIX_MODE, owner, group } = config;
      return { protocol, name, path: file, mode: Number.parseInt(mode, 8), owner, group };
    }
  }
}

function pagesOf({ path, origins, forwardedFor }: ListenerConfig) {
  return { path: path ?? '/mqtt', origins: origins ?? [], forwardedFor };
}
