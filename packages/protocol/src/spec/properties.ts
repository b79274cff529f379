// The 27 properties of MQTT 5 as one table; their types are derived from it. [5:2.2.2.2]
// Owns facts only: reading and writing them is `codec/properties.ts`.

import type { Side } from './packet-types.ts';

/** Where properties stand: a packet, or the will inside CONNECT. */
export type PropertyPlace =
  | 'connect'
  | 'will'
  | 'connack'
  | 'publish'
  | 'puback'
  | 'pubrec'
  | 'pubrel'
  | 'pubcomp'
  | 'subscribe'
  | 'suback'
  | 'unsubscribe'
  | 'unsuback'
  | 'disconnect'
  | 'auth';

/** How a property is written; `boolean` and `bit` are a byte that may only be 0 or 1. */
export type PropertyType =
  | 'boolean'
  | 'bit'
  | 'uint16'
  | 'uint32'
  | 'variable'
  | 'string'
  | 'topic'
  | 'binary'
  | 'pair';

interface ValueOf {
  readonly boolean: boolean;
  readonly bit: 0 | 1;
  readonly uint16: number;
  readonly uint32: number;
  readonly variable: number;
  readonly string: string;
  readonly topic: string;
  readonly binary: Uint8Array;
  readonly pair: readonly [name: string, value: string];
}

interface Fact {
  readonly id: number;
  /** The standard's words. */
  readonly title: string;
  readonly type: PropertyType;
  readonly places: readonly PropertyPlace[];
  /** In every place unless a place is named; those that repeat are arrays in the packet model. */
  readonly repeats: boolean;
  /** 0 is not a value. */
  readonly nonZero: boolean;
  /** Only this side may send it, whatever the place; `publish` only: SUBSCRIBE's own identifier comes from clients. */
  readonly publishSender: Side | undefined;
  readonly disconnectSender: Side | undefined;
  readonly clause: string;
}

/** Once in its place, any value, from both sides: as most are. */
function property<const T extends PropertyType, const P extends PropertyPlace>(
  id: number,
  title: string,
  type: T,
  places: readonly P[],
  clause: string,
) {
  const once = {
    repeats: false,
    nonZero: false,
    publishSender: undefined,
    disconnectSender: undefined,
  } as const;
  return { id, title, type, places, ...once, clause };
}

const MESSAGE = ['publish', 'will'] as const;
const ACKS = ['puback', 'pubrec', 'pubrel', 'pubcomp', 'suback', 'unsuback'] as const;

