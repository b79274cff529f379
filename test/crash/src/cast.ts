// Who takes part, as tables: publishers, subscribers, topics. Owns who has to get what; knows no socket.

import {
  type DialectName,
  type QoS,
  type TopicFilter,
  type TopicName,
  topicMatchesFilter,
} from '@anax/protocol';

export interface PublisherRole {
  readonly clientId: string;
  readonly dialect: DialectName;
  /** Drawn from for every message. */
  readonly qos: readonly (1 | 2)[];
  /** Messages under way at the most. */
  readonly window: number;
  /** Ordinary topics, which publishers share. */
  readonly topics: readonly string[];
  /** Topics whose last message is retained; they are this publisher's alone. */
  readonly retained: readonly string[];
  /** Like those, but every now and then what is retained is removed. */
  readonly cleared: readonly string[];
}

export interface Filter {
  readonly filter: string;
  readonly qos: 1 | 2;
}

/**
 * `online`: whenever the broker is there. `flapping`: in some rounds. `offline`: at last, to fetch it all. `late`: its
 * session begins in the middle of the load, and is discarded behind every drain.
 */
export type Presence = 'online' | 'flapping' | 'offline' | 'late';

export interface SubscriberRole {
  readonly clientId: string;
  readonly dialect: DialectName;
  readonly presence: Presence;
  readonly filters: readonly Filter[];
  /** Of the filters, which are shared with the other members of this name. */
  readonly group?: string;
  /** Acknowledgements wait up to this long, so that many are under way when the broker dies. */
  readonly lingerMs: number;
}

export interface Cast {
  readonly publishers: readonly PublisherRole[];
  readonly subscribers: readonly SubscriberRole[];
}

const TOPICS = ['crash/t/0', 'crash/t/1', 'crash/t/2', 'crash/t/3'] as const;

function publisher(
  clientId: string,
  dialect: DialectName,
  qos: readonly (1 | 2)[],
  window: number,
  topics: readonly string[] = TOPICS,
): PublisherRole {
  const retained = [`crash/r/${clientId}/0`, `crash/r/${clientId}/1`];
  return { clientId, dialect, qos, window, topics, retained, cleared: [`crash/c/${clientId}`] };
}

const PUBLISHERS: readonly PublisherRole[] = [
  publisher('pub-311-q1', '3.1.1', [1], 16),
  publisher('pub-311-q2', '3.1.1', [2], 10),
  publisher('pub-5-q1', '5.0', [1], 8, ['crash/t/0', 'crash/t/1']),
  publisher('pub-5-q2', '5.0', [2], 20),
  publisher('pub-5-mixed', '5.0', [1, 2], 12, ['crash/t/2', 'crash/t/3']),
];

const ALL = 'crash/t/#';

function subscriber(
  clientId: string,
  presence: Presence,
  filters: readonly Filter[],
  more: Partial<SubscriberRole> = {},
): SubscriberRole {
  return {
    clientId,
    dialect: clientId.includes('-311') ? '3.1.1' : '5.0',
    presence,
    filters,
    lingerMs: 0,
    ...more,
  };
}

function member(clientId: string, presence: Presence, qos: 1 | 2, lingerMs = 0): SubscriberRole {
  return subscriber(clientId, presence, [{ filter: ALL, qos }], { group: `group-q${qos}`, lingerMs });
}

const SUBSCRIBERS: readonly SubscriberRole[] = [
  subscriber('sub-311-q1', 'online', [{ filter: ALL, qos: 1 }]),
  subscriber('sub-311-q2', 'online', [{ filter: ALL, qos: 2 }], { lingerMs: 15 }),
  subscriber('sub-5-q2', 'online', [{ filter: 'crash/#', qos: 2 }]),
  subscriber('sub-5-flaps-q1', 'flapping', [{ filter: ALL, qos: 1 }], { lingerMs: 10 }),
  subscriber('sub-311-flaps-q2', 'flapping', [{ filter: ALL, qos: 2 }], { lingerMs: 5 }),
  subscriber('sub-311-offline-q1', 'offline', [{ filter: ALL, qos: 1 }]),
  subscriber('sub-5-offline-q2', 'offline', [{ filter: 'crash/#', qos: 2 }]),
  subscriber('sub-5-overlap', 'online', [
    { filter: 'crash/+/0', qos: 1 },
    { filter: 'crash/t/+', qos: 2 },
    { filter: 'crash/t/1', qos: 1 },
  ]),
  subscriber('sub-311-overlap', 'flapping', [
    { filter: 'crash/t/+', qos: 2 },
    { filter: 'crash/#', qos: 1 },
  ]),
  subscriber('sub-5-late-q1', 'late', [{ filter: ALL, qos: 1 }]),
  subscriber('sub-311-late-q2', 'late', [{ filter: ALL, qos: 2 }], { lingerMs: 5 }),
  member('member-q1-a', 'online', 1),
  member('member-q1-b', 'flapping', 1, 10),
  member('member-q2-a', 'online', 2, 5),
  member('member-q2-b', 'flapping', 2),
  member('member-q2-c', 'offline', 2),
];

export const CAST: Cast = { publishers: PUBLISHERS, subscribers: SUBSCRIBERS };

/** What SUBSCRIBE carries. */
export function wireFilter({ group }: SubscriberRole, { filter }: Filter): string {
  return group === undefined ? filter : `$share/${group}/${filter}`;
}

/** The highest QoS at which a subscriber may get a topic; undefined where it may not. */
export function grantedQos({ filters }: SubscriberRole, topic: string): 1 | 2 | undefined {
  let granted: 1 | 2 | undefined;
  for (const { filter, qos } of filters) {
    if (!topicMatchesFilter(topic as TopicName, filter as TopicFilter)) continue;
    if (granted === undefined || qos > granted) granted = qos;
  }
  return granted;
}

export function lowerQos(published: QoS, granted: 1 | 2): QoS {
  return published < granted ? published : granted;
}

/** Topics at which something may be retained. */
export function retainedTopics({ publishers }: Cast): readonly string[] {
  return publishers.flatMap(({ retained, cleared }) => [...retained, ...cleared]);
}
