// Rules, clients and questions by chance: few names, so that they meet each other.

import fc from 'fast-check';
import type { AccessAction, AccessRule, Identity, Who } from '../../../src/access/rules/rule.ts';
import type { Question } from './reference.ts';

const name = fc.constantFrom('a', 'b', 'ann', '', '$SYS', '$x');
const variable = fc.constantFrom('${clientid}', '${username}', '${cert.commonName}');

function joined(levels: fc.Arbitrary<string>, last: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc
    .tuple(fc.array(levels, { maxLength: 3 }), last)
    .map(([some, end]) => [...some, end].join('/'))
    .filter((text) => text !== '');
}

export const topic = joined(name, name);
export const filter = joined(fc.oneof(name, fc.constant('+')), fc.oneof(name, fc.constantFrom('+', '#')));
export const pattern = joined(
  fc.oneof(name, fc.constant('+'), variable),
  fc.oneof(name, fc.constantFrom('+', '#'), variable),
);

const qos = fc.constantFrom(0, 1, 2) as fc.Arbitrary<0 | 1 | 2>;
const actions: fc.Arbitrary<AccessAction[]> = fc.subarray(['publish', 'subscribe', 'receive'], {
  minLength: 1,
});
const some = fc.subarray(['a', 'b', 'ann'], { minLength: 1 });

const who: fc.Arbitrary<Who> = fc.record(
  { clientIds: some, users: some, listeners: some, commonNames: some, anonymous: fc.boolean() },
  { requiredKeys: [] },
);

export const rule: fc.Arbitrary<AccessRule> = fc.record(
  {
    effect: fc.constantFrom('allow', 'deny'),
    actions,
    topics: fc.array(pattern, { maxLength: 3 }),
    exact: fc.array(pattern, { maxLength: 1 }),
    qos: fc.uniqueArray(qos, { minLength: 1 }),
    retain: fc.boolean(),
    leadingWildcardReachesDollar: fc.boolean(),
    who,
    place: fc.constant('here'),
  },
  { requiredKeys: ['effect', 'actions', 'topics', 'place'] },
);

/** Words that a client chooses itself. */
export const hostile = fc.oneof(
  fc.constantFrom(
    '+',
    '#',
    'a/b',
    'a/#',
    '$SYS',
    '',
    '.*',
    '${username}',
    '[a',
    'a\u0000b',
    '\\',
    '^a|b$',
    '%',
  ),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('a', 'b', 'ann'),
);

export const identity: fc.Arbitrary<Identity> = fc.record({
  clientId: hostile,
  userName: fc.option(hostile, { nil: undefined }),
  login: fc.record({
    address: fc.constant('127.0.0.1'),
    listener: fc.constantFrom('a', 'b', 'c'),
    certificate: fc.option(
      hostile.map((commonName) => ({
        commonName,
        subjectAlternativeNames: [],
        fingerprint: undefined,
        serialNumber: undefined,
        validUntil: undefined,
      })),
      { nil: undefined },
    ),
  }),
});

export const question: fc.Arbitrary<Question> = fc.oneof(
  fc.record({ action: fc.constant('publish' as const), topic, qos, retain: fc.boolean() }),
  fc.record({ action: fc.constant('subscribe' as const), topic: filter, qos }),
  fc.record({ action: fc.constant('receive' as const), topic }),
);
