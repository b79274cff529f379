// SUBSCRIBE, SUBACK, UNSUBSCRIBE and UNSUBACK, field by field. [5:3.8] [3.1.1:3.8]

import type { Dialect } from '../spec/dialects.ts';
import { reasonTitle } from '../spec/reason-titles.ts';
import { parseSharedFilter, sharedFilterProblem, topicFilterProblem } from '../topic/index.ts';
import { qosMeaning, walkPacketId, walkReasonCode } from './header.ts';
import { walkProperties } from './properties.ts';
import { quoted } from './shown.ts';
import type { BitFact, Walker } from './walker.ts';

const OPTIONS_CLAUSE = '[5:3.8.3.1] [3.1.1:3.8.3]';

const RETAIN_HANDLING = [
  'retained messages are sent at subscribe',
  'retained messages are sent only if the subscription is new',
  'no retained messages are sent at subscribe',
] as const;

const QOS: BitFact = { name: 'Maximum QoS', clause: OPTIONS_CLAUSE, mask: 0x03, shift: 0, tell: qosMeaning };

const reserved = (mask: number, shift: number): BitFact => ({
  name: 'Reserved',
  clause: OPTIONS_CLAUSE,
  mask,
  shift,
  show: (bits) => bits.toString(2).padStart(8 - shift, '0'),
  tell: (bits) => (bits === 0 ? 'as they must be' : 'must be 0'),
});

/** [5:3.8.3.1] */
const OPTIONS: readonly BitFact[] = [
  reserved(0xc0, 6),
  {
    name: 'Retain Handling',
    clause: OPTIONS_CLAUSE,
    mask: 0x30,
    shift: 4,
    tell: (n) => RETAIN_HANDLING[n] ?? 'there is no Retain Handling 3',
  },
  {
    name: 'Retain As Published',
    clause: OPTIONS_CLAUSE,
    mask: 0x08,
    shift: 3,
    tell: (n) =>
      n === 0 ? 'RETAIN is 0 in messages forwarded' : 'messages forwarded keep the RETAIN they came with',
  },
  {
    name: 'No Local',
    clause: OPTIONS_CLAUSE,
    mask: 0x04,
    shift: 2,
    tell: (n) => (n === 0 ? 'own messages come, too' : 'own messages do not come back'),
  },
  QOS,
];

/** [3.1.1:3.8.3] */
const REQUESTED_QOS: readonly BitFact[] = [reserved(0xfc, 2), { ...QOS, name: 'QoS' }];

export function walkSubscribe(walker: Walker): void {
  const { dialect } = walker;
  walkStart(walker, '3.8', dialect.properties ? 'subscribe' : undefined);
  walker.open('Payload', '[5:3.8.3] [3.1.1:3.8.3]');
  for (let n = 1; walker.left > 0; n++) {
    walker.open(`Subscription ${n}`, '[5:3.8.3] [3.1.1:3.8.3]');
    const filter = walkFilter(walker, '[5:3.8.3] [3.1.1:3.8.3]');
    const bits = dialect.subscriptionOptions
      ? walker.flags('Subscription Options', OPTIONS_CLAUSE, OPTIONS)
      : walker.flags('Requested QoS', OPTIONS_CLAUSE, REQUESTED_QOS);
    walker.close(`${quoted(filter)}, QoS ${bits & 3}`);
  }
  walker.close();
}

export function walkUnsubscribe(walker: Walker): void {
  walkStart(walker, '3.10', walker.dialect.properties ? 'unsubscribe' : undefined);
  walker.open('Payload', '[5:3.10.3] [3.1.1:3.10.3]');
  while (walker.left > 0) walkFilter(walker, '[5:3.10.3] [3.1.1:3.10.3]');
  walker.close();
}

export function walkSuback(walker: Walker): void {
  const { dialect } = walker;
  walkStart(walker, '3.9', dialect.properties ? 'suback' : undefined);
  walker.open('Payload', '[5:3.9.3] [3.1.1:3.9.3]');
  for (let n = 1; walker.left > 0; n++) {
    if (dialect.reasonCodes) walkReasonCode(walker, `Reason Code ${n}`, 'suback', '[5:3.9.3]');
    else walker.code(`Return Code ${n}`, '[3.1.1:3.9.3]', (code) => returnCodeMeaning(code, dialect));
  }
  walker.close();
}

export function walkUnsuback(walker: Walker): void {
  const { dialect } = walker;
  walkStart(walker, '3.11', dialect.properties ? 'unsuback' : undefined);
  if (!dialect.reasonCodes) return;
  walker.open('Payload', '[5:3.11.3]');
  for (let n = 1; walker.left > 0; n++) walkReasonCode(walker, `Reason Code ${n}`, 'unsuback', '[5:3.11.3]');
  walker.close();
}

/** What all four begin with. */
function walkStart(
  walker: Walker,
  section: string,
  place: 'subscribe' | 'suback' | 'unsubscribe' | 'unsuback' | undefined,
): void {
  walker.open('Variable Header', `[5:${section}.2] [3.1.1:${section}.2]`);
  walkPacketId(walker);
  if (place !== undefined) walkProperties(walker, place);
  walker.close();
}

/** `[3.1.1:MQTT-3.9.3-2]`; 3.1 knows no failure. */
function returnCodeMeaning(code: number, dialect: Dialect): string {
  if (code <= 2) return code === 0 ? 'Success, QoS 0 granted' : `Success, QoS ${code} granted`;
  return code === 0x80 && dialect.subscribeFailure ? 'Failure' : reasonlessMeaning(code);
}

function reasonlessMeaning(code: number): string {
  return code === 0x80 ? `${reasonTitle(code)}, which MQTT 3.1 does not know` : 'reserved';
}

function walkFilter(walker: Walker, clause: string): string {
  return walker.text('Topic Filter', clause, (filter) => filterMeaning(filter, walker.dialect));
}

/** What a filter takes in, in words. [5:4.7.1] [5:4.8.2] */
function filterMeaning(text: string, dialect: Dialect): string {
  const problem = dialect.sharedSubscriptions ? sharedFilterProblem(text) : topicFilterProblem(text);
  if (problem !== undefined) return `not a topic filter: ${problem.message}`;
  const shared = dialect.sharedSubscriptions ? parseSharedFilter(text) : undefined;
  if (shared?.shareName === undefined) return wildcardMeaning(text);
  return `shared by the group ${quoted(shared.shareName)}: ${wildcardMeaning(shared.matching)}`;
}

function wildcardMeaning(filter: string): string {
  const levels = filter.split('/');
  const words: string[] = [];
  if (levels.at(-1) === '#') words.push('# takes in the level above it and all below');
  if (levels.includes('+')) words.push('+ takes in exactly one level');
  if (words.length === 0) return 'this one topic';
  if (levels[0] === '#' || levels[0] === '+') words.push('topics that begin with $ are not included');
  return words.join('; ');
}
