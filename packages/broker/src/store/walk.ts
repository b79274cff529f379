// Walks the trees of a data.mdb page by page: to see that everything is in its place, or to save what is. It never writes.

import { type Leaf, type Node, PageFault, type PageFile, type Tree } from './pages.ts';
import type { Row } from './port.ts';

/** What a walk met: complaints in words, so many at the most. */
export interface Findings {
  readonly faults: string[];
}

const FAULTS_MAX = 20;
const BRANCH = 1;
const LEAF = 2;

/** Whether both trees, the rows and the list of free pages, are whole; the values of rows are not looked into. */
export function checkPages(file: PageFile): Findings {
  const walk = new Walk(file);
  const { free, main } = file.header;
  // Keys of the list of free pages are numbers, of which the bytes are in another order.
  walk.whole(free, 'the list of free pages', false);
  walk.whole(main, 'the rows', true);
  // Only of a list that is whole: LMDB writes to the pages that it names.
  if (walk.faults.length === 0) walk.free(free);
  return walk;
}

/** The rows that can be read, in order, the store's own left out; what cannot be read is told in `findings`. */
export function* salvage(file: PageFile, findings: Findings): Generator<Row, void> {
  const walk = new Walk(file, findings.faults);
  const { root, depth } = file.header.main;
  if (depth === 0) return;
  for (const node of walk.nodesBelow(root, depth)) {
    if (node.key[0] === 0) continue;
    const value = walk.attempt(() => file.value(node));
    if (value !== undefined) yield { key: Buffer.from(node.key), value: Buffer.from(value) };
  }
}

class Walk implements Findings {
  readonly faults: string[];
  readonly #file: PageFile;
  /** A bit for each page that was met. */
  readonly #seen: Uint8Array;

  constructor(file: PageFile, faults: string[] = []) {
    this.#file = file;
    this.#seen = new Uint8Array((file.header.lastPage >> 3) + 1);
    this.faults = faults;
  }

  whole(tree: Tree, name: string, ordered: boolean): void {
    const counts = { branches: 0, leaves: 0, overflows: 0, entries: 0 };
    const before = this.faults.length;
    let last: Buffer | undefined;
    const below = (page: number, levels: number): void => {
      if (levels > 1) {
        counts.branches += 1;
        for (const { child } of this.attempt(() => this.#branch(page)) ?? []) below(child, levels - 1);
        return;
      }
      const leaf = this.attempt(() => this.#leaf(page));
      if (leaf === undefined) return;
      counts.leaves += 1;
      counts.entries += leaf.entries;
      if (ordered && last !== undefined && Buffer.compare(last, leaf.first) >= 0)
        this.#fault(`${name}: the keys of page ${page} are not in their place`);
      last = leaf.last;
      for (const node of leaf.big) counts.overflows += this.attempt(() => this.#overflow(node)) ?? 0;
    };
    if (tree.depth > 0) below(tree.root, tree.depth);
    if (this.faults.length > before) return;
    for (const count of ['branches', 'leaves', 'overflows', 'entries'] as const)
      if (counts[count] !== tree[count])
        this.#fault(`${name}: ${counts[count]} ${count}, where there should be ${tree[count]}`);
  }

  /** The nodes of all leaves that can be reached, in order. */
  *nodesBelow(page: number, levels: number): Generator<Node, void> {
    if (levels === 1) {
      yield* this.attempt(() => this.#nodes(page, LEAF)) ?? [];
      return;
    }
    for (const { child } of this.attempt(() => this.#branch(page)) ?? [])
      yield* this.nodesBelow(child, levels - 1);
  }

  /** The pages that are free are pages, and none of them is in use. */
  free({ root, depth }: Tree): void {
    if (depth === 0) return;
    for (const node of new Walk(this.#file, this.faults).nodesBelow(root, depth))
      this.attempt(() => {
        for (const { page, pages } of freeBlocks(this.#file.value(node)))
          for (let number = page; number < page + pages; number += 1) this.#mark(number);
      });
  }

  attempt<Result>(act: () => Result): Result | undefined {
    try {
      return act();
    } catch (error) {
      if (!(error instanceof PageFault)) throw error;
      this.#fault(error.message);
      return undefined;
    }
  }

  #branch(page: number): readonly Node[] {
    return this.#nodes(page, BRANCH);
  }

  #nodes(page: number, kind: 1 | 2): readonly Node[] {
    this.#mark(page);
    return this.#file.nodes(page, kind);
  }

  #leaf(page: number): Leaf {
    this.#mark(page);
    return this.#file.leaf(page);
  }

  #overflow(node: Node): number {
    const { page, pages } = this.#file.overflow(node);
    for (let number = page; number < page + pages; number += 1) this.#mark(number);
    return pages;
  }

  /** Before a page is read: so a tree that leads back into itself ends. */
  #mark(page: number): void {
    if (page < 2 || page > this.#file.header.lastPage) throw new PageFault(`there can be no page ${page}`);
    const bit = 1 << (page & 7);
    const seen = this.#seen[page >> 3] ?? 0;
    if ((seen & bit) !== 0) throw new PageFault(`page ${page} is used twice`);
    this.#seen[page >> 3] = seen | bit;
  }

  #fault(text: string): void {
    if (this.faults.length < FAULTS_MAX) this.faults.push(text);
  }
}

/**
 * A list of free pages: how many numbers follow, then the numbers. One below zero says how many pages there are from the
 * next number on; zeros are places that are not in use.
 */
function* freeBlocks(list: Buffer): Generator<{ readonly page: number; readonly pages: number }, void> {
  const length = list.length < 8 ? -1 : Number(list.readBigInt64LE(0));
  if (length < 0 || (length + 1) * 8 > list.length)
    throw new PageFault('a list of free pages has a wrong length');
  let pages = 1;
  for (let at = 8; at <= length * 8; at += 8) {
    const number = Number(list.readBigInt64LE(at));
    if (number < 0) pages = -number;
    if (number <= 0) continue;
    yield { page: number, pages };
    pages = 1;
  }
}
