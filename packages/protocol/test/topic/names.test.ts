/** Owns the grammar of names and filters, and the plain definition of matching. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isTopicFilter,
  isTopicName,
  levelCount,
  parseSharedFilter,
  parseTopicFilter,
  parseTopicName,
  sharedFilterProblem,
  topicFilterProblem,
  topicMatchesFilter,
  topicNameProblem,
} from '../../src/topic/index.ts';
import { filterOf, nameOf, topicFilter, topicName } from './generators.ts';

const clauses = {
  empty: '[5:MQTT-4.7.3-1] [3.1.1:MQTT-4.7.3-1]',
  null: '[5:MQTT-4.7.3-2] [3.1.1:MQTT-4.7.3-2]',
  long: '[5:MQTT-4.7.3-3] [3.1.1:MQTT-4.7.3-3]',
  utf8: '[5:MQTT-1.5.4-1] [3.1.1:MQTT-1.5.3-1]',
  name: '[5:MQTT-4.7.0-1] [3.1.1:MQTT-4.7.1-1]',
  hash: '[5:MQTT-4.7.1-1] [3.1.1:MQTT-4.7.1-2]',
  plus: '[5:MQTT-4.7.1-2] [3.1.1:MQTT-4.7.1-3]',
  shareName: '[5:MQTT-4.8.2-1]',
  shareRest: '[5:MQTT-4.8.2-2]',
};

const grammars = [topicNameProblem, topicFilterProblem, sharedFilterProblem];

function clausesOf(text: string): readonly (string | undefined)[] {
  return grammars.map((problem) => problem(text)?.clause);
}

describe('names and filters', () => {
  it('have at least one character [5:MQTT-4.7.3-1] [3.1.1:MQTT-4.7.3-1]', () => {
    expect(clausesOf('')).toEqual([clauses.empty, clauses.empty, clauses.empty]);
    expect(clausesOf(' ')).toEqual([undefined, undefined, undefined]);
    expect(clausesOf('/')).toEqual([undefined, undefined, undefined]);
  });

  it('hold no U+0000 [5:MQTT-4.7.3-2] [3.1.1:MQTT-4.7.3-2]', () => {
    for (const text of ['\0', 'a/\0', 'a\0/b']) {
      expect(clausesOf(text)).toEqual([clauses.null, clauses.null, clauses.null]);
    }
  });

  it('take at most 65,535 bytes of UTF-8 [5:MQTT-4.7.3-3] [3.1.1:MQTT-4.7.3-3]', () => {
    const fits = [
      'a'.repeat(65_535),
      `a${'é'.repeat(32_767)}`,
      '€'.repeat(21_845),
      `${'😀'.repeat(16_383)}€`,
    ];
    for (const text of fits) {
      expect(new TextEncoder().encode(text).length).toBe(65_535);
      expect(clausesOf(text)).toEqual([undefined, undefined, undefined]);
      expect(clausesOf(`${text}a`)).toEqual([clauses.long, clauses.long, clauses.long]);
    }
  });

  it('hold no half of a surrogate pair [5:MQTT-1.5.4-1] [3.1.1:MQTT-1.5.3-1]', () => {
    for (const text of ['\ud83d', 'a\ude00', '\ud83da', '\ude00\ud83d', '\ud83d\ud83d\ude00']) {
      expect(clausesOf(text)).toEqual([clauses.utf8, clauses.utf8, clauses.utf8]);
    }
    expect(clausesOf('a/😀')).toEqual([undefined, undefined, undefined]);
  });

  it('a name holds no wildcard [5:MQTT-4.7.0-1] [3.1.1:MQTT-4.7.1-1]', () => {
    for (const text of ['#', '+', 'a/#', 'a/+/b', 'a+', '#a']) {
      expect(topicNameProblem(text)?.clause).toBe(clauses.name);
      expect(isTopicName(text)).toBe(false);
      expect(parseTopicName(text)).toBeUndefined();
    }
    expect(parseTopicName('a b/$c/')).toBe('a b/$c/');
  });

  it('# stands alone in the last level of a filter [5:MQTT-4.7.1-1] [3.1.1:MQTT-4.7.1-2]', () => {
    for (const text of ['a#', 'a/#/b', '#/a', '##', 'a/#b', '+#', '#/', '#/#']) {
      expect(topicFilterProblem(text)?.clause).toBe(clauses.hash);
      expect(isTopicFilter(text)).toBe(false);
    }
    for (const text of ['#', '/#', 'a/#', '+/#', '//#']) expect(isTopicFilter(text)).toBe(true);
  });

  it('+ fills its level of a filter [5:MQTT-4.7.1-2] [3.1.1:MQTT-4.7.1-3]', () => {
    for (const text of ['a+', '+a', 'a/b+/c', '++', 'a/++', '+/b+']) {
      expect(topicFilterProblem(text)?.clause).toBe(clauses.plus);
    }
    for (const text of ['+', '+/+', '/+', '+/', 'a/+/b', '+/a/+']) expect(isTopicFilter(text)).toBe(true);
  });

  it('parsing tells what a filter is matched by', () => {
    expect(parseTopicFilter('a/b')).toEqual({
      filter: 'a/b',
      shareName: undefined,
      matching: 'a/b',
      wildcard: false,
    });
    expect(parseSharedFilter('a/+')).toEqual(parseTopicFilter('a/+'));
    expect(parseTopicFilter('a/+')?.wildcard).toBe(true);
    expect(parseTopicFilter('#')?.wildcard).toBe(true);
    expect(parseTopicFilter('a#')).toBeUndefined();
  });
});

describe('shared filters', () => {
  it('have a share name of at least one character [5:MQTT-4.8.2-1]', () => {
    for (const text of ['$share/', '$share//', '$share//a']) {
      expect(sharedFilterProblem(text)?.clause).toBe(clauses.shareName);
      expect(parseSharedFilter(text)).toBeUndefined();
    }
  });

  it('have a share name without wildcards that a filter follows [5:MQTT-4.8.2-2]', () => {
    for (const text of ['$share/g', '$share/g/', '$share/+/a', '$share/#/a', '$share/g+/a', '$share/#']) {
      expect(sharedFilterProblem(text)?.clause).toBe(clauses.shareRest);
      expect(parseSharedFilter(text)).toBeUndefined();
    }
  });

  it('keep the rules for wildcards in the filter inside [5:MQTT-4.7.1-1] [5:MQTT-4.7.1-2]', () => {
    expect(sharedFilterProblem('$share/g/a#')?.clause).toBe(clauses.hash);
    expect(sharedFilterProblem('$share/g/a+')?.clause).toBe(clauses.plus);
    expect(sharedFilterProblem('a+')?.clause).toBe(clauses.plus);
  });

  it('are matched by the filter inside', () => {
    expect(parseSharedFilter('$share/g/a/+')).toEqual({
      filter: '$share/g/a/+',
      shareName: 'g',
      matching: 'a/+',
      wildcard: true,
    });
    expect(parseSharedFilter('$share/g//')).toMatchObject({ shareName: 'g', matching: '/', wildcard: false });
    expect(parseSharedFilter('$share/g/$share/h/a')).toMatchObject({ matching: '$share/h/a' });
  });

  it('are ordinary filters where the dialect has no shared subscriptions, as is $share alone anywhere', () => {
    expect(parseTopicFilter('$share/g/a')).toMatchObject({ shareName: undefined, matching: '$share/g/a' });
    expect(topicFilterProblem('$share//')).toBeUndefined();
    expect(parseSharedFilter('$share')).toMatchObject({ shareName: undefined, matching: '$share' });
    expect(parseSharedFilter('$shared/g/a')).toMatchObject({ shareName: undefined });
  });

  it('hold a valid filter inside whenever they are valid', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', '/', '+', '#', 'g') }), (rest) => {
        const parsed = parseSharedFilter(`$share/${rest}`);
        if (parsed === undefined) return;
        expect(isTopicFilter(parsed.matching)).toBe(true);
        expect(isTopicFilter(parsed.filter)).toBe(true);
        expect(parsed.shareName).toMatch(/^[^/+#]+$/);
        expect(`$share/${parsed.shareName}/${parsed.matching}`).toBe(parsed.filter);
      }),
    );
  });
});

describe('the plain definition of matching', () => {
  function matches(topic: string, filter: string): boolean {
    return topicMatchesFilter(nameOf(topic), filterOf(filter));
  }

  it('a # filter matches its parent and everything below it', () => {
    for (const topic of ['a', 'a/', 'a/b', 'a/b/c', 'a//']) expect(matches(topic, 'a/#')).toBe(true);
    for (const topic of ['ab', 'b', '/a', 'b/a']) expect(matches(topic, 'a/#')).toBe(false);
    for (const topic of ['a', '/', 'a/b']) expect(matches(topic, '#')).toBe(true);
  });

  it('a + filter matches one level, also an empty one', () => {
    expect(matches('a', '+')).toBe(true);
    expect(matches('/a', '+/+')).toBe(true);
    expect(matches('/a', '/+')).toBe(true);
    expect(matches('/a', '+')).toBe(false);
    expect(matches('a/', 'a/+')).toBe(true);
    expect(matches('a', 'a/+')).toBe(false);
    expect(matches('a/b/c', 'a/+')).toBe(false);
  });

  it('a leading wildcard does not match $SYS/x [5:MQTT-4.7.2-1] [3.1.1:MQTT-4.7.2-1]', () => {
    for (const filter of ['#', '+/x', '+/#']) expect(matches('$SYS/x', filter)).toBe(false);
    for (const filter of ['$SYS/#', '$SYS/+', '$SYS/x']) expect(matches('$SYS/x', filter)).toBe(true);
    expect(matches('a/$SYS', 'a/+')).toBe(true);
  });

  it('compares characters as they are, and empty levels count [5:MQTT-4.7.3-4] [3.1.1:MQTT-4.7.3-4]', () => {
    expect(matches('a/e\u0301', 'a/\u00e9')).toBe(false);
    expect(matches('A', 'a')).toBe(false);
    expect(matches('\ufeffa', 'a')).toBe(false);
    expect(matches('a//b', 'a/b')).toBe(false);
    expect(matches('a/', 'a')).toBe(false);
    expect(matches('//', '//')).toBe(true);
  });

  it('agrees with a regular expression made from the filter', () => {
    fc.assert(
      fc.property(topicName, topicFilter, (topic, filter) => {
        const pattern = filter
          .replaceAll(/[$.*?^()|[\]{}\\]/g, '\\$&')
          .replaceAll('+', '[^/]*')
          .replace(/\/#$/, '(/.*)?')
          .replace(/^#$/, '.*');
        const hidden = topic.startsWith('$') && /^[+#]/.test(filter);
        expect(topicMatchesFilter(topic, filter)).toBe(
          !hidden && new RegExp(`^${pattern}$`, 's').test(topic),
        );
      }),
    );
  });
});

it('counts levels, empty ones too [5:MQTT-4.7.1-1]', () => {
  expect(['a', '/', 'a/b', '/a/', '+/#'].map(levelCount)).toEqual([1, 2, 2, 3, 2]);
});
