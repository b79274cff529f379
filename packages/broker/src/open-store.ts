// The store that the settings ask for, opened when the broker starts. `bytesMax` is not its business: `shell/room.ts`.

import type { StoreSettings } from './config/settings.ts';
import type { Note } from './hub/notes.ts';
import type { FaultStep } from './store/lmdb.ts';
import { openLmdbStore } from './store/open.ts';
import type { Store } from './store/port.ts';
import { VERSION } from './version.ts';

export function storeOpener(
  settings: StoreSettings | undefined,
  note: (note: Note) => void = () => undefined,
  fault?: (step: FaultStep) => void,
): (() => Promise<Store>) | undefined {
  if (settings === undefined) return undefined;
  const { directory, durability, syncIntervalMs } = settings;
  return () =>
    openLmdbStore({
      directory,
      durability,
      syncIntervalMs,
      madeBy: `anax ${VERSION}`,
      onSyncFailed: ({ message }) => note({ event: 'store-failed', text: message }),
      ...(fault === undefined ? {} : { fault }),
    });
}
