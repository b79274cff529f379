// A run: the broker is started, loaded, killed and started again, round after round; every few rounds everything is
// drained and judged. Owns the sequence and the figures; what is right and wrong is the checker's.

import { audit, placeSentinel } from './auditor.ts';
import { CAST, retainedTopics } from './cast.ts';
import { chance } from './chance.ts';
import { History } from './facts.ts';
import { type Carried, judge, NOTHING_CARRIED } from './judge.ts';
import { leaks, lookAtStore } from './leaks.ts';
import { Link } from './link.ts';
import { type Method, planRound, type RoundPlan } from './plan.ts';
import type { BrokerProcess, Start } from './process.ts';
import { Publisher } from './publisher.ts';
import { Subscriber } from './subscriber.ts';
import { Summary } from './summary.ts';
import type { Violation } from './violation.ts';

export interface RunOptions {
  readonly rounds: number;
  readonly seed: number;
  readonly method: Method;
  /** Rounds between two drains. */
  readonly drainEvery: number;
  /** Whether PUBREC is a promise already: what is retained is looked at behind every restart, too. */
  readonly strict: boolean;
  /** How long a drain waits, without anything arriving, for what is missing. */
  readonly patienceMs: number;
  /** Where our broker stores: a start may name its durability, and a drain looks at what is left. */
  readonly data: string | undefined;
  readonly progress: (line: string) => void;
}

export interface RunResult {
  readonly violations: readonly Violation[];
  /** Of what was not judged before: where the violations are found. */
  readonly history: History;
  readonly summary: Summary;
}

const READY_TIMEOUT_MS = 60_000;
const READY_POLL_MS = 10;
const QUIET_MS = 200;
/** How long the load goes on until a step is reached. */
const STEP_TIMEOUT_MS = 5_000;
/** So that several syncs of `relaxed` fall into a round. */
const SYNC_OFTEN: readonly string[] = ['--set', 'store.syncInterval=50ms'];

export class Run {
  readonly #options: RunOptions;
  readonly #broker: BrokerProcess;
  readonly #port: number;
  readonly #history = new History();
  readonly #publishers: readonly Publisher[];
  readonly #subscribers: readonly Subscriber[];
  readonly #summary: Summary;
  readonly #topics = retainedTopics(CAST);
  #carried: Carried = NOTHING_CARRIED;
  #ending = false;

  constructor(options: RunOptions, broker: BrokerProcess, port: number) {
    const { seed } = options;
    this.#options = options;
    this.#broker = broker;
    this.#port = port;
    this.#summary = new Summary(seed, options.rounds);
    this.#publishers = CAST.publishers.map(
      (role) => new Publisher(role, this.#history, chance(seed, role.clientId)),
    );
    this.#subscribers = CAST.subscribers.map(
      (role) => new Subscriber(role, this.#history, chance(seed, role.clientId)),
    );
  }

  /** The round that is under way is the last. */
  end(): void {
    this.#ending = true;
  }

