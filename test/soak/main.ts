// `npm run soak`: fifty honest clients beside hostile ones, for ten minutes; options, one run, its figures, its exit code.
// 0: the honest noticed nothing. 1: they did, and it is told how. 2: wrong call.

import { parseArgs } from 'node:util';
import { hostile } from './hostile.ts';
import { soak } from './soak.ts';

const HELP = `npm run soak -- [options]

  --minutes N   how long the hostile clients are there (10)
  --seed S      repeats what they draw
  --only KIND   only hostile clients whose kind has this in its name
`;

export async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string', default: '10' },
      seed: { type: 'string', default: String(Date.now() % 0x1_0000_0000) },
      // What the soak starts beside itself: hostile clients of the broker on this port, and its WebSocket port.
      hostile: { type: 'string' },
      only: { type: 'string', default: '' },
      help: { type: 'boolean', default: false },
    },
  });
  const [minutes, seed] = [Number(values.minutes), Number(values.seed)];
  if (values.help || !(minutes > 0) || !Number.isSafeInteger(seed)) {
    process.stdout.write(HELP);
    return values.help ? 0 : 2;
  }
  if (values.hostile !== undefined) {
    const [port, webSocketPort] = values.hostile.split(',').map(Number);
    await hostile(port ?? 0, webSocketPort ?? 0, seed, values.only);
    return 0;
  }
  return soak(minutes * 60_000, seed, values.only);
}
