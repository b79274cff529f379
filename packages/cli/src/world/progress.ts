// How far a verb is, on standard error: a bar on a terminal that is written over again and again; elsewhere nothing.

import { grouped } from '../render/index.ts';
import type { Edges } from './edges.ts';

export { grouped } from '../render/index.ts';

export interface ProgressBar {
  readonly show: (done: number) => void;
  readonly clear: () => void;
}

const CELLS = 24;
/** Where nobody knows how much there will be, it is told every so often. */
const STEP = 1000;

/** @param total how many there are to do, about; undefined where nobody knows. */
export function progressBar(
  { writeError, errorColumns }: Pick<Edges, 'writeError' | 'errorColumns'>,
  what: string,
  total: number | undefined,
): ProgressBar {
  if (errorColumns === undefined) return { show: () => undefined, clear: () => undefined };
  const put = (text: string): void => writeError(`\r\u001b[K${text.slice(0, Math.max(0, errorColumns - 1))}`);
  let told = -1;
  return {
    show: (done) => {
      const step = total === undefined ? Math.floor(done / STEP) : percentOf(done, total);
      if (step === told) return;
      told = step;
      put(total === undefined ? `${grouped(done)} ${what}` : `${barOf(step)} ${step} % of ${what}`);
    },
    clear: () => put(''),
  };
}

function percentOf(done: number, total: number): number {
  return total === 0 ? 100 : Math.min(100, Math.floor((done * 100) / total));
}

function barOf(percent: number): string {
  const full = Math.round((percent * CELLS) / 100);
  return `[${'#'.repeat(full)}${'.'.repeat(CELLS - full)}]`;
}
