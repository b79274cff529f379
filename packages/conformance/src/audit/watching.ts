// The rules for everything that a broker sends, over all connections of an audit. Owns what each has seen so far.

import type { Fault, Packet } from '@anax/protocol';
import type { Watch, WatchFinding } from '../checks/check.ts';
import { statementOf } from '../statements/tables.ts';
import { tagsIn } from '../statements/tags.ts';
import type { Peer } from '../wire/peer.ts';
import type { CheckResult, Finding } from './model.ts';
import { withoutSecrets } from './secrets.ts';

interface Tally {
  judged: number;
  finding: Finding | undefined;
  /** What the faults name: where there was one, these are broken and no other. */
  readonly named: Set<string>;
  /** Something was wrong that is no fault of form: the rule's own statements are broken. */
  own: boolean;
}

type Watcher = ReturnType<Watch['open']>;

/** Watches of one dialect. */
export class Watching {
  readonly #watches: readonly Watch[];
  readonly #secrets: readonly Uint8Array[];
  readonly #tallies = new Map<Watch, Tally>();
  readonly #watchers = new WeakMap<Peer, readonly (readonly [Watch, Watcher])[]>();

  constructor(watches: readonly Watch[], secrets: readonly Uint8Array[]) {
    this.#watches = watches;
    this.#secrets = secrets;
    for (const watch of watches) {
      this.#tallies.set(watch, { judged: 0, finding: undefined, named: new Set(), own: false });
    }
  }

  seen(packet: Packet | Fault, bytes: Uint8Array, peer: Peer): void {
    let watchers = this.#watchers.get(peer);
    if (watchers === undefined) {
      watchers = this.#watches.map((watch) => [watch, watch.open(peer)] as const);
      this.#watchers.set(peer, watchers);
    }
    for (const [watch, watcher] of watchers) {
      const judged = watcher(packet, bytes);
      const tally = this.#tallies.get(watch);
      if (judged === undefined || tally === undefined) continue;
      tally.judged += 1;
      if (judged === 'kept') continue;
      tally.finding ??= findingOf(judged, peer, this.#secrets);
      if (packet.type !== 'fault') tally.own = true;
      else for (const id of namedIn(packet, peer)) tally.named.add(id);
    }
  }

  results(
    dialect: CheckResult['dialect'],
    statementsOf: (watch: Watch) => readonly string[],
  ): readonly CheckResult[] {
    return [...this.#tallies].flatMap(([watch, { judged, finding, named, own }]): readonly CheckResult[] => {
      const { name, sentence } = watch;
      const rest = { name, dialect, sentence, reason: undefined, finding: undefined, durationMs: 0 };
      const all = statementsOf(watch);
      if (finding !== undefined) {
        // 3.1 has sections instead of statements, and no fault names one.
        const broken =
          own || (named.size === 0 && all.length === 1) ? [...new Set([...all, ...named])] : [...named];
        const kept = all.filter((id) => !broken.includes(id));
        const result = { ...rest, statements: broken, verdict: 'broken', finding } as const;
        return kept.length === 0 ? [result] : [result, { ...rest, statements: kept, verdict: 'kept' }];
      }
      if (judged > 0) return [{ ...rest, statements: all, verdict: 'kept' }];
      const reason = 'no packet came that it speaks of';
      return [{ ...rest, statements: all, verdict: 'skipped', reason }];
    });
  }
}

function findingOf(
  { expected, seen }: WatchFinding,
  { transcript }: Peer,
  secrets: readonly Uint8Array[],
): Finding {
  return { expected, seen, transcripts: [withoutSecrets(transcript.copy(), secrets)] };
}

/** The statements of the dialect that a fault names. */
function namedIn({ clause }: Fault, { dialect }: Peer): readonly string[] {
  const named = tagsIn(clause).filter((ref) => ref.dialect === dialect.name);
  return named.map(({ id }) => id).filter((id) => statementOf(dialect.name, id) !== undefined);
}
