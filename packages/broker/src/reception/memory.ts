// Watches what memory the process uses, and has the heaviest clients give some back when it is too much. Owns the figures of
// the process; who is the heaviest is `abuse/budget.ts`.

import { totalmem } from 'node:os';
import { constrainedMemory, memoryUsage } from 'node:process';
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Reason } from '@anax/protocol';
import { Budget, heaviest } from '../abuse/budget.ts';
import type { Guard } from '../abuse/guard.ts';
import type { Hub } from '../hub/hub.ts';
import type { Session } from '../hub/session.ts';
import type { Load, Reception } from './reception.ts';

const SAMPLE_MS = 500;
/** Garbage is collected before anybody loses anything, but not all the time, in ms. */
const COLLECT_MS = 5000;
/** Of the limit of the JavaScript heap, past which the process would end. */
const HEAP_SHARE = 3 / 4;
const TEXT = 'the server is short of memory, and this client holds much of it';

/** What a process uses, in bytes. */
export interface Usage {
  readonly heapUsed: number;
  /** Beside the heap: payloads and buffers. */
  readonly external: number;
}

/** The process that is watched. */
export interface Watched {
  readonly usage: () => Usage;
  /** Collects all garbage, so that what is used is what is held. */
  readonly collect: () => void;
}

interface HeavyClient extends Load {
  readonly session: Session | undefined;
}

export class MemoryWatch {
  readonly #hub: Hub;
  readonly #guard: Guard;
  readonly #reception: Reception;
  readonly #watched: Watched;
  readonly #heapMax: number;
  readonly #budget = new Budget();
  #sampledAt = 0;
  #collectedAt = 0;
  #isShort = false;

  constructor(hub: Hub, guard: Guard, reception: Reception, watched: Watched = THIS_PROCESS) {
    this.#hub = hub;
    this.#guard = guard;
    this.#reception = reception;
    this.#watched = watched;
    this.#heapMax = getHeapStatistics().heap_size_limit * HEAP_SHARE;
  }

  look(now: number): void {
    if (now - this.#sampledAt < SAMPLE_MS) return;
    this.#sampledAt = now;
    const { excess, facts } = this.#judge();
    if (excess === 0) return this.#enough(facts);
    if (now - this.#collectedAt < COLLECT_MS) return;
    this.#collectedAt = now;
    this.#watched.collect();
    const collected = this.#judge();
    if (collected.excess === 0) return this.#enough(collected.facts);
    if (!this.#isShort)
      this.#hub.note({ event: 'memory-short', text: `memory is short: ${collected.facts}` });
    this.#isShort = true;
    // Who comes next need not wait until then.
    if (this.#shed(collected.excess, now) > 0) this.#collectedAt = 0;
  }

  #enough(facts: string): void {
    if (this.#isShort) this.#hub.note({ event: 'memory-recovered', text: `there is memory again: ${facts}` });
    this.#isShort = false;
  }

  #judge(): { readonly excess: number; readonly facts: string } {
    const { heapUsed, external } = this.#watched.usage();
    const used = heapUsed + external;
    const max = this.#guard.limits.memoryBytesMax || defaultMemoryBytesMax();
    // The heap alone has a limit of its own: whichever is nearer.
    const share = Math.max(used / max, heapUsed / this.#heapMax);
    return {
      excess: this.#budget.excess(share * max, max),
      facts: `${mib(used)} MiB are used, ${mib(max)} MiB may be`,
    };
  }

  /** Returns how many had to give back. */
  #shed(excess: number, now: number): number {
    const chosen = heaviest(this.#holders(), excess);
    for (const client of chosen) this.#giveBack(client, now);
    return chosen.length;
  }

  #giveBack({ session, connection, bytes, address }: HeavyClient, now: number): void {
    const { counters } = this.#hub;
    counters.clientsShed += 1;
    counters.bytesShed += bytes;
    if (this.#guard.lines.may('client-shed', address, now)) {
      const { clientId } = session ?? {};
      const text = `memory is short: ${bytes} bytes are taken back`;
      this.#hub.note({ event: 'client-shed', text, clientId, address, reason: 'memory' });
    }
    const ends = this.#guard.limits.memoryPolicy === 'disconnect' || session?.backlog.memoryBytes === 0;
    if (session !== undefined) this.#hub.dropWaiting(session);
    if (ends) connection?.end(Reason.quotaExceeded, TEXT, now);
  }

  /** Sessions and connections with what can be taken back of them: a session with its connection is one. */
  #holders(): HeavyClient[] {
    const holders: HeavyClient[] = [];
    for (const load of this.#reception.loads()) {
      const session = load.connection?.session;
      holders.push({ ...load, bytes: load.bytes + (session?.backlog.memoryBytes ?? 0), session });
    }
    for (const session of this.#hub.eachSession()) {
      if (session.link !== undefined) continue;
      const bytes = session.backlog.memoryBytes;
      if (bytes > 0) holders.push({ bytes, session, connection: undefined, address: '' });
    }
    return holders;
  }
}

const THIS_PROCESS: Watched = { usage: memoryUsage, collect: collectGarbage };

let collector: (() => void) | undefined;

/** V8 gives the function to contexts that are made once it is told to: no flag at the start is needed. */
function collectGarbage(): void {
  if (collector === undefined) {
    setFlagsFromString('--expose-gc');
    collector = runInNewContext('gc') as () => void;
  }
  collector();
}

/** Half of what this machine, or the group of processes that this one is in, has. */
export function defaultMemoryBytesMax(): number {
  const constrained = constrainedMemory();
  return Math.min(totalmem(), constrained > 0 ? constrained : Number.POSITIVE_INFINITY) / 2;
}

function mib(bytes: number): number {
  return Math.round(bytes / (1024 * 1024));
}
