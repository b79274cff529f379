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
  readonly publishSender?: Side | undefined;
  readonly disconnectSender?: Side | undefined;
  /** What a receiver takes for granted when it is absent; undefined where absence says nothing. */
  readonly absent?: string | undefined;
  /** Seconds, bytes, ...: what the number counts. */
  readonly unit?: string | undefined;
  readonly clause: string;
}

const ACKS = ['puback', 'pubrec', 'pubrel', 'pubcomp', 'suback', 'unsuback'] as const;
const MESSAGE = ['publish', 'will'] as const;
const ONCE = { repeats: false, nonZero: false } as const;
const ONCE_NON_ZERO = { repeats: false, nonZero: true } as const;

/** By the name they have in the packet model, in the order of their identifiers. */
export const PROPERTIES = {
  payloadFormatIndicator: {
    id: 0x01,
    title: 'Payload Format Indicator',
    type: 'bit',
    places: MESSAGE,
    ...ONCE,
    absent: '0, unspecified bytes',
    clause: '[5:3.3.2.3.2]',
  },
  messageExpiryInterval: {
    id: 0x02,
    title: 'Message Expiry Interval',
    type: 'uint32',
    places: MESSAGE,
    ...ONCE,
    unit: 's',
    absent: 'the message does not expire',
    clause: '[5:3.3.2.3.3]',
  },
  contentType: {
    id: 0x03,
    title: 'Content Type',
    type: 'string',
    places: MESSAGE,
    ...ONCE,
    clause: '[5:3.3.2.3.9]',
  },
  responseTopic: {
    id: 0x08,
    title: 'Response Topic',
    type: 'topic',
    places: MESSAGE,
    ...ONCE,
    clause: '[5:3.3.2.3.5]',
  },
  correlationData: {
    id: 0x09,
    title: 'Correlation Data',
    type: 'binary',
    places: MESSAGE,
    ...ONCE,
    clause: '[5:3.3.2.3.6]',
  },
  subscriptionIdentifiers: {
    id: 0x0b,
    title: 'Subscription Identifier',
    type: 'variable',
    places: ['publish', 'subscribe'] as const,
    repeats: true,
    nonZero: true,
    publishSender: 'server',
    clause: '[5:3.3.2.3.8]',
  },
  sessionExpiryInterval: {
    id: 0x11,
    title: 'Session Expiry Interval',
    type: 'uint32',
    places: ['connect', 'connack', 'disconnect'] as const,
    ...ONCE,
    disconnectSender: 'client',
    unit: 's',
    absent: '0 in CONNECT; as the client asked in CONNACK',
    clause: '[5:3.1.2.11.2]',
  },
  assignedClientIdentifier: {
    id: 0x12,
    title: 'Assigned Client Identifier',
    type: 'string',
    places: ['connack'] as const,
    ...ONCE,
    clause: '[5:3.2.2.3.7]',
  },
  serverKeepAlive: {
    id: 0x13,
    title: 'Server Keep Alive',
    type: 'uint16',
    places: ['connack'] as const,
    ...ONCE,
    unit: 's',
    absent: 'as the client asked',
    clause: '[5:3.2.2.3.14]',
  },
  authenticationMethod: {
    id: 0x15,
    title: 'Authentication Method',
    type: 'string',
    places: ['connect', 'connack', 'auth'] as const,
    ...ONCE,
    clause: '[5:3.1.2.11.9]',
  },
  authenticationData: {
    id: 0x16,
    title: 'Authentication Data',
    type: 'binary',
    places: ['connect', 'connack', 'auth'] as const,
    ...ONCE,
    clause: '[5:3.1.2.11.10]',
  },
  requestProblemInformation: {
    id: 0x17,
    title: 'Request Problem Information',
    type: 'boolean',
    places: ['connect'] as const,
    ...ONCE,
    absent: '1',
    clause: '[5:3.1.2.11.7]',
  },
  willDelayInterval: {
    id: 0x18,
    title: 'Will Delay Interval',
    type: 'uint32',
    places: ['will'] as const,
    ...ONCE,
    unit: 's',
    absent: '0',
    clause: '[5:3.1.3.2.2]',
  },
  requestResponseInformation: {
    id: 0x19,
    title: 'Request Response Information',
    type: 'boolean',
    places: ['connect'] as const,
    ...ONCE,
    absent: '0',
    clause: '[5:3.1.2.11.6]',
  },
  responseInformation: {
    id: 0x1a,
    title: 'Response Information',
    type: 'string',
    places: ['connack'] as const,
    ...ONCE,
    clause: '[5:3.2.2.3.15]',
  },
  serverReference: {
    id: 0x1c,
    title: 'Server Reference',
    type: 'string',
    places: ['connack', 'disconnect'] as const,
    ...ONCE,
    disconnectSender: 'server',
    clause: '[5:3.2.2.3.16]',
  },
  reasonString: {
    id: 0x1f,
    title: 'Reason String',
    type: 'string',
    places: ['connack', ...ACKS, 'disconnect', 'auth'] as const,
    ...ONCE,
    clause: '[5:3.2.2.3.9]',
  },
  receiveMaximum: {
    id: 0x21,
    title: 'Receive Maximum',
    type: 'uint16',
    places: ['connect', 'connack'] as const,
    ...ONCE_NON_ZERO,
    unit: 'messages',
    absent: '65535',
    clause: '[5:3.1.2.11.3]',
  },
  topicAliasMaximum: {
    id: 0x22,
    title: 'Topic Alias Maximum',
    type: 'uint16',
    places: ['connect', 'connack'] as const,
    ...ONCE,
    unit: 'aliases',
    absent: '0, no aliases',
    clause: '[5:3.1.2.11.5]',
  },
  topicAlias: {
    id: 0x23,
    title: 'Topic Alias',
    type: 'uint16',
    places: ['publish'] as const,
    ...ONCE_NON_ZERO,
    clause: '[5:3.3.2.3.4]',
  },
  maximumQos: {
    id: 0x24,
    title: 'Maximum QoS',
    type: 'bit',
    places: ['connack'] as const,
    ...ONCE,
    absent: '2',
    clause: '[5:3.2.2.3.4]',
  },
  retainAvailable: {
    id: 0x25,
    title: 'Retain Available',
    type: 'boolean',
    places: ['connack'] as const,
    ...ONCE,
    absent: '1',
    clause: '[5:3.2.2.3.5]',
  },
  userProperties: {
    id: 0x26,
    title: 'User Property',
    type: 'pair',
    places: [
      'connect',
      'will',
      'connack',
      'publish',
      ...ACKS,
      'subscribe',
      'unsubscribe',
      'disconnect',
      'auth',
    ] as const,
    repeats: true,
    nonZero: false,
    clause: '[5:3.1.2.11.8]',
  },
  maximumPacketSize: {
    id: 0x27,
    title: 'Maximum Packet Size',
    type: 'uint32',
    places: ['connect', 'connack'] as const,
    ...ONCE_NON_ZERO,
    unit: 'bytes',
    absent: 'as large as the protocol allows',
    clause: '[5:3.1.2.11.4]',
  },
  wildcardSubscriptionAvailable: {
    id: 0x28,
    title: 'Wildcard Subscription Available',
    type: 'boolean',
    places: ['connack'] as const,
    ...ONCE,
    absent: '1',
    clause: '[5:3.2.2.3.11]',
  },
  subscriptionIdentifiersAvailable: {
    id: 0x29,
    title: 'Subscription Identifiers Available',
    type: 'boolean',
    places: ['connack'] as const,
    ...ONCE,
    absent: '1',
    clause: '[5:3.2.2.3.12]',
  },
  sharedSubscriptionAvailable: {
    id: 0x2a,
    title: 'Shared Subscription Available',
    type: 'boolean',
    places: ['connack'] as const,
    ...ONCE,
    absent: '1',
    clause: '[5:3.2.2.3.13]',
  },
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

const NAMED: readonly PropertyFact[] = Object.entries(PROPERTIES).map(([name, fact], index) => {
  // Spelled out: facts are read for every property of every packet and have one shape.
  const { id, title, type, places, repeats, nonZero, publishSender, disconnectSender, absent, unit, clause } =
    fact as Fact;
  const senders = { publishSender, disconnectSender };
  return {
    id,
    title,
    type,
    places,
    repeats,
    nonZero,
    ...senders,
    absent,
    unit,
    clause,
    name: name as PropertyName,
    bit: 1 << index,
  };
});

/** Indexed by property identifier; undefined where MQTT 5 defines none. */
export const PROPERTY_BY_ID: readonly (PropertyFact | undefined)[] = Array.from({ length: 128 }, (_, id) =>
  NAMED.find((f) => f.id === id),
);

/** By the name in the packet model. */
export const PROPERTY_BY_NAME: ReadonlyMap<string, PropertyFact> = new Map(NAMED.map((f) => [f.name, f]));

/** The one property set without properties; shared, so that the absence of properties costs nothing. */
export const NO_PROPERTIES: Readonly<Record<string, never>> = Object.freeze({});
