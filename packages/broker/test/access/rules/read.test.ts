import { describe, expect, test } from 'vitest';
import { rulesFromJson, rulesFromYaml } from '../../../src/access/rules/read.ts';
import { compile } from '../../../src/access/rules/rule-book.ts';

const NOBODY = { clientId: 'x', userName: undefined, login: undefined };

function problemOf(text: string): string {
  const result = rulesFromYaml(text, 'r.yaml');
  return 'problem' in result ? result.problem : JSON.stringify(result.rules);
}

describe('a file of rules', () => {
  test('is read, with groups as their members and the line of each rule', () => {
    const text = `
groups:
  - name: operators
    users: [ann, bob]
rules:
  - allow: [publish, receive]
    topics: a/\${clientid}
    qosMax: 1
    retain: false
    who: { groups: operators, users: eve, addresses: 10.0.0.0/8 }
  - deny: subscribe
    exact: ['#']
    who: anonymous
  - allow: all
    topics: [b, c]
    qos: [0, 2]
    who: everybody
`;
    expect(rulesFromYaml(text, 'r.yaml')).toEqual({
      rules: [
        {
          effect: 'allow',
          actions: ['publish', 'receive'],
          topics: ['a/${clientid}'],
          qos: [0, 1],
          retain: false,
          who: { users: ['eve', 'ann', 'bob'], addresses: ['10.0.0.0/8'] },
          place: 'r.yaml:6',
        },
        {
          effect: 'deny',
          actions: ['subscribe', 'receive'],
          topics: [],
          exact: ['#'],
          who: { anonymous: true },
          place: 'r.yaml:11',
        },
        {
          effect: 'allow',
          actions: ['publish', 'subscribe', 'receive'],
          topics: ['b', 'c'],
          qos: [0, 2],
          place: 'r.yaml:14',
        },
      ],
    });
  });

  test.each([
    ['', 'r.yaml:1: expected `rules:`, but the file is empty'],
    ['# all of it taken away\n', 'r.yaml:1: expected `rules:`, but the file is empty'],
    ['rules: []', 'r.yaml:1: expected at least one rule in `rules`'],
    ['groups: [{ name: g, users: a }]', 'r.yaml:1: expected at least one rule in `rules`'],
    ['just words', 'r.yaml:1: expected keys with values: groups, rules'],
    ['a: b: c', 'r.yaml:1: not YAML: Nested mappings are not allowed in compact mappings'],
    ['rules: {}', 'r.yaml:1: `rules` must be a list'],
    ['rules:\n  - 3', 'r.yaml:2: `rules[0]` must be keys with values: allow, deny'],
    ['rules:\n  - allow: publish', 'r.yaml:2: `rules[0]` must be a rule with `topics` or `exact`'],
    ['rules:\n  - topics: a', 'r.yaml:2: `rules[0]` must be a rule with either `allow` or `deny`'],
    ['rules:\n  - { topics: a, allow: all, deny: all }', 'must be a rule with either `allow` or `deny`'],
    [
      'rules:\n  - allow: write\n    topics: a',
      'r.yaml:2: `rules[0].allow` must be one of publish, subscribe',
    ],
    ['rules:\n  - allow: all\n    topics: a/#/b', 'r.yaml:3: `rules[0].topics` must be a topic filter, but'],
    [
      'rules:\n  - allow: all\n    topics: []',
      'r.yaml:3: `rules[0].topics` must be a topic filter, or a list',
    ],
    [
      'rules:\n  - allow: all\n    topics: $share/g/a',
      'must be the topic filter inside $share/NAME/, without that',
    ],
    ['rules:\n  - allow: all\n    topics: x${clientid}/a', 'its level "x${clientid}" is no variable'],
    ['rules:\n  - allow: all\n    topics: ${clientId}', 'its level "${clientId}" is no variable'],
    [
      'rules:\n  - allow: all\n    topics: a\n    retian: true',
      'r.yaml:4: there is no key `rules[0].retian`',
    ],
    ['rules:\n  - allow: all\n    topics: a\n    qos: 3', 'r.yaml:4: `rules[0].qos` must be a list'],
    [
      'rules:\n  - allow: all\n    topics: a\n    qos: [1]\n    qosMax: 1',
      'must be left out where there is `qos`',
    ],
    [
      'rules:\n  - allow: receive\n    topics: a\n    qosMax: 1',
      'must be left out where there is only `receive`',
    ],
    [
      'rules:\n  - allow: subscribe\n    topics: a\n    retain: true',
      'left out where `publish` is not among',
    ],
    ['rules:\n  - deny: all\n    topics: a\n    who: nobody', 'r.yaml:4: `rules[0].who` must be everybody'],
    [
      'rules:\n  - deny: all\n    topics: a\n    who: { users: [] }',
      'r.yaml:4: `rules[0].who.users` must be a name',
    ],
    [
      'rules:\n  - deny: all\n    topics: a\n    who: { groups: g }',
      'names of groups, and g is none: there is none',
    ],
    [
      'rules:\n  - deny: all\n    topics: a\n    who: { addresses: 10.0.0.1/8 }',
      'this one has bits set behind',
    ],
    [
      'groups: [{ name: g, users: a }, { name: g, users: b }]\nrules: []',
      '`groups[1].name` must be the name of one',
    ],
  ])('%j is refused', (text, sentence) => {
    expect(problemOf(text)).toContain(sentence);
  });

  test('every thing that is wrong is said', () => {
    const lines = problemOf('rules:\n  - allow: no\n    topics: a\n  - allow: all\n    topics: "a#"').split(
      '\n',
    );
    expect(lines.map((line) => line.slice(0, 9))).toEqual(['r.yaml:2:', 'r.yaml:5:']);
  });

  test.each([
    '__proto__: { rules: [] }\nrules:\n  - { allow: all, topics: a }',
    'rules:\n  - { allow: all, topics: a, __proto__: { who: { users: [x] } } }',
    'rules:\n  - { allow: all, topics: a, constructor: { prototype: { x: 1 } } }',
  ])('a key that would reach a prototype is no key: %j', (text) => {
    expect(problemOf(text)).toMatch(/there is no key `.*(__proto__|constructor)`/);
    expect(({} as { readonly who?: unknown }).who).toBeUndefined();
  });
});

