// The tree as lines of text for a terminal of some size. Nothing that a peer sent reaches it as it came. Pure: the time is
// given, and nothing is written.

import { excerptOf, type ShownFormat, shortened } from '../payload/index.ts';
import { columnsOf, counted, grouped, type Paint, padded, printable } from '../render/index.ts';
import type { Navigation } from './navigation.ts';
import type { Row } from './rows.ts';
import type { TopicNode, TopicTree } from './tree.ts';

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

export interface Scene {
  readonly tree: TopicTree;
  readonly rows: readonly Row[];
  readonly navigation: Navigation;
  readonly format: ShownFormat;
  /** Where the broker is. */
  readonly broker: string;
  /** Undefined while there is a connection. */
  readonly trouble: string | undefined;
  readonly paused: boolean;
  /** That came since it was paused. */
  readonly pausedMessages: number;
  readonly now: number;
}

/** Around the rows: a line of figures and one of titles above, one of notes or keys below. */
const AROUND = 3;

/** Rows of the tree that there is room for. */
export function heightOf({ rows }: Size): number {
  return Math.max(1, rows - AROUND);
}

const KEYS = '↑↓ move  ←→ fold  / filter  r by rate  p pause  q quit';
const TYPING = 'Enter keeps the filter, Escape ends it';

/** As many as the terminal has, none wider than it. */
export function sceneLines(scene: Scene, size: Size, paint: Paint): readonly string[] {
  const { rows, navigation, tree, now } = scene;
  const height = heightOf(size);
  const layout = layoutOf(size.columns);
  const shown = rows.slice(navigation.top, navigation.top + height);
  const lines = shown.map((row, at) => {
    const chosen = navigation.top + at === navigation.cursor;
    const line = rowLine(row, layout, scene.format, tree.since, now, chosen);
    return paint(
      chosen ? 'chosen' : row.node.last === undefined ? 'faint' : 'plain',
      shortened(line, size.columns),
    );
  });
  while (lines.length < height) lines.push('');
  const all = [
    figuresLine(scene, size.columns, paint),
    paint('title', shortened(titlesLine(layout), size.columns)),
    ...lines,
  ];
  return [...all, footLine(scene, size.columns, paint)].slice(0, size.rows);
}

function figuresLine(scene: Scene, columns: number, paint: Paint): string {
  const { tree, broker, trouble, now } = scene;
  const rate = rateText(tree.root.rate.perSecond(now, tree.since));
  const figures = `${counted(tree.messages, 'message')}  ${rate}/s  ${counted(tree.root.topics, 'topic')}`;
  const state = trouble ?? (scene.paused ? `paused, ${grouped(scene.pausedMessages)} since` : undefined);
  const head = shortened(` ${printable(broker)}  ${figures}`, columns);
  if (state === undefined) return paint('title', head);
  const room = columns - columnsOf(head) - 2;
  // Of a narrow terminal the trouble takes it all.
  if (room < 12) return paint('warning', shortened(` ${printable(state)}`, columns));
  return `${paint('title', head)}  ${paint('warning', shortened(printable(state), room))}`;
}

function footLine({ tree, navigation }: Scene, columns: number, paint: Paint): string {
  if (navigation.typing) return shortened(` /${printable(navigation.filter)}█  ${TYPING}`, columns);
  const notes: string[] = [];
  if (navigation.filter !== '') notes.push(`filter: ${printable(navigation.filter)} (Escape ends it)`);
  if (navigation.order === 'rate') notes.push('by rate');
  if (tree.beyond > 0) {
    notes.push(`${counted(tree.beyond, 'message')} on topics beyond ${grouped(tree.root.topics)}, not shown`);
  }
  const text = notes.length === 0 ? KEYS : `${notes.join('  ')}  ${KEYS}`;
  return paint(tree.beyond > 0 ? 'warning' : 'faint', shortened(` ${text}`, columns));
}

/** Columns of the terminal for each column of the table; 0 leaves it out. */
interface Layout {
  readonly topic: number;
  readonly messages: number;
  readonly rate: number;
  readonly flags: number;
  readonly age: number;
  readonly value: number;
}

