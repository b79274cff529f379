// What each property says, in words, and in which section each place's standard text says so. Facts as tables.

import { KEEP_ALIVE_GRACE_FACTOR, SESSION_EXPIRY_NEVER_SECONDS } from '../spec/limits.ts';
import type { PropertyFact, PropertyName, PropertyPlace } from '../spec/properties.ts';
import { byteCount, counted, seconds } from './shown.ts';

interface Sections {
  /** The section on the place's properties; `.1` is its Property Length. */
  readonly section: string;
  /** Those of `.2` and on. */
  readonly names: readonly PropertyName[];
}

const ACK = ['reasonString', 'userProperties'] as const;

/** The order in which the standard treats the properties of each place. [5:2.2.2] */
const SECTIONS: Readonly<Record<PropertyPlace, Sections>> = {
  connect: {
    section: '3.1.2.11',
    names: [
      'sessionExpiryInterval',
      'receiveMaximum',
      'maximumPacketSize',
      'topicAliasMaximum',
      'requestResponseInformation',
      'requestProblemInformation',
      'userProperties',
      'authenticationMethod',
      'authenticationData',
    ],
  },
  will: {
    section: '3.1.3.2',
    names: [
      'willDelayInterval',
      'payloadFormatIndicator',
      'messageExpiryInterval',
      'contentType',
      'responseTopic',
      'correlationData',
      'userProperties',
    ],
  },
  connack: {
    section: '3.2.2.3',
    names: [
      'sessionExpiryInterval',
      'receiveMaximum',
      'maximumQos',
      'retainAvailable',
      'maximumPacketSize',
      'assignedClientIdentifier',
      'topicAliasMaximum',
      'reasonString',
      'userProperties',
      'wildcardSubscriptionAvailable',
      'subscriptionIdentifiersAvailable',
      'sharedSubscriptionAvailable',
      'serverKeepAlive',
      'responseInformation',
      'serverReference',
      'authenticationMethod',
      'authenticationData',
    ],
  },
  publish: {
    section: '3.3.2.3',
    names: [
      'payloadFormatIndicator',
      'messageExpiryInterval',
      'topicAlias',
      'responseTopic',
      'correlationData',
      'userProperties',
      'subscriptionIdentifiers',
      'contentType',
    ],
  },
  puback: { section: '3.4.2.2', names: ACK },
  pubrec: { section: '3.5.2.2', names: ACK },
  pubrel: { section: '3.6.2.2', names: ACK },
  pubcomp: { section: '3.7.2.2', names: ACK },
  subscribe: { section: '3.8.2.1', names: ['subscriptionIdentifiers', 'userProperties'] },
  suback: { section: '3.9.2.1', names: ACK },
  unsubscribe: { section: '3.10.2.1', names: ['userProperties'] },
  unsuback: { section: '3.11.2.1', names: ACK },
  disconnect: {
    section: '3.14.2.2',
    names: ['sessionExpiryInterval', 'reasonString', 'userProperties', 'serverReference'],
  },
  auth: {
    section: '3.15.2.2',
    names: ['authenticationMethod', 'authenticationData', 'reasonString', 'userProperties'],
  },
};

/** The tag of the section on all properties of a place. */
export function propertiesClause(place: PropertyPlace): string {
  return `[5:${SECTIONS[place].section}]`;
}

/** The tag of the section on one property in a place; the table's own where it does not belong there. */
export function propertyClause(fact: PropertyFact, place: PropertyPlace): string {
  const { section, names } = SECTIONS[place];
  const index = names.indexOf(fact.name);
  return index < 0 ? fact.clause : `[5:${section}.${index + 2}]`;
}

const yesNo = (yes: string, no: string) => (value: number) => (value === 0 ? no : yes);
const supported = (what: string) =>
  yesNo(`the server supports ${what}`, `the server does not support ${what}`);

