// Which message a topic may have retained, where the order of its publishers is known only as far as acknowledgements say.

import { NEVER, type Publication } from './facts.ts';

export interface Found {
  readonly topic: string;
  readonly number: number;
}

/** @param publications on topics where everything is retained, all of them over. */
export function retainedProblem(
  publications: readonly Publication[],
  found: readonly Found[],
): string | undefined {
  const seen = new Set<string>();
  for (const { topic, number } of found) {
    if (seen.has(topic)) return `${topic} has two retained messages`;
    seen.add(topic);
    const kept = publications.find((one) => one.number === number);
    if (kept === undefined || kept.topic !== topic)
      return `${topic} has retained what nobody published there: ${number}`;
    const newer = publications.find(
      (one) => one.topic === topic && one.acknowledged !== NEVER && one.qos > 0 && one.from > kept.done,
    );
    if (newer !== undefined) return `${topic} has retained ${number}, and ${newer.number} came after it`;
  }
  for (const sure of publications) {
    const { topic, qos, acknowledged, clears } = sure;
    if (clears || qos === 0 || acknowledged === NEVER || seen.has(topic)) continue;
    const mayBeCleared = publications.some(
      (one) => one.topic === topic && one.clears && one.done > sure.from,
    );
    if (!mayBeCleared) return `${topic} has nothing retained, and ${sure.number} was never cleared`;
  }
  return undefined;
}
