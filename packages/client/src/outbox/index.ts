// @anax/client/outbox: an outbox in memory, and what it takes to make one over a table of your own.

export type { Found, OpenOutbox, OutboxOwner, OutboxStore, SessionFacts } from '../journal.ts';
export { memoryOutbox } from './memory.ts';
export {
  type OutboxRow,
  type OutboxWrite,
  type RowStore,
  type StoreProblem,
  storeError,
} from './row-store.ts';
export { storedOutbox } from './stored.ts';
