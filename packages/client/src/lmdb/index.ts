// @anax/client/lmdb: an outbox on the disk, for Node. Takes the npm package `lmdb`.

export type { OutboxStore } from '../journal.ts';
export { lmdbOutbox } from './outbox.ts';
