// What is held against a broker after a soak: pure, so that a test can show that it finds what it is there to find.

/** What the broker says of itself under `$SYS`, at one moment. */
export interface Figures {
  /** Bytes that are left when garbage is collected. */
  readonly heap: number;
  get(name: string): number;
}

export interface Outcome {
  /** What the honest saw: losses, duplicates, disorder, refusals, disconnections. */
  readonly seen: readonly string[];
  /** 99 % of the messages of the honest took no longer than this, in us. */
  readonly quietP99Us: number;
  readonly hostileP99Us: number;
  readonly before: Figures;
  readonly after: Figures;
  /** Of the process of the hostile clients; null where a signal ended it. */
  readonly exitCode: number | null;
}

export const LATENCY_FACTOR_MAX = 3;
/** A quiet p99 below this says nothing on a machine where any program may take a time slice. */
export const LATENCY_FLOOR_US = 10_000;
/** What hostile clients may leave: retained messages, bans, what is remembered of addresses. */
export const HEAP_GROWTH_BYTES_MAX = 16 * 1024 * 1024;
/** What has to be as it was when nobody hostile is left. */
export const RETURNING = ['clients/connected', 'clients/total', 'subscriptions/count'] as const;

export function isBack(before: Figures, after: Figures): boolean {
  return RETURNING.every((name) => after.get(name) === before.get(name));
}

export function verdict({ seen, quietP99Us, hostileP99Us, before, after, exitCode }: Outcome): string[] {
  const findings = [...seen];
  if (exitCode !== 0) findings.push(`the hostile clients ended with ${exitCode}`);
  const limitUs = LATENCY_FACTOR_MAX * Math.max(quietP99Us, LATENCY_FLOOR_US);
  if (hostileP99Us > limitUs) {
    findings.push(
      `p99 of the honest was ${milliseconds(hostileP99Us)}, at most ${milliseconds(limitUs)} is allowed`,
    );
  }
  const growth = after.heap - before.heap;
  if (growth > HEAP_GROWTH_BYTES_MAX)
    findings.push(`the heap grew by ${Math.round(growth / (1024 * 1024))} MiB`);
  for (const name of RETURNING) {
    const [now, then] = [after.get(name), before.get(name)];
    if (now !== then) findings.push(`${name} was ${then} before and is ${now} after`);
  }
  return findings;
}

export function milliseconds(us: number): string {
  return `${(us / 1000).toFixed(1)} ms`;
}
