/** Owns the model of `anax watch` and how it is drawn: tree, rates, rows, keys, lines; no terminal, no clock. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columnsOf, painter } from '../src/render/index.ts';
import { keysOf } from '../src/watching/keys.ts';
import { Navigation } from '../src/watching/navigation.ts';
import { Rate } from '../src/watching/rate.ts';
import { type Row, rowsOf } from '../src/watching/rows.ts';
import { Screen } from '../src/watching/screen.ts';
import { snapshotJson, snapshotLines } from '../src/watching/snapshot.ts';
import { type Seen, TopicTree } from '../src/watching/tree.ts';
import { ageText, heightOf, rateText, type Size, sceneLines } from '../src/watching/view.ts';
import { text } from './support.ts';

const seen = (topic: string, payload: string | Uint8Array = '', more: Partial<Seen> = {}): Seen => ({
  topic,
  payload: typeof payload === 'string' ? text(payload) : payload,
  qos: 0,
  retain: false,
  contentType: undefined,
  ...more,
});

function treeOf(...topics: readonly string[]): TopicTree {
  const tree = new TopicTree(0);
  for (const topic of topics) tree.add(seen(topic, topic), 0);
  return tree;
}

const topicsOf = (rows: readonly Row[]): readonly string[] => rows.map(({ node }) => node.topic);

describe('a rate', () => {
  it('is what comes each second, from the first seconds on', () => {
    for (const perSecond of [1, 10, 1000]) {
      const rate = new Rate();
      for (let i = 0; i < 20 * perSecond; i++) {
        rate.add((i * 1000) / perSecond);
        if (i >= 3 * perSecond && perSecond > 1)
          expect(rate.perSecond((i * 1000) / perSecond, 0) / perSecond).toBeCloseTo(1, 0);
      }
      expect(rate.perSecond(20_000, 0) / perSecond).toBeGreaterThan(0.85);
      expect(rate.perSecond(20_000, 0) / perSecond).toBeLessThan(1.15);
    }
  });

  it('of what came at once is none of thousands, and fades', () => {
    const rate = new Rate();
    for (let i = 0; i < 100; i++) rate.add(0);
    expect(rate.perSecond(0, 0)).toBeLessThan(120);
    expect(rate.perSecond(60_000, 0)).toBeLessThan(0.01);
  });
});

describe('the tree', () => {
  it('counts messages of a topic and of all below', () => {
    const tree = treeOf('a/b', 'a/b', 'a', 'c//d');
    const a = tree.root.children.get('a');
    expect([tree.messages, tree.root.topics]).toEqual([4, 3]);
    expect([a?.messages, a?.own, a?.topics, a?.last?.bytes]).toEqual([3, 1, 2, 1]);
    expect([a?.children.get('b')?.own, a?.children.get('b')?.topic]).toEqual([2, 'a/b']);
    expect(topicsOf(rowsOf(tree, new Navigation(), 0))).toEqual(['a', 'a/b', 'c', 'c/', 'c//d']);
  });

  it('keeps the last value, and of a large one its beginning', () => {
    const tree = treeOf('a');
    tree.add(seen('a', new Uint8Array(10_000), { qos: 2, retain: true }), 7);
    const last = tree.root.children.get('a')?.last;
    expect([last?.bytes, last?.payload.length, last?.payload.buffer.byteLength]).toEqual([
      10_000, 4096, 4096,
    ]);
    expect([last?.qos, last?.retain, last?.at]).toEqual([2, true, 7]);
  });

  it('takes no more topics than it may, and counts what comes on others', () => {
    const tree = new TopicTree(0, { topicsMax: 2, bytesMax: 1e6 });
    for (const topic of ['a/b', 'c', 'd', 'a', 'c', 'a/b']) tree.add(seen(topic), 0);
    expect([tree.messages, tree.beyond, tree.root.topics]).toEqual([6, 2, 2]);
    expect(topicsOf(rowsOf(tree, new Navigation(), 0))).toEqual(['a', 'a/b', 'c']);
  });

  it('takes no more bytes of names than it may', () => {
    const tree = new TopicTree(0, { topicsMax: 1e9, bytesMax: 100_000 });
    for (let i = 0; i < 1000; i++) tree.add(seen(`${'x'.repeat(9000)}${i}`), 0);
    expect(tree.root.topics).toBe(10);
    expect(tree.beyond).toBe(990);
  });

  it('is no deeper than may be walked, whatever topic comes', () => {
    const tree = treeOf('/'.repeat(65_535), 'a/b');
    expect(rowsOf(tree, new Navigation(), 0).length).toBe(66);
    expect(tree.root.topics).toBe(2);
  });

  it('has no name of an object for a level', () => {
    const tree = treeOf('__proto__/constructor');
    expect(topicsOf(rowsOf(tree, new Navigation(), 0))).toEqual(['__proto__', '__proto__/constructor']);
  });

  it('stands still as a copy', () => {
    const tree = treeOf('a/b');
    const copy = tree.copy();
    tree.add(seen('a/b', 'new'), 1);
    tree.add(seen('a/c'), 1);
    expect([copy.messages, copy.root.topics, rowsOf(copy, new Navigation(), 1).length]).toEqual([1, 1, 2]);
    expect(copy.root.children.get('a')?.id).toBe(tree.root.children.get('a')?.id);
  });

  it('has the sums right, whatever comes', () => {
    const topics = fc.array(fc.stringMatching(/^[ab/]{1,6}$/), { maxLength: 60 });
    fc.assert(
      fc.property(topics, fc.integer({ min: 1, max: 20 }), (all, topicsMax) => {
        const tree = new TopicTree(0, { topicsMax, bytesMax: 3000 });
        for (const [at, topic] of all.entries()) tree.add(seen(topic), at);
        const rows = rowsOf(tree, new Navigation(), 100);
        const own = rows.reduce((sum, { node }) => sum + node.own, 0);
        expect(own + tree.beyond).toBe(all.length);
        expect(rows.filter(({ node }) => node.last !== undefined).length).toBe(tree.root.topics);
        expect(tree.root.topics).toBeLessThanOrEqual(topicsMax);
        for (const { node } of rows) {
          const below = [...node.children.values()].reduce((sum, child) => sum + child.messages, 0);
          expect(node.messages).toBe(node.own + below);
        }
      }),
    );
  });
});

describe('rows', () => {
  it('are by name, or by rate', () => {
    const tree = treeOf('b', 'a', 'c', 'c', 'c', 'a');
    expect(topicsOf(rowsOf(tree, new Navigation(), 0))).toEqual(['a', 'b', 'c']);
    const byRate = { folded: new Set<number>(), filter: '', order: 'rate' } as const;
    expect(topicsOf(rowsOf(tree, byRate, 0))).toEqual(['c', 'a', 'b']);
  });

  it('are those that the filter finds, with what is above and below', () => {
    const tree = treeOf('home/Kitchen/t', 'home/hall', 'yard/t', 'kit');
    const filtered = { folded: new Set<number>(), filter: 'KITCHEN', order: 'name' } as const;
    expect(topicsOf(rowsOf(tree, filtered, 0))).toEqual(['home', 'home/Kitchen', 'home/Kitchen/t']);
  });
});

describe('keys', () => {
  it.each<[string, readonly string[]]>([
    ['\u001b[A\u001bOB\u001b[5~', ['up', 'down', 'page-up']],
    ['\u001b', ['escape']],
    ['\u001b[1;5A\u001b[?1;2c', []],
    ['é\r\u007f\u0003\u0007', ['text é', 'enter', 'backspace', 'interrupt']],
    ['\u001b[H\u001b[4~', ['home', 'end']],
  ])('%j', (input, expected) => {
    expect(keysOf(input).map((key) => (key.name === 'text' ? `text ${key.text}` : key.name))).toEqual(
      expected,
    );
  });

  const tree = treeOf('a/b/c', 'a/d', 'e');
  /** The topics on the screen, the chosen one with a mark. */
  const after = (keys: string, height = 10): readonly string[] => {
    const navigation = new Navigation();
    let rows = rowsOf(tree, navigation, 0);
    for (const key of keysOf(keys)) {
      navigation.press(key, rows, height);
      rows = rowsOf(tree, navigation, 0);
      navigation.settle(rows, height);
    }
    const shown = rows.slice(navigation.top, navigation.top + height);
    return shown.map(
      ({ node }, at) => `${at + navigation.top === navigation.cursor ? '>' : ''}${node.topic}`,
    );
  };

  it.each<[string, readonly string[]]>([
    ['j', ['a', '>a/b', 'a/b/c', 'a/d', 'e']],
    ['jjjjjjjj', ['a', 'a/b', 'a/b/c', 'a/d', '>e']],
    ['Gk', ['a', 'a/b', 'a/b/c', '>a/d', 'e']],
    [' ', ['>a', 'e']],
    ['  ', ['>a', 'a/b', 'a/b/c', 'a/d', 'e']],
    ['jjh', ['a', '>a/b', 'a/b/c', 'a/d', 'e']],
    ['jjhh', ['a', '>a/b', 'a/d', 'e']],
    ['jhl', ['a', '>a/b', 'a/b/c', 'a/d', 'e']],
    ['G/d\r', ['a', '>a/d']],
    ['/bq\u007f\r', ['>a', 'a/b', 'a/b/c']],
    ['/d\u001bG', ['a', 'a/b', 'a/b/c', 'a/d', '>e']],
  ])('%j', (keys, expected) => {
    expect(after(keys)).toEqual(expected);
  });

  it('scroll where there are more rows than lines', () => {
    expect(after('jjj', 2)).toEqual(['a/b/c', '>a/d']);
    expect(after('jjjk', 2)).toEqual(['>a/b/c', 'a/d']);
    expect(after('jjjkk', 2)).toEqual(['>a/b', 'a/b/c']);
    expect(after('\u001b[6~', 2)).toEqual(['a/b', '>a/b/c']);
  });

  it('ask for what is not the eye’s', () => {
    const asked = (keys: string): unknown => {
      const navigation = new Navigation();
      return keysOf(keys)
        .map((key) => navigation.press(key, [], 5))
        .at(-1);
    };
    expect(['q', 'p', '\u0003', '\u000c', '/q', '/p\u0003'].map(asked)).toEqual([
      ...['quit', 'pause', 'quit', 'redraw', undefined, 'quit'],
    ]);
  });

  it('keep the cursor on its node while others come, and on a row whatever happens', () => {
    const keys = fc.array(
      fc.constantFrom('j', 'k', 'h', 'l', ' ', 'g', 'G', 'r', '/', 'a', '\r', '\u001b', '\u001b[6~'),
    );
    fc.assert(
      fc.property(
        keys,
        fc.array(fc.stringMatching(/^[ab/]{1,4}$/)),
        fc.integer({ min: 1, max: 5 }),
        (all, topics, height) => {
          const growing = new TopicTree(0);
          const navigation = new Navigation();
          let rows: readonly Row[] = [];
          for (const [at, key] of all.entries()) {
            const topic = topics[at];
            if (topic !== undefined) growing.add(seen(topic), at);
            for (const one of keysOf(key)) navigation.press(one, rows, height);
            rows = rowsOf(growing, navigation, at);
            navigation.settle(rows, height);
            expect(navigation.cursor).toBeLessThan(Math.max(1, rows.length));
            expect(navigation.top).toBeGreaterThanOrEqual(0);
            expect(navigation.cursor - navigation.top).toBeLessThan(height);
            expect(navigation.cursor).toBeGreaterThanOrEqual(navigation.top);
          }
        },
      ),
    );
  });
});

