// Where the eye is: cursor, scroll, folds, filter, order. Keys change it; rows are given. Pure: no terminal, no time.

import type { Key } from './keys.ts';
import type { Row, RowsOptions } from './rows.ts';

const FILTER_CHARS_MAX = 200;

/** What a key asks for that is not the eye's. */
export type Asked = 'quit' | 'pause' | 'redraw' | undefined;

export class Navigation implements RowsOptions {
  readonly folded = new Set<number>();
  filter = '';
  order: 'name' | 'rate' = 'name';
  /** Whether what is typed goes to the filter. */
  typing = false;
  /** The first row on the screen. */
  top = 0;
  /** Among the rows that were looked at last. */
  cursor = 0;
  #chosen: number | undefined;

  /** Keeps the cursor on its node, wherever that is now, and on the screen. */
  settle(rows: readonly Row[], height: number): void {
    const found = this.#chosen === undefined ? -1 : rows.findIndex(({ node }) => node.id === this.#chosen);
    this.#choose(found >= 0 ? found : this.cursor, rows);
    this.top = Math.max(this.top, this.cursor - height + 1);
    this.top = Math.min(this.top, this.cursor, Math.max(0, rows.length - height));
  }

  press(key: Key, rows: readonly Row[], height: number): Asked {
    if (key.name === 'interrupt') return 'quit';
    if (key.name === 'redraw') return 'redraw';
    return this.typing ? this.#type(key) : this.#command(key, rows, height);
  }

  #type(key: Key): undefined {
    if (key.name === 'text') this.filter = (this.filter + key.text).slice(0, FILTER_CHARS_MAX);
    else if (key.name === 'backspace') this.filter = [...this.filter].slice(0, -1).join('');
    else if (key.name === 'enter') this.typing = false;
    else if (key.name === 'escape') this.#endFilter();
  }

  #endFilter(): void {
    this.typing = false;
    this.filter = '';
  }

  #command(key: Key, rows: readonly Row[], height: number): Asked {
    const name = key.name === 'text' ? (LETTERS.get(key.text) ?? key.text) : key.name;
    switch (name) {
      case 'up':
        return this.#choose(this.cursor - 1, rows);
      case 'down':
        return this.#choose(this.cursor + 1, rows);
      case 'page-up':
        return this.#choose(this.cursor - height, rows);
      case 'page-down':
        return this.#choose(this.cursor + height, rows);
      case 'home':
        return this.#choose(0, rows);
      case 'end':
        return this.#choose(rows.length - 1, rows);
      case 'left':
        return this.#foldOrUp(rows);
      case 'right':
        return this.#unfold(rows);
      case 'enter':
        return this.#toggle(rows);
      case '/':
        this.typing = true;
        return undefined;
      case 'escape':
        return this.#endFilter() as undefined;
      case 'r':
        this.order = this.order === 'name' ? 'rate' : 'name';
        return undefined;
      case 'p':
        return 'pause';
      case 'q':
        return 'quit';
      default:
        return undefined;
    }
  }

  #choose(at: number, rows: readonly Row[]): undefined {
    this.cursor = Math.max(0, Math.min(at, rows.length - 1));
    this.#chosen = rows[this.cursor]?.node.id;
  }

  #foldOrUp(rows: readonly Row[]): undefined {
    const row = rows[this.cursor];
    if (row === undefined) return;
    if (row.fold === 'open') {
      this.folded.add(row.node.id);
      return;
    }
    let parent = this.cursor;
    while (parent > 0 && (rows[parent]?.depth ?? 0) >= row.depth) parent -= 1;
    if ((rows[parent]?.depth ?? 0) < row.depth) this.#choose(parent, rows);
  }

  #unfold(rows: readonly Row[]): undefined {
    const row = rows[this.cursor];
    if (row !== undefined) this.folded.delete(row.node.id);
  }

  #toggle(rows: readonly Row[]): undefined {
    const row = rows[this.cursor];
    if (row?.fold === 'open') this.folded.add(row.node.id);
    else if (row?.fold === 'folded') this.folded.delete(row.node.id);
  }
}

const LETTERS: ReadonlyMap<string, string> = new Map([
  ['j', 'down'],
  ['k', 'up'],
  ['h', 'left'],
  ['l', 'right'],
  ['g', 'home'],
  ['G', 'end'],
  [' ', 'enter'],
  ['Q', 'q'],
]);
