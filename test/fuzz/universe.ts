// The few names and numbers that fuzzed packets are made of: few, so that they meet. What the well-behaved clients use is
// not among them.

import {
  type PropertiesOf,
  REASON_CODES,
  type ReasonCode,
  type TopicFilter,
  type TopicName,
  utf8Bytes,
} from '@anax/protocol';
import type { Random } from './random.ts';

const TOPICS = [
  'a',
  'a/b',
  'a/b/c',
  '/',
  '/a',
  'a//b',
  'x',
  'x/y',
  '$SYS/x',
  '$a',
  'denied/x',
  'ü/€/𝄞',
  'long'.repeat(40),
];
const FILTERS = [
  ...TOPICS,
  '#',
  '+',
  'a/#',
  'a/+',
  '+/+',
  '+/b/#',
  '$SYS/#',
  '$share/g/a/#',
  '$share/g/#',
  '$share/h/a/b',
  '$share/g/+/b',
];
const CLIENT_IDS = ['h1', 'h2', 'h3', 'h4', ''];
const PAYLOADS = ['', 'x', 'hello', 'p'.repeat(130), 'q'.repeat(700)].map(utf8Bytes);
const USER_NAMES = [undefined, undefined, undefined, 'ada', 'refused', 'slow', 'slow-refused'];

export const topicName = (random: Random): TopicName => random.pick(TOPICS) as TopicName;
export const topicFilter = (random: Random): TopicFilter => random.pick(FILTERS) as TopicFilter;
export const clientId = (random: Random): string => random.pick(CLIENT_IDS);
export const payload = (random: Random): Uint8Array => random.pick(PAYLOADS);
export const userName = (random: Random): string | undefined => random.pick(USER_NAMES);
export const packetId = (random: Random): number => (random.chance(0.95) ? 1 + random.below(10) : 65_535);
export const qos = (random: Random): 0 | 1 | 2 => random.pick([0, 1, 2] as const);

/** Small, at a border, or as large as it goes. */
export const seconds = (random: Random): number => random.pick([0, 1, 2, 5, 60, 0xffff_ffff]);

type Place =
  | 'puback'
  | 'pubrec'
  | 'pubrel'
  | 'pubcomp'
  | 'disconnect'
  | 'connack'
  | 'suback'
  | 'unsuback'
  | 'auth';
const CODES = new Map<string, readonly ReasonCode[]>();

/** One that the side may use in the packet; success half of the time. */
export function reasonCode(random: Random, place: Place, side: 'fromClient' | 'fromServer'): ReasonCode {
  if (random.chance(0.5) && place !== 'auth') return 0;
  const key = `${place} ${side}`;
  let codes = CODES.get(key);
  if (codes === undefined) {
    codes = REASON_CODES.filter((fact) => fact[side].includes(place)).map(({ code }) => code);
    CODES.set(key, codes);
  }
  return random.pick(codes);
}

/** What most packets may have: a reason and pairs. */
export function plainProperties(random: Random): PropertiesOf<'puback'> {
  if (random.chance(0.8)) return {};
  return {
    ...(random.chance(0.5) ? { reasonString: 'because' } : {}),
    ...(random.chance(0.5)
      ? {
          userProperties: [
            ['k', 'v'],
            ['k', ''],
          ] as const,
        }
      : {}),
  };
}
