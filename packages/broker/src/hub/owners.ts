// Who has how much of what is retained: by user name, or by client identifier where there is none. A message belongs to who
// published it last.

import type { Message } from '@anax/protocol';
import type { Limits } from './limits.ts';
import type { Counters, Note } from './notes.ts';
import type { Kept } from './owed.ts';

interface Share {
  messages: number;
  bytes: number;
  /** One log line for each time that the limit is reached. */
  isNoted: boolean;
}

export class Owners {
  readonly #limits: Limits;
  readonly #counters: Counters;
  readonly #note: (note: Note) => void;
  readonly #shares = new Map<string, Share>();
  /** The user names of those that have one. */
  readonly #users = new Map<Kept, string>();

  constructor(limits: Limits, counters: Counters, note: (note: Note) => void) {
    this.#limits = limits;
    this.#counters = counters;
    this.#note = note;
  }

  /** Owners of something. */
  get size(): number {
    return this.#shares.size;
  }

  /** The user name that a message belongs to. */
  userOf(message: Kept): string | undefined {
    return this.#users.get(message);
  }

  has(message: Kept, userName: string | undefined): void {
    const key = keyOf(message, userName);
    if (key === undefined) return;
    if (userName !== undefined) this.#users.set(message, userName);
    const share = this.#shares.get(key) ?? { messages: 0, bytes: 0, isNoted: false };
    this.#shares.set(key, share);
    share.messages += 1;
    share.bytes += message.body.bytes;
  }

  hasNoMore(message: Kept): void {
    const key = keyOf(message, this.#users.get(message));
    this.#users.delete(message);
    const share = key === undefined ? undefined : this.#shares.get(key);
    if (key === undefined || share === undefined) return;
    share.messages -= 1;
    share.bytes -= message.body.bytes;
    if (share.messages === 0) this.#shares.delete(key);
    const { retainedPerClientMessagesMax, retainedPerClientBytesMax } = this.#limits;
    if (share.messages * 2 < retainedPerClientMessagesMax && share.bytes * 2 < retainedPerClientBytesMax) {
      share.isNoted = false;
    }
  }

  /** Whether one more fits, in place of `before`. The server's own always does. */
  fits(message: Message, userName: string | undefined, bytes: number, before: Kept | undefined): boolean {
    const key = keyOf(message, userName);
    const share = key === undefined ? undefined : this.#shares.get(key);
    const own = before !== undefined && keyOf(before, this.#users.get(before)) === key ? before : undefined;
    const { retainedPerClientMessagesMax, retainedPerClientBytesMax } = this.#limits;
    if (key === undefined) return true;
    const messages = (share?.messages ?? 0) - (own === undefined ? 0 : 1) + 1;
    const all = (share?.bytes ?? 0) - (own?.body.bytes ?? 0) + bytes;
    return messages <= retainedPerClientMessagesMax && all <= retainedPerClientBytesMax;
  }

  /** A message was not retained because its owner has too many. */
  refused({ publisher }: Message, userName: string | undefined): void {
    this.#counters.retainedOverQuota += 1;
    const share = this.#shares.get(userName === undefined ? clientKey(publisher) : userKey(userName));
    if (share === undefined || share.isNoted) return;
    share.isNoted = true;
    this.#note({
      event: 'retained-full',
      clientId: publisher,
      text: `no more is retained of this client: ${share.messages} messages, ${share.bytes} bytes`,
      reason: 'retained-per-client',
    });
  }
}

/** Undefined where the server itself published it. */
function keyOf({ publisher }: Message, userName: string | undefined): string | undefined {
  if (userName !== undefined) return userKey(userName);
  return publisher === '' ? undefined : clientKey(publisher);
}

const userKey = (userName: string): string => `u${userName}`;
const clientKey = (clientId: string): string => `c${clientId}`;
