// What CONNECT and CONNACK agreed on, as a table and as JSON: what holds for each end, and what was only taken for granted.
// Owns rows and words; knows no terminal.

import { type ConnectOptions, KEEP_ALIVE_DEFAULT_SECONDS, type Negotiated } from '@anax/client';
import {
  type AnyProperties,
  PACKET_BYTES_MAX,
  PROPERTIES,
  type PropertyName,
  SESSION_EXPIRY_NEVER_SECONDS,
} from '@anax/protocol';
import { columnsOf, hexOf, padded, painter, printable } from '../render/index.ts';
import type { Connecting } from './connect-options.ts';

interface Row {
  readonly name: string;
  readonly client: string;
  readonly server: string;
}

/** Columns wider than this push the next one to the right. */
const CLIENT_COLUMNS_MAX = 40;

export function negotiatedLines(
  { dialect, options }: Connecting,
  negotiated: Negotiated,
  colour: boolean,
): readonly string[] {
  const rows = [
    ...commonRows(options, negotiated, dialect.sessionPresent),
    ...(dialect.properties ? propertyRows(options, negotiated) : []),
  ].map(({ name, client, server }) => ({ name, client: printable(client), server: printable(server) }));
  const paint = painter(colour);
  const nameColumns = Math.max(...rows.map(({ name }) => columnsOf(name)));
  const clientColumns = Math.min(
    CLIENT_COLUMNS_MAX,
    Math.max(...rows.map(({ client }) => columnsOf(client))),
  );
  const line = ({ name, client, server }: Row, style: 'plain' | 'title'): string =>
    [
      paint(style, padded(name, nameColumns)),
      paint(style === 'title' ? style : 'value', padded(client, clientColumns)),
      paint(style === 'title' ? style : 'value', server),
    ]
      .join('  ')
      .trimEnd();
  return [
    line({ name: 'Negotiated', client: 'this client', server: 'the broker' }, 'title'),
    ...rows.map((row) => line(row, 'plain')),
  ];
}

function commonRows(options: ConnectOptions, negotiated: Negotiated, tellsSession: boolean): readonly Row[] {
  const { clientId, dialect, keepAlive } = negotiated;
  const assigned = negotiated.properties.assignedClientIdentifier !== undefined;
  const asked = options.keepAlive ?? KEEP_ALIVE_DEFAULT_SECONDS;
  const clean = options.cleanStart === false ? 'go on' : 'begin anew';
  const present = negotiated.sessionPresent ? 'Session Present: there was one' : 'a new one';
  return [
    { name: 'MQTT version', client: dialect, server: dialect },
    {
      name: 'Client Identifier',
      client: clientId === '' || assigned ? (options.clientId ?? 'none given') : clientId,
      server: assigned ? `${clientId} (assigned)` : clientId === '' ? 'not told in this version' : 'as given',
    },
    { name: 'Session', client: clean, server: tellsSession ? present : 'not told in this version' },
    {
      name: 'Keep Alive',
      client: asked === 0 ? 'off' : `${asked} s`,
      server: keepAlive === asked ? 'as asked' : keepAlive === 0 ? 'off' : `${keepAlive} s`,
    },
  ];
}

function propertyRows(options: ConnectOptions, negotiated: Negotiated): readonly Row[] {
  const asked = options.properties ?? {};
  const told = negotiated.properties;
  const { client } = negotiated;
  const both = (name: PropertyName, ours: string, theirs: string): Row => ({
    name: PROPERTIES[name].title,
    client: orDefault(ours, name in asked),
    server: orDefault(theirs, name in told),
  });
  const theirs = (name: PropertyName, value: string): Row => ({ ...both(name, '', value), client: '' });
  const rows: Row[] = [
    {
      name: PROPERTIES.sessionExpiryInterval.title,
      client: orDefault(expiry(asked.sessionExpiryInterval ?? 0), 'sessionExpiryInterval' in asked),
      server:
        told.sessionExpiryInterval === undefined ? 'as asked' : expiry(negotiated.sessionExpiryInterval),
    },
    both('receiveMaximum', messages(client.receiveMaximum), messages(negotiated.receiveMaximum)),
    both('maximumPacketSize', size(client.maximumPacketSize), size(negotiated.maximumPacketSize)),
    both('topicAliasMaximum', String(client.topicAliasMaximum), String(negotiated.topicAliasMaximum)),
    theirs('maximumQos', String(negotiated.maximumQos)),
    theirs('retainAvailable', yes(negotiated.retainAvailable)),
    theirs('wildcardSubscriptionAvailable', yes(negotiated.wildcardSubscriptionAvailable)),
    theirs('subscriptionIdentifiersAvailable', yes(negotiated.subscriptionIdentifiersAvailable)),
    theirs('sharedSubscriptionAvailable', yes(negotiated.sharedSubscriptionAvailable)),
    {
      name: PROPERTIES.responseInformation.title,
      client: client.requestResponseInformation ? 'asked for' : 'not asked for',
      server: told.responseInformation ?? NOTHING,
    },
    {
      name: 'Problem Information',
      client: client.requestProblemInformation ? 'welcome' : 'declined',
      server: '',
    },
  ];
  return [...rows, ...onlyWhereSaid(asked, told)];
}

/** Texts that have no default. */
function onlyWhereSaid(asked: AnyProperties, told: AnyProperties): readonly Row[] {
  const names = ['serverReference', 'authenticationMethod', 'authenticationData', 'reasonString'] as const;
  const rows: Row[] = [];
  for (const name of names) {
    if (asked[name] === undefined && told[name] === undefined) continue;
    rows.push({ name: PROPERTIES[name].title, client: shown(asked[name]), server: shown(told[name]) });
  }
  const pairs = (all: AnyProperties): readonly string[] =>
    (all.userProperties ?? []).map(([k, v]) => `${k}: ${v}`);
  const [ours, others] = [pairs(asked), pairs(told)];
  for (let i = 0; i < Math.max(ours.length, others.length); i++) {
    const name = i === 0 ? PROPERTIES.userProperties.title : '';
    rows.push({ name, client: ours[i] ?? '', server: others[i] ?? '' });
  }
  return rows;
}

const NOTHING = '-';

function shown(value: string | Uint8Array | undefined): string {
  if (value === undefined) return NOTHING;
  return typeof value === 'string' ? value : hexOf(value);
}

function orDefault(text: string, said: boolean): string {
  return said ? text : `${text} (default)`;
}

function expiry(seconds: number): string {
  if (seconds === 0) return 'ends with the connection';
  return seconds === SESSION_EXPIRY_NEVER_SECONDS ? 'never ends' : `${seconds} s`;
}

function messages(count: number): string {
  return `${count} messages`;
}

function size(bytes: number): string {
  return bytes >= PACKET_BYTES_MAX ? 'no limit' : `${bytes} bytes`;
}

function yes(value: boolean): string {
  return value ? 'yes' : 'no';
}

/** What `--json` says of it: limits of both ends, and the properties of CONNACK as they came. */
export function negotiatedFacts(negotiated: Negotiated): Readonly<Record<string, unknown>> {
  const { client, properties, ...server } = negotiated;
  return { ...server, client, properties: propertiesJson(properties) };
}

/** Properties with bytes written in hex. */
export function propertiesJson(properties: AnyProperties): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(properties).map(([name, value]) => [
      name,
      value instanceof Uint8Array ? hexOf(value) : value,
    ]),
  );
}
