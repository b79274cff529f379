// The options of a verb that tells its state while it works, and a result in the end. Tells nothing.

import type { Command } from 'commander';
import { toDuration } from './values.ts';

/** @param json what `--json` gives */
export function addLiveOptions(command: Command, json: string): void {
  command
    .optionsGroup('The output:')
    .option(
      '--every <time>',
      'how often the state is told (default: 0.5s on a terminal, else 10s)',
      toDuration,
    )
    .option('--quiet', 'tell no state meanwhile')
    .option('--json', json);
}
