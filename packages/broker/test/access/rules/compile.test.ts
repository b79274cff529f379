import { type TopicFilter, type TopicName, topicMatchesFilter } from '@anax/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Permissions } from '../../../src/access/access.ts';
import { FilterSet } from '../../../src/access/rules/filter-set.ts';
import { RECEIVE, subscribeKind } from '../../../src/access/rules/kinds.ts';
import type { AccessRule, Identity } from '../../../src/access/rules/rule.ts';
import { compile, RuleBook } from '../../../src/access/rules/rule-book.ts';
import { filter, hostile, identity, pattern, question, rule, topic } from './generators.ts';
import { coversByDefinition, expected, type Question } from './reference.ts';

function mayReceive(permissions: Permissions, asked: TopicName): boolean {
  return permissions.mayReceive?.(asked) ?? true;
}

function answer(permissions: Permissions, asked: Question): boolean {
  if (asked.action === 'publish') {
    return permissions.mayPublish(asked.topic as TopicName, asked.qos, asked.retain);
  }
  if (asked.action === 'subscribe') return permissions.maySubscribe(asked.topic as TopicFilter, asked.qos);
  return mayReceive(permissions, asked.topic as TopicName);
}

const RUNS = { numRuns: 3000 };

describe('compile', () => {
  test('answers as rules do that are read one after the other', () => {
    const otherwise = fc.constantFrom<'allow' | 'deny'>('allow', 'deny');
    const rules = fc.array(rule, { maxLength: 6 });
    fc.assert(
      fc.property(rules, rules, identity, otherwise, fc.array(question), (own, more, who, other, asked) => {
        const rights = new RuleBook(own, other).rightsOf(who, more);
        for (const one of asked)
          expect(answer(rights, one)).toBe(expected([...own, ...more], who, other, one));
      }),
      RUNS,
    );
  });

  test('one book answers each client by its own names, however many asked before', () => {
    const rules = fc.array(rule, { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(rules, fc.array(identity, { minLength: 2 }), fc.array(question), (own, clients, asked) => {
        const book = new RuleBook(own, 'deny');
        for (const client of clients) {
          const rights = book.rightsOf(client);
          for (const one of asked) expect(answer(rights, one)).toBe(expected(own, client, 'deny', one));
        }
      }),
      { numRuns: 500 },
    );
  });

  test('the order of rules does not matter', () => {
    const rules = fc.array(rule, { maxLength: 6 });
    fc.assert(
      fc.property(rules, identity, fc.array(question), (own, who, asked) => {
        const [there, back] = [compile(own, who), compile([...own].reverse(), who)];
        for (const one of asked) expect(answer(there, one)).toBe(answer(back, one));
      }),
      { numRuns: 500 },
    );
  });
});

describe('no word of a client widens a rule', () => {
  const plain = { clientId: 'zz', userName: 'zz' };

  function client(words: string): Identity {
    const certificate = {
      commonName: words,
      subjectAlternativeNames: [],
      fingerprint: words,
      serialNumber: words,
      validUntil: undefined,
    };
    const login = { address: '127.0.0.1', listener: 'l', certificate };
    return { clientId: words, userName: words, login };
  }

  test('what an allow with variables lets in has the words as one level of its own', () => {
    fc.assert(
      fc.property(pattern, hostile, topic, (text, words, asked) => {
        const allow: AccessRule = {
          effect: 'allow',
          actions: ['publish', 'receive'],
          topics: [text],
          place: '',
        };
        const rights = compile([allow], client(words));
        if (!rights.mayPublish(asked as TopicName, 0, false)) return;
        const levels = asked.split('/');
        for (const [i, level] of text.split('/').entries()) {
          if (level.startsWith('${')) expect(levels[i]).toBe(words);
        }
      }),
      RUNS,
    );
  });

  test.each(['+', '#', 'a/b', '#/x', '$SYS', '', 'a\u0000', '\ud800', '$share', 'a+', '#a'])(
    'an allow for %j lets nothing in, a deny lets nothing out',
    (words) => {
      const topics = ['${clientid}/#', 'x/${username}', 'y/${cert.commonName}/z'];
      const allow: AccessRule = {
        effect: 'allow',
        actions: ['publish', 'subscribe', 'receive'],
        topics,
        place: '',
      };
      const deny: AccessRule = { ...allow, effect: 'deny' };
      const allowed = compile([allow], client(words));
      const notDenied = compile([deny], client(words), 'allow');
      for (const asked of [
        'a',
        'a/b',
        'a/b/c',
        '$SYS/a',
        'x/a',
        'y/a/z',
        'y/a/b/z',
        'x',
        '/',
        words,
        `x/${words}`,
      ]) {
        expect(allowed.mayPublish(asked as TopicName, 0, false)).toBe(false);
        expect(mayReceive(allowed, asked as TopicName)).toBe(false);
        expect(allowed.maySubscribe(asked as TopicFilter, 0)).toBe(false);
        expect(notDenied.mayPublish(asked as TopicName, 0, false)).toBe(false);
        expect(mayReceive(notDenied, asked as TopicName)).toBe(false);
        expect(notDenied.maySubscribe(asked as TopicFilter, 0)).toBe(false);
      }
      expect(allowed.maySubscribe('#' as TopicFilter, 0)).toBe(false);
    },
  );

  test('a deny that cannot be filled in reaches from there on, and not before', () => {
    const deny: AccessRule = { effect: 'deny', actions: ['publish'], topics: ['x/${username}/y'], place: '' };
    const rights = compile([deny], { ...client('a'), userName: undefined }, 'allow');
    const may = (asked: string): boolean => rights.mayPublish(asked as TopicName, 0, false);
    expect(['x', 'x/a', 'x/a/y', 'x/a/b/y', 'z', 'xx/a/y'].map(may)).toEqual([
      false,
      false,
      false,
      false,
      true,
      true,
    ]);
  });

  test('regular expressions, and variables within a name, are letters', () => {
    for (const words of ['.*', '${username}', '^a|b$', '%', '\\', '*']) {
      const allow: AccessRule = {
        effect: 'allow',
        actions: ['publish'],
        topics: ['x/${clientid}'],
        place: '',
      };
      const rights = compile([allow], { ...client(words), userName: plain.userName });
      expect(rights.mayPublish(`x/${words}` as TopicName, 0, false)).toBe(!words.startsWith('$'));
      expect(rights.mayPublish('x/zz' as TopicName, 0, false)).toBe(false);
    }
  });
});

describe('a filter covers a filter', () => {
  const kind = subscribeKind(0);

  test('only where it matches each topic that the other matches', () => {
    fc.assert(
      fc.property(filter, filter, topic, fc.boolean(), (wide, narrow, sample, dollar) => {
        const set = new FilterSet();
        set.add(wide, kind | RECEIVE, dollar);
        if (!set.covers(narrow, kind)) return;
        if (topicMatchesFilter(sample as TopicName, narrow as TopicFilter)) {
          expect(set.matches(sample, RECEIVE)).toBe(true);
        }
      }),
      { numRuns: 20_000 },
    );
  });

  test('wherever it does: one that does not has a topic that shows it', () => {
    const levels = ['a', 'b', 'ann', '', '$SYS', '$x', 'other'];
    const names = [...levels, ...levels.flatMap((one) => levels.flatMap((two) => [`${one}/${two}`]))].filter(
      Boolean,
    );
    const samples = [...names, ...names.flatMap((one) => ['a', 'other', ''].map((two) => `${one}/${two}`))];
    const short = filter.filter((text) => text.split('/').length <= 2);
    fc.assert(
      fc.property(short, short, fc.boolean(), (wide, narrow, dollar) => {
        const set = new FilterSet();
        set.add(wide, kind | RECEIVE, dollar);
        const byTopics = samples.every(
          (sample) =>
            !topicMatchesFilter(sample as TopicName, narrow as TopicFilter) || set.matches(sample, RECEIVE),
        );
        expect(set.covers(narrow, kind)).toBe(byTopics);
        expect(set.covers(narrow, kind)).toBe(coversByDefinition(wide, narrow, dollar));
      }),
      RUNS,
    );
  });
});
