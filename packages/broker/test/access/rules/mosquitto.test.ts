import type { TopicFilter, TopicName } from '@anax/protocol';
import { describe, expect, test } from 'vitest';
import { rulesFromMosquitto } from '../../../src/access/rules/mosquitto.ts';
import type { AccessRule } from '../../../src/access/rules/rule.ts';
import { compile } from '../../../src/access/rules/rule-book.ts';

const FILE = `# comment
topic read public/#

user ann wilson
topic write a/b
topic a/c d
topic deny a/secret/#
topic readwrite a/#

pattern write $SYS/x/%c/state
pattern read p/%u/+
`;

function rules(text: string): readonly AccessRule[] {
  const result = rulesFromMosquitto(text, 'acl');
  if ('problem' in result) throw new Error(result.problem);
  return result.rules;
}

describe('an ACL file of mosquitto', () => {
  test('is read with the place of each line', () => {
    const read = rules(FILE.replace('topic a/c d\n', ''));
    const ann = { users: ['ann wilson'] };
    const plain = { plainNames: true };
    const dollar = { leadingWildcardReachesDollar: false };
    const [write, receive, deny] = [['publish'], ['receive'], ['publish', 'receive']];
    expect(read).toEqual([
      {
        effect: 'allow',
        actions: ['subscribe'],
        topics: ['#'],
        leadingWildcardReachesDollar: true,
        place: 'acl',
      },
      {
        effect: 'allow',
        actions: receive,
        topics: ['public/#'],
        who: { anonymous: true },
        place: 'acl:2',
        ...dollar,
      },
      { effect: 'allow', actions: write, topics: ['a/b'], who: ann, place: 'acl:5', ...dollar },
      { effect: 'deny', actions: deny, topics: ['a/secret/#'], who: ann, place: 'acl:6', ...dollar },
      { effect: 'allow', actions: deny, topics: ['a/#'], who: ann, place: 'acl:7', ...dollar },
      {
        effect: 'allow',
        actions: write,
        topics: ['$SYS/x/${clientid}/state'],
        who: plain,
        place: 'acl:9',
        ...dollar,
      },
      {
        effect: 'allow',
        actions: receive,
        topics: ['p/${username}/+'],
        who: plain,
        place: 'acl:10',
        ...dollar,
      },
    ]);
  });

  test('a topic without access is both, and takes what it covers', () => {
    const may = compile(rules('topic a/#\ntopic deny a/x'), {
      clientId: 'c',
      userName: undefined,
      login: undefined,
    });
    const answers = ['a', 'a/b', 'a/x', 'b', '$SYS/a'].map((topic) => [
      may.mayPublish(topic as TopicName, 2, true),
      may.mayReceive?.(topic as TopicName),
    ]);
    expect(answers).toEqual([
      [true, true],
      [true, true],
      [false, false],
      [false, false],
      [false, false],
    ]);
    for (const filter of ['#', 'a/x', '$SYS/#', 'b/+']) {
      expect(may.maySubscribe(filter as TopicFilter, 2)).toBe(true);
    }
  });

  test.each([
    ['', 'acl:1: expected at least one `topic` or `pattern` line'],
    ['# nothing\n\n', 'acl:1: expected at least one `topic` or `pattern` line'],
    ['user ann', 'acl:1: expected at least one `topic` or `pattern` line'],
    ['topic a\nuser', 'acl:2: expected a user name behind `user`'],
    ['topic a\nuser  ', 'acl:2: expected a user name behind `user`'],
    ['topics a', 'acl:1: expected `user`, `topic` or `pattern`, not "topics"'],
    [' topic a', 'acl:1: expected `user`, `topic` or `pattern`, not ""'],
    ['topic readwrit a', 'acl:1: expected one of read, write, readwrite, deny, not "readwrit"'],
    ['topic a b', 'acl:1: expected one of read, write, readwrite, deny, not "a"'],
    ['topic', 'acl:1: expected a topic filter, but this one has no characters'],
    ['topic a#', 'acl:1: expected a topic filter, but this one holds a # that is not alone'],
    ['pattern a/x%c', 'acl:1: expected %c and %u to be whole levels of the topic filter'],
    ['pattern deny a/%u%c', 'acl:1: expected %c and %u to be whole levels of the topic filter'],
    ['topic a/${clientid}', 'acl:1: expected a topic filter without ${, which is a variable here'],
  ])('%j is refused', (text, sentence) => {
    const result = rulesFromMosquitto(text, 'acl');
    expect('problem' in result && result.problem).toContain(sentence);
  });

  test('lines may end as on Windows', () => {
    expect(rules('topic read a\r\ntopic write b\r\n').map(({ topics }) => topics)).toEqual([
      ['#'],
      ['a'],
      ['b'],
    ]);
  });
});
