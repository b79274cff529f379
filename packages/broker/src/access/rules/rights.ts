// What one client may do, compiled: the sets of its rules, asked on the packet path. A deny wins, wherever it stands.

import type { QoS, TopicFilter, TopicName } from '@anax/protocol';
import { isOfSys, type Permissions } from '../access.ts';
import type { FilterSet } from './filter-set.ts';
import { publishKind, RECEIVE, subscribeKind } from './kinds.ts';
import type { Layer } from './layer.ts';

export class Rights implements Permissions {
  readonly #denied: readonly FilterSet[];
  readonly #allowed: readonly FilterSet[];
  /** Kinds of question that are answered yes where no rule has a word. */
  readonly #otherwise: number;
  /** Left undefined where nothing that is delivered could be refused. */
  readonly mayReceive?: (topic: TopicName) => boolean;

  constructor(layers: readonly Layer[], otherwise: number) {
    this.#denied = layers.map(({ denied }) => denied).filter(({ kinds }) => kinds !== 0);
    this.#allowed = layers.map(({ allowed }) => allowed).filter(({ kinds }) => kinds !== 0);
    this.#otherwise = otherwise;
    const anyDenied = this.#denied.some(({ kinds }) => (kinds & RECEIVE) !== 0);
    if (anyDenied || (otherwise & RECEIVE) === 0) this.mayReceive = (topic) => this.#matches(topic, RECEIVE);
  }

  mayPublish(topic: TopicName, qos: QoS, retain: boolean): boolean {
    // These are the server's own, whatever rules say.
    return !isOfSys(topic) && this.#matches(topic, publishKind(qos, retain));
  }

  maySubscribe(filter: TopicFilter, qos: QoS): boolean {
    const kind = subscribeKind(qos);
    for (const set of this.#denied) if (set.covers(filter, kind)) return false;
    if ((this.#otherwise & kind) !== 0) return true;
    for (const set of this.#allowed) if (set.covers(filter, kind)) return true;
    return false;
  }

  #matches(topic: TopicName, kind: number): boolean {
    for (const set of this.#denied) if (set.matches(topic, kind)) return false;
    if ((this.#otherwise & kind) !== 0) return true;
    for (const set of this.#allowed) if (set.matches(topic, kind)) return true;
    return false;
  }
}
