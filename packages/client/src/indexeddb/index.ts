// @anax/client/indexeddb: an outbox in the browser.

export type { OutboxStore } from '../journal.ts';
export { indexedDbOutbox } from './outbox.ts';
