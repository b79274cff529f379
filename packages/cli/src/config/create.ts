// A file that was not there before: what is there is never replaced.

import { type Edges, UsageError } from '../world/edges.ts';

/** @throws UsageError where it cannot be written, or there is one already */
export async function createFile(path: string, text: string, edges: Edges): Promise<void> {
  try {
    await edges.newFile(path, text);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    const why =
      error.code === 'EEXIST'
        ? 'is there already, and is not replaced'
        : `cannot be written: ${error.message}`;
    throw new UsageError(`${path} ${why}`);
  }
}
