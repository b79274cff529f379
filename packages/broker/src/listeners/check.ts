// What is wrong with the files that listeners name, before one of them is opened.

import type { ListenerOptions } from './open.ts';
import { readMaterial } from './secrets.ts';
import { SecretsFault } from './secrets-fault.ts';

/** A line for each file that is not good: its name, and what was expected. Opens no listener. */
export function listenerProblems(all: readonly ListenerOptions[]): readonly string[] {
  const lines = all.flatMap((options) => {
    if (options.protocol !== 'tls' && options.protocol !== 'wss') return [];
    try {
      readMaterial(options.tls);
      return [];
    } catch (error) {
      if (!(error instanceof SecretsFault)) throw error;
      return error.message.split('\n');
    }
  });
  return [...new Set(lines)];
}
