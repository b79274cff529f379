// The figures of a run, and how they are told. Owns no judgement.

import type { Figures } from './judge.ts';
import type { RowCounts } from './leaks.ts';

export class Summary {
  readonly seed: number;
  readonly planned: number;
  rounds = 0;
  readonly figures: Figures = { published: 0, acknowledged: 0, refused: 0, delivered: 0, duplicates: 0 };
  readonly deaths = new Map<string, number>();
  /** From the start of the process to its first CONNACK, in milliseconds. */
  readonly restarts: number[] = [];
  /** What the store held at last. */
  rows: RowCounts | undefined;
  readonly #started = Date.now();

  constructor(seed: number, planned: number) {
    this.seed = seed;
    this.planned = planned;
  }

  add(figures: Figures): void {
    for (const name of Object.keys(figures) as (keyof Figures)[]) this.figures[name] += figures[name];
  }

  died(how: string): void {
    this.deaths.set(how, (this.deaths.get(how) ?? 0) + 1);
  }

  restartMedianMs(): number {
    const sorted = [...this.restarts].sort((a, b) => a - b);
    return sorted[sorted.length >> 1] ?? 0;
  }

  /** One line on the way. */
  line(): string {
    const { published, acknowledged, delivered, duplicates } = this.figures;
    const counts = `${published} published, ${acknowledged} acknowledged, ${delivered} delivered, ${duplicates} again`;
    return `round ${this.rounds} of ${this.planned}, ${this.#seconds()} s: ${counts}`;
  }

  /** All of it, a line for each figure. */
  text(): string {
    const { published, acknowledged, refused, delivered, duplicates } = this.figures;
    const deaths = [...this.deaths].sort().map(([how, count]) => `${how} ${count}`);
    const rows: readonly (readonly [string, string | number])[] = [
      ['seed', this.seed],
      ['rounds', `${this.rounds} of ${this.planned} in ${this.#seconds()} s`],
      ['ends of the broker', deaths.join(', ')],
      ['published', published],
      ['acknowledged', acknowledged],
      ['refused', refused],
      ['delivered', delivered],
      ['sent again', duplicates],
      [
        'start to first CONNACK',
        `median ${this.restartMedianMs()} ms, max ${Math.max(0, ...this.restarts)} ms`,
      ],
      ...(this.rows === undefined ? [] : [['rows left', rowsText(this.rows)] as const]),
    ];
    return rows.map(([name, value]) => `${name.padEnd(24)}${value}`).join('\n');
  }

  #seconds(): number {
    return Math.round((Date.now() - this.#started) / 1000);
  }
}

function rowsText({ own, ...rows }: RowCounts): string {
  return Object.entries(rows)
    .map(([table, count]) => `${table} ${count}`)
    .join(', ');
}
