// The tree once, for a pipe or a file: as indented lines, or as a line of JSON for each topic. Pure.

import { excerptOf, payloadMember, type ShownFormat, shortened } from '../payload/index.ts';
import { counted, grouped, padded, printable, printableJson, printableJsonText } from '../render/index.ts';
import { rowsOf } from './rows.ts';
import type { TopicNode, TopicTree } from './tree.ts';
import { rateText } from './view.ts';

const ALL = { folded: new Set<number>(), filter: '', order: 'name' } as const;
const VALUE_COLUMNS_MAX = 200;
const TOPIC_COLUMNS_MAX = 60;

export function snapshotLines(tree: TopicTree, format: ShownFormat, now: number): readonly string[] {
  const rows = rowsOf(tree, ALL, now).map(({ node, depth }) => ({
    node,
    name: shortened(
      `${'  '.repeat(depth)}${node.level === '' ? '""' : printable(node.level)}`,
      TOPIC_COLUMNS_MAX,
    ),
  }));
  const columns = Math.max(0, ...rows.map(({ name }) => name.length));
  const lines = rows.map(({ node, name }) =>
    [
      padded(name, columns),
      String(node.messages).padStart(7),
      `${rateText(node.rate.perSecond(now, tree.since)).padStart(7)}/s`,
      ...valueParts(node, format),
    ].join('  '),
  );
  return tree.beyond === 0 ? lines : [...lines, beyondText(tree)];
}

function valueParts({ last }: TopicNode, format: ShownFormat): readonly string[] {
  if (last === undefined) return [];
  return [`${last.qos}${last.retain ? ' R' : '  '}`, excerptOf(last, format, VALUE_COLUMNS_MAX)];
}

function beyondText(tree: TopicTree): string {
  return `${counted(tree.beyond, 'message')} on topics beyond ${grouped(tree.root.topics)}, not shown`;
}

/** A payload of which only the beginning was kept says so. */
export function snapshotJson(
  tree: TopicTree,
  format: Exclude<ShownFormat, 'raw'>,
  now: number,
): readonly string[] {
  const lines: string[] = [];
  for (const { node } of rowsOf(tree, ALL, now)) {
    const { last, topic, own } = node;
    if (last === undefined) continue;
    const { name, json } = payloadMember(last, last.payload.length === last.bytes ? format : 'hex');
    const rate = Math.round(node.ownRate.perSecond(now, tree.since) * 1000) / 1000;
    const facts = {
      messages: own,
      ratePerSecond: rate,
      qos: last.qos,
      retain: last.retain,
      ageMs: Math.round(now - last.at),
      payloadBytes: last.bytes,
    };
    lines.push(
      `{${printableJsonText(`"topic":${JSON.stringify(topic)},"${name}":${json}`)},${printableJson(facts).slice(1)}`,
    );
  }
  return lines;
}
