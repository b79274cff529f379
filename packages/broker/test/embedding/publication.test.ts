/** Owns what a publication from inside may be, and that it does not change with its caller's memory. */

import { MqttError } from '@anax/protocol';
import { expect, test } from 'vitest';
import { messageOf, type Publication } from '../../src/embedding/publication.ts';
import { DEFAULT_LIMITS } from '../../src/hub/limits.ts';
import { text } from '../bench.ts';

const made = (publication: Publication) => messageOf(publication, DEFAULT_LIMITS, 1000);

test('what is left out is empty, 0 or false, and the server is the publisher', () => {
  expect(made({ topic: 'a' })).toEqual({
    topic: 'a',
    payload: new Uint8Array(0),
    qos: 0,
    retain: false,
    properties: {},
    publisher: '',
    expiresAt: Number.POSITIVE_INFINITY,
  });
});

test('a text goes as UTF-8, bytes are copied', () => {
  expect(text(made({ topic: 'a', payload: 'h\u00e9' }).payload)).toBe('h\u00e9');
  const payload = Buffer.from('abc');
  const correlationData = Uint8Array.of(1);
  const message = made({ topic: 'a', payload, properties: { correlationData } });
  payload.fill(0);
  correlationData.fill(0);
  expect(text(message.payload)).toBe('abc');
  expect(message.properties.correlationData).toEqual(Uint8Array.of(1));
});

test('Message Expiry Interval counts from now [5:3.3.2.3.3]', () => {
  expect(made({ topic: 'a', properties: { messageExpiryInterval: 3 } }).expiresAt).toBe(4000);
});

test('properties keep their order, what belongs to a hop is left behind', () => {
  const properties = {
    userProperties: [
      ['k', '1'],
      ['k', '2'],
    ],
    contentType: 'x',
    topicAlias: 3,
  } as const;
  expect(Object.keys(made({ topic: 'a', properties }).properties)).toEqual(['userProperties', 'contentType']);
});

const wrong: readonly (readonly [what: string, publication: unknown, code: string, message: RegExp])[] = [
  ['no topic', {}, 'invalid-topic-name', /is no text/],
  ['an empty topic', { topic: '' }, 'invalid-topic-name', /has no characters/],
  ['a wildcard', { topic: 'a/#' }, 'invalid-topic-name', /"a\/#" holds a wildcard/],
  ['U+0000', { topic: 'a\0' }, 'invalid-topic-name', /U\+0000/],
  ['QoS 3', { topic: 'a', qos: 3 }, 'invalid-option', /`qos` must be 0, 1 or 2/],
  ['a number as payload', { topic: 'a', payload: 7 }, 'invalid-option', /`payload` must be/],
  ['a word as retain', { topic: 'a', retain: 'yes' }, 'invalid-option', /`retain` must be/],
  [
    'a wildcard to answer on',
    { topic: 'a', properties: { responseTopic: 'a/+' } },
    'invalid-topic-name',
    /wildcard/,
  ],
  ['half a pair', { topic: 'a', properties: { contentType: '\ud800' } }, 'invalid-string', /./],
  ['too much', { topic: 'a', payload: new Uint8Array(268_435_455) }, 'packet-too-large', /268435455/],
];

test.each(wrong)('%s is a wrong call', (_, publication, code, message) => {
  try {
    made(publication as Publication);
  } catch (error) {
    if (!(error instanceof MqttError)) throw error;
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    return;
  }
  throw new Error('nothing is wrong with it');
});

test('retain is a wrong call where nothing is retained', () => {
  const limits = { ...DEFAULT_LIMITS, retainAvailable: false };
  expect(() => messageOf({ topic: 'a', retain: true }, limits, 0)).toThrow('this server retains nothing');
});
