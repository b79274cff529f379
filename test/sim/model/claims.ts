// At least once: which messages somebody must have got by now, and did not. Only what is certain is claimed.

import { isShared, matches, NEVER, type Publication } from './facts.ts';
import { surely } from './model.ts';
import type { Presence } from './presence.ts';

export interface Missing {
  /** A group is named by its filter. */
  readonly clientId: string;
  readonly publication: Publication;
}

/** @param restarts when the broker began anew */
export function missing(
  publications: readonly Publication[],
  presence: Presence,
  restarts: readonly number[],
): Missing[] {
  const found: Missing[] = [];
  const epochs = presence.epochs();
  for (const publication of publications) {
    const { qos, acknowledged, clears } = publication;
    if (qos === 0 || acknowledged === NEVER || clears) continue;
    const group = groupOf(presence, publication.topic);
    if (group !== undefined) {
      const died = restarts.some((at) => at > publication.from);
      if (isOwedToGroup(presence, group, publication, died)) found.push({ clientId: group, publication });
      continue;
    }
    for (const epoch of epochs) {
      if (surely(epoch, publication) && !epoch.receipts.has(publication.number))
        found.push({ clientId: epoch.clientId, publication });
    }
  }
  return found;
}

/** There is one group for a topic, at the most. */
function groupOf({ everyEpoch }: Presence, topic: string): string | undefined {
  for (const { subscriptions } of everyEpoch) {
    for (const { filter } of subscriptions) if (isShared(filter) && matches(filter, topic)) return filter;
  }
  return undefined;
}

/**
 * Somebody was a member all the time, and nobody who may have been one had it at QoS 0, or took it with him at QoS 2; at
 * QoS 1 another member gets it. [5:MQTT-4.8.2-4] [5:MQTT-4.8.2-5]
 * What a member had that is not stored is gone with the broker.
 */
function isOwedToGroup(presence: Presence, group: string, publication: Publication, died: boolean): boolean {
  const living = presence.epochs();
  if (!living.some((epoch) => surely(epoch, publication))) return false;
  for (const epoch of presence.everyEpoch) {
    if (epoch.receipts.has(publication.number)) return false;
    const maybe = epoch.subscriptions.filter(
      ({ filter, left }) => filter === group && left >= publication.from,
    );
    if (maybe.some(({ qos }) => qos === 0)) return false;
    if (died && epoch.wasUnstored && maybe.length > 0) return false;
    const hadItAlone = publication.qos === 2 && maybe.some(({ qos }) => qos === 2);
    if (hadItAlone && !living.includes(epoch)) return false;
  }
  return true;
}