/** Without colour unless asked for. */
function drawn(
  tree: TopicTree,
  size: Size,
  { keys = '', now = 0, colour = false, trouble = '', paused = false } = {},
): readonly string[] {
  const navigation = new Navigation();
  const height = heightOf(size);
  let rows = rowsOf(tree, navigation, now);
  for (const key of keysOf(keys)) {
    navigation.press(key, rows, height);
    rows = rowsOf(tree, navigation, now);
  }
  navigation.settle(rows, height);
  const state = { trouble: trouble === '' ? undefined : trouble, paused, pausedMessages: 3 };
  const scene = { tree, rows, navigation, format: 'auto', broker: 'host:1883', now, ...state } as const;
  return sceneLines(scene, size, painter(colour));
}

describe('what is drawn', () => {
  const size = { columns: 80, rows: 8 };

  it('has figures, titles, the rows and the keys, as many lines as the terminal', () => {
    const tree = new TopicTree(0);
    tree.add(seen('home/kitchen', '21.5', { qos: 1, retain: true }), 0);
    tree.add(seen('home', Uint8Array.of(0, 255)), 60_000);
    expect(drawn(tree, size, { now: 70_000 })).toEqual([
      ' host:1883  2 messages  0.0/s  2 topics',
      ' Topic                            Messages   Rate/s QoS  Age Last value',
      '>▾ home                                  2      0.0 0    10s 00 ff',
      '     kitchen                             1      0.0 1 R   1m 21.5',
      ...['', '', ''],
      ' ↑↓ move  ←→ fold  / filter  r by rate  p pause  q quit',
    ]);
  });

  it('tells what is folded, filtered, beyond, paused, and that there is no connection', () => {
    const tree = new TopicTree(0, { topicsMax: 2, bytesMax: 1e6 });
    for (const topic of ['a/b', 'a', 'c']) tree.add(seen(topic, topic), 0);
    expect(drawn(tree, size, { keys: ' ' })[2]).toMatch(/^>▸ a .* a {2}\(1 topic\)$/);
    expect(drawn(tree, size, { keys: '/b' }).at(-1)).toBe(' /b█  Enter keeps the filter, Escape ends it');
    expect(drawn(tree, { ...size, columns: 200 }, { keys: '/b\rr' }).at(-1)).toContain(
      'filter: b (Escape ends it)  by rate  1 message on topics beyond 2, not shown',
    );
    expect(drawn(tree, size, { paused: true })[0]).toContain('paused, 3 since');
    expect(drawn(tree, size, { paused: true, trouble: 'reconnecting' })[0]).toContain('reconnecting');
    expect(drawn(tree, { columns: 30, rows: 8 }, { trouble: 'reconnecting' })[0]).toBe(' reconnecting');
  });

  it('obeys nothing that a peer sent, and fits, in any size', () => {
    const payloads = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.uint8Array(),
      fc.constant('\u001b[2J\u0007\n宽字符'),
    );
    const topics = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 });
    const sizes = fc.record({
      columns: fc.integer({ min: 1, max: 150 }),
      rows: fc.integer({ min: 1, max: 30 }),
    });
    fc.assert(
      fc.property(fc.array(fc.tuple(topics, payloads)), sizes, (all, any) => {
        const tree = new TopicTree(0);
        for (const [topic, payload] of all) tree.add(seen(topic, payload), 0);
        // What is typed as a filter hides the rows.
        const lines = [...drawn(tree, any), ...drawn(tree, any, { keys: '/\u202e' })];
        expect(lines.length).toBeLessThanOrEqual(2 * any.rows);
        for (const line of lines) {
          expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
          expect(columnsOf(line)).toBeLessThanOrEqual(any.columns);
        }
      }),
    );
  });

  it('marks the chosen row also without colour', () => {
    expect(drawn(treeOf('a', 'b'), size, { keys: 'j' })[3]).toMatch(/^>/);
    expect(drawn(treeOf('a', 'b'), size, { keys: 'j', colour: true })[3]).toContain('\u001b[7m>');
  });

  it.each([
    [0, '0.0'],
    [0.04, '0.0'],
    [12.34, '12.3'],
    [1234.5, '1,235'],
  ])('a rate of %d is %s', (rate, expected) => expect(rateText(rate)).toBe(expected));

  it.each([
    [-5, '0s'],
    [59_999, '59s'],
    [60_000, '1m'],
    [7_200_000, '2h'],
    [90_000_000, '1d'],
  ])('an age of %d ms is %s', (ms, expected) => expect(ageText(ms)).toBe(expected));
});

