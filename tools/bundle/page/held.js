// Nothing waits for a store: in place of `shell/held.ts` of the client.

export class Held {
  isEmpty = true;
  add() {}
  clear() {}
}
