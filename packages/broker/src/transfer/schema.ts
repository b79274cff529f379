// What each line of an export may say, as a table: the fields of each kind of record, and what is expected of them.
// What records.ts writes, this reads.

import {
  isTopicName,
  type Message,
  type MessageProperties,
  PACKET_ID_MAX,
  type QoS,
  type TopicFilter,
  type TopicName,
  utf8Bytes,
  VARIABLE_BYTE_INTEGER_MAX,
} from '@anax/protocol';
import { z } from 'zod';
import type { Fact } from '../inspection/facts.ts';
import { NUMBER_MAX } from '../records/keys.ts';
import type { Content } from '../records/rows.ts';
import { EXPORT_FORMAT, EXPORT_VERSION } from './records.ts';

const WORD_MAX = 0xffff_ffff;
const STRING_BYTES_MAX = 65_535;

const whole = (least: number, most: number) => {
  const expected = `a whole number from ${least} to ${most}`;
  return z.number(expected).int(expected).min(least, expected).max(most, expected);
};
const number = whole(0, NUMBER_MAX);
const word = whole(0, WORD_MAX);
const packetId = whole(1, PACKET_ID_MAX);
const identifier = whole(1, VARIABLE_BYTE_INTEGER_MAX);
const flag = z.boolean('true or false');
const qos = z.literal([0, 1, 2], 'a QoS: 0, 1 or 2') as z.ZodType<QoS>;

const TEXT = 'a text of at most 65535 bytes, without U+0000';
const isText = (some: string): boolean => {
  if (some.length > STRING_BYTES_MAX || /\0|\p{Cs}/u.test(some)) return false;
  return Buffer.byteLength(some) <= STRING_BYTES_MAX;
};
const text = z.string(TEXT).refine(isText, TEXT);
const topic = z.string('a topic name').refine(isTopicName, 'a topic name');

const INSTANT = 'an instant such as 2026-01-31T12:00:00.000Z';
const instant = z.string(INSTANT).transform((some, context) => {
  const ms = Date.parse(some);
  return Number.isNaN(ms) || new Date(ms).toISOString() !== some ? expected(context, INSTANT) : ms;
});

const BASE64 = 'bytes in base64';
const base64 = z.string(BASE64).transform((some, context) => {
  const bytes = new Uint8Array(Buffer.from(some, 'base64'));
  // Buffer passes over what is no base64.
  return Buffer.from(bytes).toString('base64') === some ? bytes : expected(context, BASE64);
});
const PAYLOAD = 'a text';
const payloadText = z
  .string(PAYLOAD)
  .transform((some, context) => (/\p{Cs}/u.test(some) ? expected(context, PAYLOAD) : utf8Payload(some)));

function expected(context: z.RefinementCtx, what: string): never {
  context.addIssue({ code: 'custom', message: what });
  return z.NEVER;
}

/** A payload may hold U+0000, other than the strings of MQTT. */
function utf8Payload(some: string): Uint8Array {
  return some.includes('\0') ? new Uint8Array(Buffer.from(some)) : utf8Bytes(some);
}

const PAIRS = 'pairs of a name and a value, each name once';
const property = z.union(
  [
    z.tuple([z.literal('payloadFormatIndicator'), z.literal([0, 1])]),
    z.tuple([z.literal('messageExpiryInterval'), word]),
    z.tuple([z.literal('contentType'), text]),
    z.tuple([z.literal('responseTopic'), topic]),
    z.tuple([z.literal('correlationData'), base64]),
    z.tuple([z.literal('userProperties'), z.array(z.tuple([text, text])).min(1)]),
  ],
  `one of payloadFormatIndicator, messageExpiryInterval, contentType, responseTopic, correlationData (base64), \
userProperties (pairs of texts), with its value`,
);
const properties = z
  .array(property, PAIRS)
  .refine((pairs) => new Set(pairs.map(([name]) => name)).size === pairs.length, PAIRS);

const message = z
  .strictObject({
    topic,
    qos,
    retain: flag,
    publisher: text,
    expiresAt: instant.optional(),
    properties: properties.optional(),
    payload: payloadText.optional(),
    payloadBase64: base64.optional(),
  })
  .transform((fields, context): Message => {
    const { payload, payloadBase64 } = fields;
    const bytes = payload ?? payloadBase64;
    if (bytes === undefined || (payload !== undefined && payloadBase64 !== undefined))
      return expected(context, 'an object with either payload or payloadBase64');
    return {
      topic: fields.topic as TopicName,
      payload: bytes,
      qos: fields.qos,
      retain: fields.retain,
      properties: Object.fromEntries(fields.properties ?? []) as MessageProperties,
      publisher: fields.publisher,
      expiresAt: fields.expiresAt ?? Number.POSITIVE_INFINITY,
    };
  });