describe('the screen', () => {
  it('is sent what changed only', () => {
    const screen = new Screen();
    expect(screen.update(['a', 'b'])).toBe('\u001b[2J\u001b[1;1Ha\u001b[K\u001b[2;1Hb\u001b[K');
    expect(screen.update(['a', 'b'])).toBe('');
    expect(screen.update(['a', 'c'])).toBe('\u001b[2;1Hc\u001b[K');
    expect(screen.update(['a'])).toBe('\u001b[2;1H\u001b[K');
    screen.forget();
    expect(screen.update(['a'])).toBe('\u001b[2J\u001b[1;1Ha\u001b[K');
  });
});

describe('the tree once', () => {
  const tree = new TopicTree(0, { topicsMax: 2, bytesMax: 1e6 });
  tree.add(seen('a/b', '{"x": 1}', { qos: 1, retain: true }), 0);
  tree.add(seen('a', new Uint8Array(5000)), 0);
  tree.add(seen('c'), 0);

  it('is lines with an indent', () => {
    expect(snapshotLines(tree, 'json', 1000)).toEqual([
      expect.stringMatching(/^a {10}2 {6}1\.\d\/s {2}0 {4}\\u\{0\}/),
      expect.stringMatching(/^ {2}b {8}1 {6}0\.\d\/s {2}1 R {2}\{"x":1\}$/),
      '1 message on topics beyond 2, not shown',
    ]);
  });

  it('is a line of JSON for each topic', () => {
    const [a, b] = snapshotJson(tree, 'json', 1000).map((line) => JSON.parse(line));
    expect(a).toMatchObject({
      topic: 'a',
      messages: 1,
      qos: 0,
      retain: false,
      ageMs: 1000,
      payloadBytes: 5000,
    });
    expect(a.payloadHex.length).toBe(8192);
    expect(b).toMatchObject({
      topic: 'a/b',
      payloadJson: { x: 1 },
      messages: 1,
      qos: 1,
      retain: true,
      payloadBytes: 8,
    });
    expect(b.ratePerSecond).toBeGreaterThan(0);
  });
});
