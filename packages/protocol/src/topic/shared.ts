/**
 * Owns which member of a shared subscription gets the next message. Never knows sessions, who is online or
 * what a message is: the caller lists the members that may be chosen now, and says how loaded each is.
 */

export const sharedStrategies = ['round-robin', 'random', 'sticky', 'least-in-flight'] as const;

/**
 * `round-robin`: each in turn. `random`: each as likely. `sticky`: for one publisher the same one, as long as it is there.
 * `least-in-flight`: the one with the fewest unacknowledged messages; equals in turn.
 */
export type SharedStrategy = (typeof sharedStrategies)[number];

export type SharedChooserOptions<Member> = {
  readonly strategy: SharedStrategy;
  /** At least 0 and less than 1. */
  readonly random: () => number;
  /** Messages sent to the member and not acknowledged. */
  readonly inFlight: (member: Member) => number;
};

/** Members that `least-in-flight` compares per message, so that a large group does not slow the publisher. */
const comparedMembersMax = 64;

/** Publishers that `sticky` remembers; beyond, all are forgotten and assigned again. */
const rememberedPublishersMax = 10_000;

/** One group's memory of whom it chose. The list may be another at every call. */
export class SharedChooser<Member> {
  readonly #options: SharedChooserOptions<Member>;
  /** Whom a publisher's messages go to, under `sticky`. */
  readonly #chosen = new Map<string, Member>();
  #turn = 0;

  constructor(options: SharedChooserOptions<Member>) {
    this.#options = options;
  }

  /**
   * Undefined if there are no members.
   * @param publisher client identifier of who published
   */
  choose(members: readonly Member[], publisher: string): Member | undefined {
    if (members.length === 0) return undefined;
    switch (this.#options.strategy) {
      case 'round-robin':
        return this.#inTurn(members);
      case 'random':
        return this.#atRandom(members);
      case 'sticky':
        return this.#sameAgain(members, publisher);
      case 'least-in-flight':
        return this.#leastLoaded(members);
    }
  }

  #inTurn(members: readonly Member[]): Member | undefined {
    const index = this.#turn % members.length;
    this.#turn = index + 1;
    return members[index];
  }

  #atRandom(members: readonly Member[]): Member | undefined {
    const index = Math.floor(this.#options.random() * members.length);
    return members[Math.min(index, members.length - 1)];
  }

  #sameAgain(members: readonly Member[], publisher: string): Member | undefined {
    const known = this.#chosen.get(publisher);
    if (known !== undefined && members.includes(known)) return known;
    // A publisher chooses its own client identifier: what is remembered of them is bounded.
    if (this.#chosen.size >= rememberedPublishersMax) this.#chosen.clear();
    const next = this.#inTurn(members);
    if (next !== undefined) this.#chosen.set(publisher, next);
    return next;
  }

  /** A member has left: nothing is remembered of it. */
  forget(member: Member): void {
    for (const [publisher, chosen] of this.#chosen) if (chosen === member) this.#chosen.delete(publisher);
  }

  #leastLoaded(members: readonly Member[]): Member | undefined {
    const count = Math.min(members.length, comparedMembersMax);
    let best = this.#turn % members.length;
    let fewest = Number.POSITIVE_INFINITY;
    for (let i = 0; i < count; i++) {
      const index = (this.#turn + i) % members.length;
      const member = members[index];
      const load = member === undefined ? Number.POSITIVE_INFINITY : this.#options.inFlight(member);
      if (load >= fewest) continue;
      fewest = load;
      best = index;
      if (load === 0) break;
    }
    // After the chosen one, so that equals take turns.
    this.#turn = best + 1;
    return members[best];
  }
}