/** By the name they have in the packet model, in the order of their identifiers. */
export const PROPERTIES = {
  payloadFormatIndicator: property(0x01, 'Payload Format Indicator', 'bit', MESSAGE, '[5:3.3.2.3.2]'),
  messageExpiryInterval: property(0x02, 'Message Expiry Interval', 'uint32', MESSAGE, '[5:3.3.2.3.3]'),
  contentType: property(0x03, 'Content Type', 'string', MESSAGE, '[5:3.3.2.3.9]'),
  responseTopic: property(0x08, 'Response Topic', 'topic', MESSAGE, '[5:3.3.2.3.5]'),
  correlationData: property(0x09, 'Correlation Data', 'binary', MESSAGE, '[5:3.3.2.3.6]'),
  subscriptionIdentifiers: {
    ...property(0x0b, 'Subscription Identifier', 'variable', ['publish', 'subscribe'], '[5:3.3.2.3.8]'),
    repeats: true,
    nonZero: true,
    publishSender: 'server',
  },
  sessionExpiryInterval: {
    ...property(
      0x11,
      'Session Expiry Interval',
      'uint32',
      ['connect', 'connack', 'disconnect'],
      '[5:3.1.2.11.2]',
    ),
    disconnectSender: 'client',
  },
  assignedClientIdentifier: property(
    0x12,
    'Assigned Client Identifier',
    'string',
    ['connack'],
    '[5:3.2.2.3.7]',
  ),
  serverKeepAlive: property(0x13, 'Server Keep Alive', 'uint16', ['connack'], '[5:3.2.2.3.14]'),
  authenticationMethod: property(
    0x15,
    'Authentication Method',
    'string',
    ['connect', 'connack', 'auth'],
    '[5:3.1.2.11.9]',
  ),
  authenticationData: property(
    0x16,
    'Authentication Data',
    'binary',
    ['connect', 'connack', 'auth'],
    '[5:3.1.2.11.10]',
  ),
  requestProblemInformation: property(
    0x17,
    'Request Problem Information',
    'boolean',
    ['connect'],
    '[5:3.1.2.11.7]',
  ),
  willDelayInterval: property(0x18, 'Will Delay Interval', 'uint32', ['will'], '[5:3.1.3.2.2]'),
  requestResponseInformation: property(
    0x19,
    'Request Response Information',
    'boolean',
    ['connect'],
    '[5:3.1.2.11.6]',
  ),
  responseInformation: property(0x1a, 'Response Information', 'string', ['connack'], '[5:3.2.2.3.15]'),
  serverReference: {
    ...property(0x1c, 'Server Reference', 'string', ['connack', 'disconnect'], '[5:3.2.2.3.16]'),
    disconnectSender: 'server',
  },
  reasonString: property(
    0x1f,
    'Reason String',
    'string',
    ['connack', ...ACKS, 'disconnect', 'auth'],
    '[5:3.2.2.3.9]',
  ),
  receiveMaximum: {
    ...property(0x21, 'Receive Maximum', 'uint16', ['connect', 'connack'], '[5:3.1.2.11.3]'),
    nonZero: true,
  },
  topicAliasMaximum: property(
    0x22,
    'Topic Alias Maximum',
    'uint16',
    ['connect', 'connack'],
    '[5:3.1.2.11.5]',
  ),
  topicAlias: { ...property(0x23, 'Topic Alias', 'uint16', ['publish'], '[5:3.3.2.3.4]'), nonZero: true },
  maximumQos: property(0x24, 'Maximum QoS', 'bit', ['connack'], '[5:3.2.2.3.4]'),
  retainAvailable: property(0x25, 'Retain Available', 'boolean', ['connack'], '[5:3.2.2.3.5]'),
  userProperties: {
    ...property(
      0x26,
      'User Property',
      'pair',
      ['connect', 'will', 'connack', 'publish', ...ACKS, 'subscribe', 'unsubscribe', 'disconnect', 'auth'],
      '[5:3.1.2.11.8]',
    ),
    repeats: true,
  },
  maximumPacketSize: {
    ...property(0x27, 'Maximum Packet Size', 'uint32', ['connect', 'connack'], '[5:3.1.2.11.4]'),
    nonZero: true,
  },
  wildcardSubscriptionAvailable: property(
    0x28,
    'Wildcard Subscription Available',
    'boolean',
    ['connack'],
    '[5:3.2.2.3.11]',
  ),
  subscriptionIdentifiersAvailable: property(
    0x29,
    'Subscription Identifiers Available',
    'boolean',
    ['connack'],
    '[5:3.2.2.3.12]',
  ),
  sharedSubscriptionAvailable: property(
    0x2a,
    'Shared Subscription Available',
    'boolean',
    ['connack'],
    '[5:3.2.2.3.13]',
  ),
} as const satisfies Record<string, Fact>;

export type PropertyName = keyof typeof PROPERTIES;

type Facts = typeof PROPERTIES;
type Value<N extends PropertyName> = Facts[N]['repeats'] extends true
  ? readonly ValueOf[Facts[N]['type']][]
  : ValueOf[Facts[N]['type']];

type NamesIn<P extends PropertyPlace> = {
  [N in PropertyName]: P extends Facts[N]['places'][number] ? N : never;
}[PropertyName];

/** The properties that may stand in `P`. Key order is wire order; values that repeat are arrays in wire order. */
export type PropertiesOf<P extends PropertyPlace> = {
  readonly [N in NamesIn<P>]?: Value<N>;
};

/** Any property set, whatever its place. */
export type AnyProperties = { readonly [N in PropertyName]?: Value<N> };

export interface PropertyFact extends Fact {
  readonly name: PropertyName;
  /** One bit of its own in a set of properties: there are 27. */
  readonly bit: number;
}

const NAMED: readonly PropertyFact[] = Object.entries<Fact>(PROPERTIES).map(([name, fact], index) => {
  // Spelled out: facts are read for every property of every packet and have one shape.
  const { id, title, type, places, repeats, nonZero, publishSender, disconnectSender, clause } = fact;
  const own = { name: name as PropertyName, bit: 1 << index };
  return { id, title, type, places, repeats, nonZero, publishSender, disconnectSender, clause, ...own };
});

/** Indexed by property identifier; undefined where MQTT 5 defines none. */
export const PROPERTY_BY_ID: readonly (PropertyFact | undefined)[] = Array.from({ length: 128 }, (_, id) =>
  NAMED.find((f) => f.id === id),
);

/** By the name in the packet model. */
export const PROPERTY_BY_NAME: ReadonlyMap<string, PropertyFact> = new Map(NAMED.map((f) => [f.name, f]));

/** The one property set without properties; shared, so that the absence of properties costs nothing. */
export const NO_PROPERTIES: Readonly<Record<string, never>> = Object.freeze({});
