// An outbox in the browser, as `connect` takes it. Owns nothing: rows and locks have their own places.

import type { OutboxStore } from '../journal.ts';
import { storedOutbox } from '../outbox/stored.ts';
import { IndexedDbRows } from './rows.ts';

/**
 * An outbox in a database of this name, which is made where it is missing; one page or worker has it at a time. The browser
 * may throw it away where it is short of space, unless the page has asked it not to: `navigator.storage.persist()`.
 */
export function indexedDbOutbox(name: string): OutboxStore {
  return storedOutbox(new IndexedDbRows(name));
}
