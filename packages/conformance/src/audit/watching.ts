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
  /** Of other statements than the rule's own, which a fault names. */
  readonly also: Set<string>;
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
    for (const watch of watches) this.#tallies.set(watch, { judged: 0, finding: undefined, also: new Set() });
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
      if (packet.type === 'fault') for (const id of namedIn(packet, peer)) tally.also.add(id);
    }
  }

  results(
    dialect: CheckResult['dialect'],
    statementsOf: (watch: Watch) => readonly string[],
  ): readonly CheckResult[] {
    return this.#watches.map((watch) => {
      const { judged, finding, also } = this.#tallies.get(watch) ?? {
        judged: 0,
        finding: undefined,
        also: [],
      };
      const { name, sentence } = watch;
      const verdict = finding !== undefined ? 'broken' : judged > 0 ? 'kept' : 'skipped';
      const reason = verdict === 'skipped' ? 'no packet came that it speaks of' : undefined;
      const statements = [...new Set([...statementsOf(watch), ...also])];
      return { name, dialect, sentence, statements, verdict, reason, finding, durationMs: 0 };
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