const MESSAGES = 9;
const RATE = 8;
const FLAGS = 3;
const AGE = 4;

/** A narrow terminal shows less of a message, and never a part of a figure. */
function layoutOf(columns: number): Layout {
  if (columns < 50) {
    const topic = Math.max(1, columns - MESSAGES - 1);
    return { topic, messages: MESSAGES, rate: 0, flags: 0, age: 0, value: 0 };
  }
  const topic = Math.min(60, Math.floor(columns * 0.4));
  const wide = columns >= 80;
  const taken = topic + 1 + MESSAGES + 1 + RATE + 1 + (wide ? FLAGS + 1 + AGE + 1 : 0);
  const value = Math.max(0, columns - taken);
  return { topic, messages: MESSAGES, rate: RATE, flags: wide ? FLAGS : 0, age: wide ? AGE : 0, value };
}

function titlesLine(layout: Layout): string {
  return lineOf(layout, [' Topic', 'Messages', 'Rate/s', 'QoS', 'Age', 'Last value']);
}

function rowLine(
  row: Row,
  layout: Layout,
  format: ShownFormat,
  since: number,
  now: number,
  chosen: boolean,
): string {
  const { node } = row;
  const { last } = node;
  const room = layout.value;
  return lineOf(layout, [
    topicText(row, layout.topic, chosen),
    countText(node.messages),
    rateText(node.rate.perSecond(now, since)),
    last === undefined ? '' : `${last.qos}${last.retain ? ' R' : '  '}`,
    last === undefined ? '' : ageText(now - last.at),
    room === 0 ? '' : valueText(row, format, room),
  ]);
}

/** Figures on the right of their column. */
function lineOf({ topic, messages, rate, flags, age, value }: Layout, cells: readonly string[]): string {
  const [topicCell = '', messagesCell = '', rateCell = '', flagsCell = '', ageCell = '', valueCell = ''] =
    cells;
  const parts = [padded(shortened(topicCell, topic), topic), messagesCell.padStart(messages)];
  if (rate > 0) parts.push(rateCell.padStart(rate));
  if (flags > 0) parts.push(flagsCell.padEnd(flags));
  if (age > 0) parts.push(ageCell.padStart(age));
  if (value > 0) parts.push(shortened(valueCell, value));
  return parts.join(' ').trimEnd();
}

const FOLDS = { open: '▾', folded: '▸', none: ' ' } as const;

/** However deep it is, its own level is to be read. */
function topicText({ node, depth, fold }: Row, columns: number, chosen: boolean): string {
  const indent = ' '.repeat(Math.min(depth * 2, Math.floor(columns / 2)));
  const level = node.level === '' ? '""' : printable(node.level);
  return `${chosen ? '>' : ' '}${indent}${FOLDS[fold]} ${level}`;
}

function valueText({ node, fold }: Row, format: ShownFormat, columns: number): string {
  const { last } = node;
  const below = belowText(node, fold);
  if (last === undefined) return below;
  return `${excerptOf(last, format, columns)}${below === '' ? '' : `  ${below}`}`;
}

function belowText({ topics, last }: TopicNode, fold: Row['fold']): string {
  if (fold !== 'folded') return '';
  const below = topics - (last === undefined ? 0 : 1);
  return `(${counted(below, 'topic')})`;
}

/** At most nine characters. */
function countText(count: number): string {
  return count < 10_000_000 ? grouped(count) : `${(count / 1_000_000).toFixed(1)}M`;
}

export function rateText(perSecond: number): string {
  if (perSecond < 0.05) return '0.0';
  return perSecond < 100 ? perSecond.toFixed(1) : grouped(Math.round(perSecond));
}

const UNITS: readonly (readonly [seconds: number, unit: string])[] = [
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'm'],
];

/** At most four characters, for a year and more. */
export function ageText(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const [size, unit] = UNITS.find(([one]) => seconds >= one) ?? [1, 's'];
  return `${Math.floor(seconds / size)}${unit}`;
}
