// The pages of a data.mdb as bytes, read without LMDB, which ends the process where a page is not what it should be. It
// says whether the two headers and the trees are whole, finds a row, and gives what can still be read. It never writes.

import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** Of the format of `lmdb` 3.5, little-endian: offsets within a page. */
const PAGE = {
  number: 0,
  transaction: 8,
  flags: 18,
  lower: 20,
  overflowPages: 20,
  upper: 22,
  header: 24,
} as const;
const META = {
  magic: 24,
  version: 28,
  pageSize: 48,
  free: 48,
  main: 96,
  lastPage: 144,
  transaction: 152,
} as const;
const META_BYTES = 168;
const TREE = { depth: 6, branches: 8, leaves: 16, overflows: 24, entries: 32, root: 40 } as const;
const NODE = { low: 0, high: 2, flags: 4, keyBytes: 6, header: 8 } as const;
/** `dirtyOverflow` may be left over in a page of any kind. */
const FLAG = { branch: 1, leaf: 2, overflow: 4, meta: 8, dirtyOverflow: 0x2000 } as const;
/** Of a node: its value is on pages of its own, and in the node are the first one's number, a transaction, their count. */
const BIG = { flag: 1, transaction: 8, pages: 16, bytes: 24 } as const;
const MAGIC = 0xbe_ef_c0_de;
const VERSION = 2;
/** Deeper than any tree of pages can be. */
const DEPTH_MAX = 32;
const SPARE_PAGES = 1 << 20;

export interface Tree {
  readonly root: number;
  readonly depth: number;
  readonly branches: number;
  readonly leaves: number;
  readonly overflows: number;
  readonly entries: number;
}

/** Where the trees of the last commit begin. */
export interface Header {
  readonly pageSize: number;
  readonly lastPage: number;
  readonly transaction: number;
  readonly free: Tree;
  readonly main: Tree;
}

export interface Node {
  readonly key: Buffer;
  /** In a branch: the page below. */
  readonly child: number;
  /** In a leaf. */
  readonly valueBytes: number;
  readonly inlineValue: Buffer | undefined;
  readonly overflow: Overflow | undefined;
}

/** Where a value is that has pages of its own, and since which transaction. */
export interface Overflow {
  readonly page: number;
  readonly pages: number;
  readonly transaction: number;
}

export interface Leaf {
  readonly entries: number;
  readonly first: Buffer;
  readonly last: Buffer;
  /** The nodes with a value on pages of its own. */
  readonly big: readonly Node[];
}

/** What is wrong with a page; it is thrown, and caught by whoever reads on elsewhere. */
export class PageFault extends Error {}

export class PageFile {
  readonly #file: number;
  #header: Header;