  /** Runs until all rounds are over or a violation has been found. The broker has ended afterwards. */
  async run(): Promise<RunResult> {
    const { rounds, seed, method, drainEvery, progress } = this.#options;
    let violations: readonly Violation[] = [];
    await this.#setUp();
    for (let round = 1, last = false; !last && violations.length === 0; round += 1) {
      const plan = planRound(seed, round, method, CAST);
      await this.#round(plan);
      this.#summary.rounds = round;
      last = round >= rounds || this.#ending;
      if (round % drainEvery === 0 || last) {
        violations = await this.#drain(plan, last);
        progress(this.#summary.line());
      }
    }
    return { violations, history: this.#history, summary: this.#summary };
  }

  /** Everybody is known to the broker before the first message is sent. */
  async #setUp(): Promise<void> {
    await this.#bringUp();
    const early = this.#subscribers.filter((one) => !isLate(one));
    const subscribed = await Promise.all(early.map((one) => one.connect(this.#port)));
    const connected = await Promise.all(this.#publishers.map((one) => one.connect(this.#port)));
    const placed = await placeSentinel(this.#port, this.#history);
    if (!placed || [...subscribed, ...connected].includes(false)) {
      throw new Error(`the clients could not be set up:\n${this.#broker.output}`);
    }
    await this.#broker.stop();
    await this.#allOver();
  }

  async #round(plan: RoundPlan): Promise<void> {
    const { round, loadMs } = plan;
    await this.#startDying(plan);
    const fault = plan.how === 'random' || plan.how === 'stop' ? undefined : `${plan.how}:${plan.count}`;
    await this.#bringUp({ fault, args: this.#durability(plan) }, round);
    if (this.#options.strict) await audit(this.#port, this.#topics, this.#history);
    const present = this.#subscribers.filter(({ role }) => plan.present.has(role.clientId));
    const early = present.filter((one) => !isLate(one));
    for (const one of this.#publishers) one.run();
    const connected = [...early, ...this.#publishers].map((one) => one.connect(this.#port));
    if (plan.waitsForClients) await Promise.all(connected);
    await this.#orEnded(loadMs / 2);
    for (const one of present) if (isLate(one)) void one.connect(this.#port);
    await this.#orEnded(loadMs / 2);
    if (fault !== undefined) await this.#orEnded(STEP_TIMEOUT_MS);
    for (const one of this.#publishers) one.hold();
    const how = plan.how !== 'stop' && fault !== undefined && this.#broker.running ? 'random' : plan.how;
    if (how === 'stop') await this.#stop(round);
    else await this.#broker.kill();
    await this.#died(round, how);
    await this.#allOver();
  }

  /** A broker that is killed while it starts, or not. */
  async #startDying({ startShare, round }: RoundPlan): Promise<void> {
    if (startShare === 0 || this.#summary.restarts.length === 0) return;
    this.#broker.start();
    await this.#orEnded(startShare * this.#summary.restartMedianMs());
    await this.#broker.kill();
    await this.#died(round, 'starting');
  }

  /** Starts it until it lives; at a fault it may die on the way. */
  async #bringUp(start: Start = {}, round = 0): Promise<void> {
    const { fault, args } = start;
    const started = Date.now();
    this.#broker.start(start);
    if (await this.#ready()) {
      this.#summary.restarts.push(Date.now() - started);
      return;
    }
    if (fault === undefined) throw new Error(`the broker does not start:\n${this.#broker.output}`);
    await this.#died(round, `${fault.split(':')[0]} (starting)`);
    await this.#bringUp({ args: args ?? [] }, round);
  }

  #durability({ durability }: RoundPlan): readonly string[] {
    return this.#options.data !== undefined ? ['--set', `store.durability=${durability}`, ...SYNC_OFTEN] : [];
  }

  /** Resolves to true with the first CONNACK, to false when the broker has ended. */
  async #ready(): Promise<boolean> {
    const greeting = { clientId: 'probe', dialect: '5.0', persistent: false } as const;
    const deaf = { opened: () => undefined, packet: () => undefined, broken: () => undefined };
    const late = Date.now() + READY_TIMEOUT_MS;
    while (this.#broker.running && Date.now() < late) {
      const probe = new Link(this.#port, greeting, deaf);
      const ready = await probe.ready;
      await probe.end();
      if (ready) return true;
      await this.#orEnded(READY_POLL_MS);
    }
    await this.#broker.kill();
    return false;
  }

  /** Everybody comes, everything is completed and fetched; then it is judged. */
  async #drain({ round, stopsAfterDrain }: RoundPlan, last: boolean): Promise<readonly Violation[]> {
    await this.#bringUp();
    if (this.#options.strict) await audit(this.#port, this.#topics, this.#history);
    await Promise.all(this.#subscribers.map((one) => one.connect(this.#port)));
    await Promise.all(this.#publishers.map((one) => one.connect(this.#port)));
    await this.#untilQuiet();
    await audit(this.#port, this.#topics, this.#history);
    for (const { role, unfinished } of [...this.#publishers, ...this.#subscribers]) {
      if (unfinished === 0) continue;
      const what = `${unfinished} messages are not completed`;
      this.#history.add({ type: 'unfinished', client: role.clientId, what });
    }
    await Promise.all(this.#subscribers.filter(isOffline).map((one) => one.end()));
    await Promise.all(this.#subscribers.filter(isLate).map((one) => one.leave(this.#port)));
    if (stopsAfterDrain || last) await this.#stop(round);
    else await this.#broker.kill();
    await this.#died(round, stopsAfterDrain || last ? 'stop (drained)' : 'random (drained)');
    await this.#allOver();
    this.#lookForLeaks();
    const { violations, carried, figures } = judge(CAST, this.#history.facts, this.#carried);
    this.#summary.add(figures);
    if (violations.length > 0) return violations;
    this.#carried = carried;
    this.#history.clear();
    return [];
  }

  /** Nothing arrives any more, and nothing is missing; or nothing has arrived for a long time. */
  async #untilQuiet(): Promise<void> {
    let seen = -1;
    let quietSince = Date.now();
    for (;;) {
      await this.#orEnded(QUIET_MS);
      const now = this.#history.facts.length;
      if (now !== seen) {
        seen = now;
        quietSince = Date.now();
        continue;
      }
      const waited = Date.now() - quietSince;
      if (!this.#broker.running || waited > this.#options.patienceMs) return;
      const unfinished = [...this.#publishers, ...this.#subscribers].some((one) => one.unfinished > 0);
      if (unfinished) continue;
      const { violations } = judge(CAST, this.#history.facts, this.#carried);
      if (!violations.some(({ kind }) => kind === 'lost')) return;
    }
  }

  async #stop(round: number): Promise<void> {
    if (await this.#broker.stop()) return;
    const what = `did not end on SIGTERM, round ${round}`;
    this.#history.add({ type: 'unfinished', client: 'broker', what });
  }

  /** Behind every death: whether the store is whole. */
  async #lookAtStore(): Promise<void> {
    const { data } = this.#options;
    if (data === undefined) return;
    const { counts, findings } = await lookAtStore(data);
    this.#summary.rows = counts;
    this.#note(findings);
  }

  /** Behind a drain: whether anything is left that is due to nobody. */
  #lookForLeaks(): void {
    const { rows } = this.#summary;
    if (rows !== undefined) this.#note(leaks(rows, CAST));
  }

  #note(problems: readonly string[]): void {
    this.#history.add({ type: 'store-checked', good: problems.length === 0, output: problems.join('; ') });
  }

  async #died(round: number, how: string): Promise<void> {
    this.#history.add({ type: 'killed', round, how });
    this.#summary.died(how);
    await this.#lookAtStore();
  }

  /** Waits, but not longer than the broker lives. */
  async #orEnded(ms: number): Promise<void> {
    if (!this.#broker.running) return;
    let timer: NodeJS.Timeout | undefined;
    const passed = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ms);
    });
    await Promise.race([passed, this.#broker.ended]);
    clearTimeout(timer);
  }

  async #allOver(): Promise<void> {
    await Promise.all([...this.#publishers, ...this.#subscribers].map((one) => one.over()));
  }
}

function isOffline({ role }: Subscriber): boolean {
  return role.presence === 'offline';
}

function isLate({ role }: Subscriber): boolean {
  return role.presence === 'late';
}