describe('rules that come with a login', () => {
  test('are a list of rules', () => {
    const value: unknown = JSON.parse('[{ "allow": "publish", "topics": ["a/+"], "retain": false }]');
    const result = rulesFromJson(value, 'acl');
    expect(result).toEqual({
      rules: [{ effect: 'allow', actions: ['publish'], topics: ['a/+'], retain: false, place: 'acl[0]' }],
    });
    expect(rulesFromJson([], 'acl')).toEqual({ rules: [] });
  });

  test.each([
    ['null', 'acl: expected a list'],
    ['{}', 'acl: expected a list'],
    ['"a/#"', 'acl: expected a list'],
    ['["a/#"]', 'acl: `[0]` must be keys with values: allow'],
    ['[{ "allow": "all", "topics": "a", "who": "everybody" }]', 'acl: there is no key `[0].who`'],
    ['[{ "allow": "all", "topics": "a", "__proto__": { "x": 1 } }]', 'acl: there is no key `[0].__proto__`'],
    ['[{ "allow": "all", "topics": "a#" }]', 'acl: `[0].topics` must be a topic filter'],
    ['[{ "allow": "all", "topics": "a", "qos": ["1"] }]', 'acl: `[0].qos[0]` must be 0, 1 or 2'],
  ])('%s is refused', (json, sentence) => {
    const result = rulesFromJson(JSON.parse(json), 'acl');
    expect('problem' in result && result.problem).toContain(sentence);
  });

  test('are at most 1000', () => {
    const many = Array.from({ length: 1001 }, () => ({ allow: 'all', topics: 'a' }));
    expect(rulesFromJson(many.slice(1), 'acl')).toHaveProperty('rules');
    expect(rulesFromJson(many, 'acl')).toHaveProperty('problem');
  });

  test('as they come are what compile takes', () => {
    const result = rulesFromJson([{ allow: 'subscribe', topics: 'a/${clientid}/#' }], 'acl');
    const rights = compile('rules' in result ? result.rules : [], NOBODY);
    expect(rights.maySubscribe('a/x/+' as never, 0)).toBe(true);
    expect(rights.maySubscribe('a/y/+' as never, 0)).toBe(false);
  });
});
