// Subscriptions of this process itself: a function for what is published on a topic filter from now on.

import {
  type Message,
  MqttError,
  type ParsedFilter,
  parseTopicFilter,
  Reason,
  SubscriptionTree,
  topicFilterProblem,
} from '@anax/protocol';
import { type Published, publishedEvent } from '../hub/events.ts';
import type { Hub } from '../hub/hub.ts';
import type { Dispatch } from './dispatch.ts';

/** A message as a handler gets it: how many others get it is not known then. */
export type Received = Omit<Published, 'receivers'>;
export type Handler = (message: Received) => void;

interface Entry {
  readonly call: Handler;
  ended: boolean;
}

export class Handlers {
  readonly #hub: Hub;
  readonly #dispatch: Dispatch;
  readonly #tree = new SubscriptionTree<Entry, true>();

  constructor(hub: Hub, dispatch: Dispatch) {
    this.#hub = hub;
    this.#dispatch = dispatch;
  }

  /** What is returned ends it. @throws MqttError `invalid-topic-filter` */
  add(topicFilter: string, handler: Handler): () => void {
    const { filter } = parsed(topicFilter);
    if (typeof handler !== 'function') {
      throw new MqttError('invalid-option', 'the handler of a topic filter must be a function');
    }
    const entry: Entry = { call: handler, ended: false };
    this.#tree.set(filter, entry, true);
    this.#hub.local = (message) => this.#deliver(message);
    return () => {
      entry.ended = true;
      this.#tree.delete(filter, entry);
      if (this.#tree.size === 0) this.#hub.local = undefined;
    };
  }

  #deliver(message: Message): number {
    const entries: Entry[] = [];
    this.#tree.match(message.topic, (entry) => entries.push(entry));
    if (entries.length === 0) return 0;
    const { receivers: _, ...received } = publishedEvent(message, 0);
    for (const entry of entries) {
      this.#dispatch.later(() => (entry.ended ? undefined : entry.call(received)));
    }
    return entries.length;
  }
}

function parsed(topicFilter: unknown): ParsedFilter {
  const text = typeof topicFilter === 'string' ? topicFilter : undefined;
  const filter = text === undefined ? undefined : parseTopicFilter(text);
  const shared = text?.startsWith('$share/') === true;
  if (filter !== undefined && !shared) return filter;
  const problem = text === undefined ? undefined : topicFilterProblem(text);
  const why = shared ? 'is shared, which a handler cannot be' : (problem?.message ?? 'is no text');
  throw new MqttError('invalid-topic-filter', `the topic filter ${JSON.stringify(topicFilter)} ${why}`, {
    reasonCode: Reason.topicFilterInvalid,
    clause: problem?.clause ?? '[5:4.7.1]',
  });
}