const content = { messageNumber: number.optional(), message: message.optional() };
interface ContentFields {
  readonly messageNumber?: number | undefined;
  readonly message?: Message | undefined;
}

function contentOf({ messageNumber, message: own }: ContentFields, context: z.RefinementCtx): Content {
  if (own !== undefined && messageNumber === undefined) return { message: own };
  if (messageNumber !== undefined && own === undefined) return { messageNumber };
  return expected(context, 'an object with either message or messageNumber');
}

const will = z.strictObject({
  delaySeconds: word,
  messageExpiryMs: z.number('a number of ms').min(0, 'a number of ms, not below 0').optional(),
  message,
});

const session = z
  .strictObject({
    record: z.literal('session'),
    session: number,
    clientId: text,
    owner: text.optional(),
    expirySeconds: word,
    closedAt: instant.optional(),
    owesShared: flag,
    will: will.optional(),
  })
  .transform((fields): Fact => {
    const { record: table, session: own, clientId, owner, expirySeconds, closedAt, owesShared } = fields;
    const last = fields.will && {
      ...fields.will,
      messageExpiryMs: fields.will.messageExpiryMs ?? Number.POSITIVE_INFINITY,
    };
    return {
      table,
      session: own,
      is: { clientId, owner, expirySeconds, closedAt, owesShared, will: last },
    };
  });

const subscription = z
  .strictObject({
    record: z.literal('subscription'),
    session: number,
    number,
    filter: text,
    qos,
    noLocal: flag,
    retainAsPublished: flag,
    shared: flag,
    identifier: identifier.optional(),
  })
  .transform(({ record: table, session: own, number: place, ...is }): Fact => {
    return { table, session: own, number: place, is: { ...is, identifier: is.identifier } };
  });

const delivery = z
  .strictObject({
    record: z.literal('delivery'),
    session: number,
    place: number,
    qos,
    retain: flag,
    packetId: whole(0, PACKET_ID_MAX),
    bytes: word,
    subscriptionIdentifiers: z
      .array(identifier, 'a list of numbers')
      .max(PACKET_ID_MAX, `at most ${PACKET_ID_MAX} numbers`)
      .optional(),
    sharedFilter: text.optional(),
    ...content,
  })
  .transform((fields, context): Fact => {
    const { record: table, session: own, place, qos: granted, retain, packetId: id, bytes } = fields;
    return {
      table,
      session: own,
      place,
      is: {
        qos: granted,
        retain,
        packetId: id,
        bytes,
        subscriptionIdentifiers: fields.subscriptionIdentifiers,
        sharedFilter: fields.sharedFilter as TopicFilter | undefined,
        content: contentOf(fields, context),
      },
    };
  });

const release = z
  .strictObject({ record: z.literal('release'), session: number, place: number, packetId })
  .transform(({ record: table, ...is }): Fact => ({ table, ...is }));

const arrival = z
  .strictObject({ record: z.literal('arrival'), session: number, packetId })
  .transform(({ record: table, ...is }): Fact => ({ table, ...is }));

const retained = z
  .strictObject({ record: z.literal('retained'), number, userName: z.string().optional(), ...content })
  .transform((fields, context): Fact => {
    const is = { ...contentOf(fields, context), userName: fields.userName };
    return { table: fields.record, number: fields.number, is };
  });

const stored = z
  .strictObject({ record: z.literal('message'), number, message })
  .transform(({ record: table, number: own, message: is }): Fact => ({ table, number: own, is }));

const end = z.strictObject({
  record: z.literal('end'),
  records: number,
  unreadable: number,
  oneMoment: flag,
});
export type End = z.infer<typeof end>;

const KINDS =
  'an object whose `record` is session, subscription, delivery, release, arrival, retained, message or end';

export const recordSchema: z.ZodType<Fact | End> = z.discriminatedUnion(
  'record',
  [session, subscription, delivery, release, arrival, retained, stored, end],
  { error: KINDS },
);

export const headerSchema = z.object(
  {
    format: z.literal(EXPORT_FORMAT, `"${EXPORT_FORMAT}"`),
    version: z.literal(EXPORT_VERSION, `${EXPORT_VERSION}, the version that this program knows`),
    madeBy: text,
  },
  `an object with format "${EXPORT_FORMAT}", as the first line of an export has`,
);
