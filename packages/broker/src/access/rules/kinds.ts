// What can be asked, as bits: PUBLISH with each QoS and RETAIN, SUBSCRIBE with each QoS, delivery; and each again for topics
// that begin with `$`. A filter in a set carries the bits that it speaks of, so one look-up answers one question.

import type { QoS } from '@anax/protocol';
import type { AccessRule } from './rule.ts';

const SUBSCRIBE_AT = 6;
export const RECEIVE = 1 << 9;
const DOLLAR_AT = 10;

export const PUBLISH_ANY = 0b111111;
export const SUBSCRIBE_ANY = 0b111 << SUBSCRIBE_AT;
export const ANY = PUBLISH_ANY | SUBSCRIBE_ANY | RECEIVE;

const EVERY_QOS: readonly QoS[] = [0, 1, 2];
const EVERY_RETAIN: readonly boolean[] = [false, true];

export function publishKind(qos: QoS, retain: boolean): number {
  return 1 << (qos * 2 + (retain ? 1 : 0));
}

export function subscribeKind(qos: QoS): number {
  return 1 << (SUBSCRIBE_AT + qos);
}

/** The same question of a topic or filter that begins with `$`. */
export function ofDollar(kind: number): number {
  return kind << DOLLAR_AT;
}

/** What a rule speaks of. */
export function kindsOfRule({ effect, actions, qos = EVERY_QOS, retain }: AccessRule): number {
  let kinds = 0;
  for (const one of qos) {
    if (actions.includes('subscribe')) kinds |= subscribeKind(one);
    if (!actions.includes('publish')) continue;
    for (const flag of retain === undefined ? EVERY_RETAIN : [retain]) kinds |= publishKind(one, flag);
  }
  // At delivery nobody asks for the QoS: a deny of some of them leaves messages alone, whose QoS may be another.
  const every = EVERY_QOS.every((one) => qos.includes(one));
  if (actions.includes('receive') && (every || effect === 'allow')) kinds |= RECEIVE;
  return kinds;
}