  /** Throws a `PageFault` where the beginning of the file is not that of a store. */
  constructor(path: string) {
    this.#file = openSync(path, 'r');
    try {
      this.#header = this.#readHeader();
    } catch (error) {
      closeSync(this.#file);
      throw error;
    }
  }

  /** As it was when it was read last. */
  get header(): Header {
    return this.#header;
  }

  /** Goes on to the last commit. */
  advance(): void {
    this.#header = this.#readHeader();
  }

  /**
   * Whether what was read, of a commit that was the last one, is sure to be of that one: a page that a transaction frees is
   * used again not by the next one, but by the one after that.
   */
  isSteadySince(transaction: number): boolean {
    return this.#readHeader().transaction <= transaction + 1;
  }

  close(): void {
    closeSync(this.#file);
  }

  /**
   * The nodes of the leaf in which a key is or would be, and the first key of what comes behind that leaf. Throws a
   * `PageFault`.
   */
  leafOf(key: Uint8Array): { readonly nodes: readonly Node[]; readonly behind: Buffer | undefined } {
    const { root, depth } = this.header.main;
    if (depth === 0) return { nodes: [], behind: undefined };
    let page = root;
    let behind: Buffer | undefined;
    for (let level = 1; level < depth; level += 1) {
      const nodes = this.nodes(page, FLAG.branch);
      // The key of the first is not looked at: everything before the second is below it.
      const place = nodes.findLastIndex((node, index) => index === 0 || Buffer.compare(node.key, key) <= 0);
      page = nodes[place]?.child ?? 0;
      behind = nodes[place + 1]?.key ?? behind;
    }
    return { nodes: this.nodes(page, FLAG.leaf), behind };
  }

  find(key: Uint8Array): Node | undefined {
    return this.leafOf(key).nodes.find((node) => Buffer.compare(node.key, key) === 0);
  }

  value(node: Node): Buffer {
    if (node.overflow === undefined) return node.inlineValue ?? Buffer.alloc(0);
    const { page, pages } = this.overflow(node);
    const bytes = this.#read(page * this.header.pageSize, pages * this.header.pageSize, `page ${page}`);
    return bytes.subarray(PAGE.header, PAGE.header + node.valueBytes);
  }

  /** Where the value of a big node is, once it is seen that it is there. */
  overflow(node: Node): { readonly page: number; readonly pages: number } {
    const { page, pages } = node.overflow ?? { page: 0, pages: 0 };
    if ((node.overflow?.transaction ?? 0) > this.header.transaction)
      throw new PageFault(`page ${page} is said to be of a transaction to come`);
    const needed = Math.ceil((PAGE.header + node.valueBytes) / this.header.pageSize);
    if (pages < needed || page + pages - 1 > this.header.lastPage)
      throw new PageFault(
        `a value of ${node.valueBytes} bytes is said to be on ${pages} pages from page ${page}`,
      );
    const first = this.#page(page, FLAG.overflow);
    if (first.readUInt32LE(PAGE.overflowPages) !== pages)
      throw new PageFault(`page ${page} has a wrong length`);
    return { page, pages };
  }

  /** The nodes of a page, which must be a leaf or a branch. */
  nodes(number: number, kind: 1 | 2): Node[] {
    const page = this.#page(number, kind);
    checkNodes(page, kind, number);
    return Array.from({ length: countOf(page) }, (_, index) => nodeAt(page, placeOf(page, index), kind));
  }

  /** What a check needs of a leaf, without an object for each of its nodes. */
  leaf(number: number): Leaf {
    const page = this.#page(number, FLAG.leaf);
    const big = checkNodes(page, FLAG.leaf, number);
    const entries = countOf(page);
    return {
      entries,
      first: nodeAt(page, placeOf(page, 0), FLAG.leaf).key,
      last: nodeAt(page, placeOf(page, entries - 1), FLAG.leaf).key,
      big: big.map((place) => nodeAt(page, place, FLAG.leaf)),
    };
  }

  #page(number: number, kind: number): Buffer {
    if (number < 2 || number > this.header.lastPage) throw new PageFault(`there can be no page ${number}`);
    const { pageSize } = this.header;
    const page = this.#read(number * pageSize, pageSize, `page ${number}`);
    const flags = page.readUInt16LE(PAGE.flags) & ~FLAG.dirtyOverflow;
    // A page of a transaction to come LMDB would take for one of its own, in memory.
    const isOfNow = longAt(page, PAGE.transaction) <= this.header.transaction;
    if (longAt(page, PAGE.number) !== number || flags !== kind || !isOfNow)
      throw new PageFault(`page ${number} is not what it should be`);
    return page;
  }

  #readHeader(): Header {
    const first = this.#meta(0);
    const second = this.#meta(first.pageSize);
    if (first.pageSize !== second.pageSize)
      throw new PageFault('the two headers of data.mdb differ in their page size');
    const header = first.transaction > second.transaction ? first : second;
    // Pages at the end that are free may never have been written; but not so many.
    const pages = fstatSync(this.#file).size / header.pageSize;
    if (header.lastPage > 2 * pages + SPARE_PAGES)
      throw new PageFault('data.mdb is far shorter than its header says');
    for (const { depth, root } of [header.free, header.main])
      if (depth > DEPTH_MAX || (depth > 0 && (root < 2 || root > header.lastPage)))
        throw new PageFault('a header of data.mdb points outside of it');
    return header;
  }

  #meta(at: number): Header {
    const page = this.#read(at, META_BYTES, 'a header of data.mdb');
    const pageSize = page.readUInt32LE(META.pageSize);
    if (
      (page.readUInt16LE(PAGE.flags) & FLAG.meta) === 0 ||
      page.readUInt32LE(META.magic) !== MAGIC ||
      (page.readUInt32LE(META.version) & 0xffff) !== VERSION ||
      pageSize < 512 ||
      pageSize > 65_536 ||
      (pageSize & (pageSize - 1)) !== 0
    )
      throw new PageFault(
        at === 0 ? 'data.mdb does not begin as a store does' : 'a header of data.mdb is damaged',
      );
    return {
      pageSize,
      lastPage: longAt(page, META.lastPage),
      transaction: longAt(page, META.transaction),
      free: treeAt(page, META.free),
      main: treeAt(page, META.main),
    };
  }

