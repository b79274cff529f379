// The store that the settings ask for, opened when the broker starts.

import type { StoreSettings } from './config/settings.ts';
import type { Note } from './hub/notes.ts';
import { openLmdbStore } from './store/open.ts';
import type { Store } from './store/port.ts';
import { VERSION } from './version.ts';

/** A step of a commit that a harness may end the process at. */
export type FaultStep = 'before-commit' | 'after-commit' | 'before-sync' | 'after-sync';

export function storeOpener(
  settings: StoreSettings | undefined,
  note: (note: Note) => void = () => undefined,
  fault?: (step: FaultStep) => void,
): (() => Promise<Store>) | undefined {
  if (settings === undefined) return undefined;
  const { directory, durability, syncIntervalMs, bytesMax } = settings;
  return () =>
    openLmdbStore({
      directory,
      durability,
      syncIntervalMs,
      bytesMax,
      madeBy: `anax ${VERSION}`,
      onSyncFailed: ({ message }) => note({ event: 'store-failed', text: message }),
      ...(fault === undefined ? {} : { fault }),
    });
}