/** Numbers in words. */
const MEANINGS: Partial<Readonly<Record<PropertyName, (value: number, peer: string) => string>>> = {
  payloadFormatIndicator: yesNo('the payload is UTF-8 text', 'the payload is unspecified bytes'),
  messageExpiryInterval: (s) => `${seconds(s)}: the message expires then if it has not been delivered`,
  subscriptionIdentifiers: (id) => `subscription ${id}`,
  sessionExpiryInterval: (s) => {
    if (s === 0) return 'the session ends when the connection closes';
    if (s === SESSION_EXPIRY_NEVER_SECONDS) return 'the session never expires';
    return `${seconds(s)}: the session is kept that long after the connection closes`;
  },
  serverKeepAlive: (s) => `${keepAliveMeaning(s)}; it takes the place of the client's Keep Alive`,
  requestProblemInformation: yesNo(
    'Reason String and User Properties may come in any packet that can have them',
    'Reason String and User Properties only in PUBLISH, CONNACK and DISCONNECT',
  ),
  willDelayInterval: (s) =>
    s === 0
      ? 'the will is published without delay'
      : `${seconds(s)}: the will is published then, or when the session ends`,
  requestResponseInformation: yesNo(
    'the server may give Response Information in CONNACK',
    'the server gives no Response Information',
  ),
  receiveMaximum: (n, peer) =>
    `${peer} may have at most ${counted(n, 'QoS 1 or 2 message')} unacknowledged at once`,
  topicAliasMaximum: (n, peer) => `${peer} may use ${n === 0 ? 'no Topic Alias' : `Topic Alias 1 to ${n}`}`,
  topicAlias: (n) => `alias ${n} stands for the topic name`,
  maximumQos: (qos) => `the server takes messages up to QoS ${qos}`,
  retainAvailable: supported('retained messages'),
  maximumPacketSize: (n, peer) => `${byteCount(n)}: ${peer} must not send larger packets`,
  wildcardSubscriptionAvailable: supported('wildcards in topic filters'),
  subscriptionIdentifiersAvailable: supported('Subscription Identifiers'),
  sharedSubscriptionAvailable: supported('shared subscriptions'),
};

/** What a property with a number for its value says. */
export function numberMeaning(fact: PropertyFact, value: number, place: PropertyPlace): string {
  if (value === 0 && fact.nonZero) return '0 is not a value this property can have';
  if ((fact.type === 'boolean' || fact.type === 'bit') && value > 1) return 'only 0 and 1 exist';
  const peer = place === 'connect' ? 'the server' : 'the client';
  return MEANINGS[fact.name]?.(value, peer) ?? '';
}

/** Text and data in words. */
const TEXTS: Partial<Readonly<Record<PropertyName, string>>> = {
  contentType: 'what the payload is; client and server of MQTT do not look at it',
  responseTopic: 'where a response to this request belongs',
  correlationData: 'tells the requester which request a response is for',
  assignedClientIdentifier: 'the client identifier that the server made up for this client',
  authenticationMethod: 'the name of the enhanced authentication that is used',
  authenticationData: 'its content is a matter of the Authentication Method',
  responseInformation: 'a basis for Response Topics',
  serverReference: 'the server to use instead',
  reasonString: 'for people who diagnose, not for programs to read',
};

export function textMeaning(fact: PropertyFact): string {
  return TEXTS[fact.name] ?? '';
}

/** What a receiver takes for granted without the property: anywhere, or in one place. One that is not here says nothing. */
const ABSENT: Partial<Readonly<Record<PropertyName | `${PropertyPlace}.${PropertyName}`, string>>> = {
  payloadFormatIndicator: '0, unspecified bytes',
  messageExpiryInterval: 'the message does not expire',
  serverKeepAlive: 'as the client asked',
  receiveMaximum: '65535',
  topicAliasMaximum: '0, no aliases',
  maximumPacketSize: 'as large as the protocol allows',
  'connect.sessionExpiryInterval': '0: the session ends when the connection closes',
  'connack.sessionExpiryInterval': 'as the client asked',
  'connect.requestProblemInformation': '1: Reason String and User Properties may come in any packet',
  'connect.requestResponseInformation': '0: the server gives no Response Information',
  'connack.maximumQos': '2: the server takes messages of every QoS',
  'connack.retainAvailable': '1: the server supports retained messages',
  'connack.wildcardSubscriptionAvailable': '1: the server supports wildcards in topic filters',
  'connack.subscriptionIdentifiersAvailable': '1: the server supports Subscription Identifiers',
  'connack.sharedSubscriptionAvailable': '1: the server supports shared subscriptions',
  'will.willDelayInterval': '0: the will is published without delay',
};

/** Those properties of a place whose absence says something, and what. */
export function absentMeanings(
  place: PropertyPlace,
  facts: readonly PropertyFact[],
): readonly (readonly [fact: PropertyFact, meaning: string])[] {
  return facts.flatMap((fact) => {
    const meaning = ABSENT[`${place}.${fact.name}`] ?? ABSENT[fact.name];
    return meaning === undefined || !fact.places.includes(place) ? [] : [[fact, meaning] as const];
  });
}

/** What Keep Alive, the client's or the server's, comes to. */
export function keepAliveMeaning(s: number): string {
  if (s === 0) return 'off: silence never closes the connection';
  return `${seconds(s)}: the server closes after ${s * KEEP_ALIVE_GRACE_FACTOR} s of silence`;
}