  #read(at: number, length: number, what: string): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    const read = readSync(this.#file, bytes, 0, length, at);
    if (read < length) throw new PageFault(`data.mdb ends before ${what} does`);
    return bytes;
  }
}

function countOf(page: Buffer): number {
  return page.readUInt16LE(PAGE.lower) >> 1;
}

function placeOf(page: Buffer, index: number): number {
  return PAGE.header + page.readUInt16LE(PAGE.header + index * 2);
}

/** Every node of a page is within it, or a `PageFault` says so. Gives the places of those with a value elsewhere. */
function checkNodes(page: Buffer, kind: 1 | 2, number: number): number[] {
  const lower = page.readUInt16LE(PAGE.lower);
  const upper = page.readUInt16LE(PAGE.upper);
  if (lower % 2 !== 0 || lower === 0 || lower > upper || upper > page.length - PAGE.header)
    throw new PageFault(`page ${number} has a wrong list of nodes`);
  const elsewhere: number[] = [];
  for (let index = 0; index < lower / 2; index += 1) {
    const at = placeOf(page, index);
    if (at < upper + PAGE.header || at + NODE.header > page.length)
      throw new PageFault(`page ${number} has a node outside of it`);
    const flags = page.readUInt16LE(at + NODE.flags);
    let end = at + NODE.header + page.readUInt16LE(at + NODE.keyBytes);
    if (kind === FLAG.leaf) {
      if (flags === BIG.flag) elsewhere.push(at);
      else if (flags !== 0) throw new PageFault(`page ${number} has a node of an unknown kind`);
      end += flags === BIG.flag ? BIG.bytes : lowAt(page, at);
    }
    if (end > page.length) throw new PageFault(`page ${number} has a node that ends outside of it`);
  }
  return elsewhere;
}

/** Of a node that was checked. */
function nodeAt(page: Buffer, at: number, kind: 1 | 2): Node {
  const flags = page.readUInt16LE(at + NODE.flags);
  const low = lowAt(page, at);
  const keyEnd = at + NODE.header + page.readUInt16LE(at + NODE.keyBytes);
  const big = kind === FLAG.leaf && flags === BIG.flag;
  return {
    key: page.subarray(at + NODE.header, keyEnd),
    child: low + flags * 0x1_00_00_00_00,
    valueBytes: low,
    inlineValue: kind === FLAG.leaf && !big ? page.subarray(keyEnd, keyEnd + low) : undefined,
    overflow: big
      ? {
          page: longAt(page, keyEnd),
          transaction: longAt(page, keyEnd + BIG.transaction),
          pages: longAt(page, keyEnd + BIG.pages),
        }
      : undefined,
  };
}

function lowAt(page: Buffer, at: number): number {
  return page.readUInt16LE(at + NODE.low) + page.readUInt16LE(at + NODE.high) * 0x1_00_00;
}

function treeAt(page: Buffer, at: number): Tree {
  const root = longAt(page, at + TREE.root);
  return {
    depth: page.readUInt16LE(at + TREE.depth),
    branches: longAt(page, at + TREE.branches),
    leaves: longAt(page, at + TREE.leaves),
    overflows: longAt(page, at + TREE.overflows),
    entries: longAt(page, at + TREE.entries),
    root,
  };
}

/** A number of 64 bits; what is beyond 53 is wrong everywhere here, and stays far too large. */
function longAt(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 0x1_00_00_00_00;
}
