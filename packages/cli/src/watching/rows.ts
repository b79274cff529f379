// Which nodes of the tree are shown, and in which order: what is folded, the filter, by name or by rate. Pure.

import type { TopicNode, TopicTree } from './tree.ts';

export interface RowsOptions {
  /** Of nodes. */
  readonly folded: ReadonlySet<number>;
  /** Topics that have this in them, whatever its case, are shown with what is above them; empty for all. */
  readonly filter: string;
  readonly order: 'name' | 'rate';
}

export interface Row {
  readonly node: TopicNode;
  /** 0 for the first level of a topic. */
  readonly depth: number;
  readonly fold: 'open' | 'folded' | 'none';
}

export function rowsOf(tree: TopicTree, { folded, filter, order }: RowsOptions, now: number): readonly Row[] {
  const wanted = filter === '' ? undefined : wantedBy(tree.root, filter.toLowerCase());
  const rows: Row[] = [];
  const walk = (parent: TopicNode, depth: number): void => {
    for (const node of childrenOf(parent, order, tree.since, now)) {
      if (wanted !== undefined && !wanted.has(node)) continue;
      const isFolded = folded.has(node.id);
      const fold = node.children.size === 0 ? 'none' : isFolded ? 'folded' : 'open';
      rows.push({ node, depth, fold });
      if (fold === 'open') walk(node, depth + 1);
    }
  };
  walk(tree.root, 0);
  return rows;
}

function childrenOf(
  parent: TopicNode,
  order: RowsOptions['order'],
  since: number,
  now: number,
): readonly TopicNode[] {
  const byName = parent.childrenByName;
  if (order === 'name' || byName.length < 2) return byName;
  const rated = byName.map((node) => ({ node, rate: node.rate.perSecond(now, since) }));
  return rated.sort((a, b) => b.rate - a.rate).map(({ node }) => node);
}

/** The nodes whose topic matches, what is above them, and, for the eye, what is below one that matches. */
function wantedBy(root: TopicNode, text: string): ReadonlySet<TopicNode> {
  const wanted = new Set<TopicNode>();
  const walk = (node: TopicNode, above: boolean): boolean => {
    const here = above || node.topic.toLowerCase().includes(text);
    let below = false;
    for (const child of node.children.values()) below = walk(child, here && node !== root) || below;
    if (here || below) wanted.add(node);
    return here || below;
  };
  walk(root, false);
  return wanted;
}
