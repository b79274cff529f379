// How long a check waits: named, and settable for a broker that is far away.

export interface Waits {
  /** For an answer that the standard says comes, in ms. */
  readonly answerMs: number;
  /** Before something counts as not having come, in ms: where no packet can tell sooner. */
  readonly quietMs: number;
}

export const DEFAULT_WAITS: Waits = { answerMs: 5000, quietMs: 300 };

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
