// Who has an outbox: one page or worker at a time. A lock of the browser says so, which goes with whoever holds it.

import { storeError } from '../outbox/row-store.ts';
import { platform } from './platform.ts';

/** A page that is loaded anew may find its predecessor still on the way out. */
const WAIT_MS = 1000;

/** Of this page, where there are no locks. */
const HELD = new Set<string>();

/** Resolves with what gives it up again. @throws MqttError `store-in-use` */
export async function takeOwnership(name: string): Promise<() => void> {
  const locks = platform.navigator?.locks;
  if (locks === undefined) return takeHere(name);
  return new Promise((resolve, reject) => {
    const held = (): Promise<void> => new Promise((release) => resolve(release));
    locks
      .request(name, { signal: AbortSignal.timeout(WAIT_MS) }, held)
      .catch((cause: unknown) => reject(inUse(name, cause)));
  });
}

function takeHere(name: string): () => void {
  if (HELD.has(name)) throw inUse(name);
  HELD.add(name);
  return () => void HELD.delete(name);
}

function inUse(name: string, cause?: unknown) {
  return storeError(
    'store-in-use',
    `the outbox ${name} is in use by another client, maybe in another tab`,
    cause,
  );
}
