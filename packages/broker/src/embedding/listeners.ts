// Who listens to which event. An event that nobody listens to is never made: its place in the sink stays empty.

import { MqttError } from '@anax/protocol';
import type { BrokerEvents, EventSink } from '../hub/events.ts';
import type { Dispatch } from './dispatch.ts';

export type Listener<E extends keyof BrokerEvents> = (event: BrokerEvents[E]) => void;

export class Listeners {
  readonly #sink: EventSink;
  readonly #dispatch: Dispatch;
  readonly #all: { readonly [E in keyof BrokerEvents]: Set<{ readonly call: Listener<E> }> } = {
    'client-connected': new Set(),
    'client-disconnected': new Set(),
    'connect-refused': new Set(),
    subscribed: new Set(),
    unsubscribed: new Set(),
    published: new Set(),
    dropped: new Set(),
    'session-expired': new Set(),
  };

  constructor(sink: EventSink, dispatch: Dispatch) {
    this.#sink = sink;
    this.#dispatch = dispatch;
  }

  /** Begins to listen; what is returned ends it. @throws MqttError `unknown-event` */
  on<E extends keyof BrokerEvents>(event: E, listener: Listener<E>): () => void {
    if (!Object.hasOwn(this.#all, event)) {
      const known = Object.keys(this.#all).join(', ');
      throw new MqttError('unknown-event', `there is no event ${String(event)}, expected one of ${known}`);
    }
    if (typeof listener !== 'function') {
      throw new MqttError('invalid-option', `the listener of ${event} must be a function`);
    }
    const listeners: Set<{ readonly call: Listener<E> }> = this.#all[event];
    // Twice the same function is two listeners, each with an end of its own.
    const entry = { call: listener };
    listeners.add(entry);
    this.#connect(event, listeners);
    return () => {
      listeners.delete(entry);
      if (listeners.size === 0) this.#sink[event] = undefined;
    };
  }

  #connect<E extends keyof BrokerEvents>(
    event: E,
    listeners: ReadonlySet<{ readonly call: Listener<E> }>,
  ): void {
    const tell = (happened: BrokerEvents[E]): void => {
      for (const entry of listeners) {
        this.#dispatch.later(() => (listeners.has(entry) ? entry.call(happened) : undefined));
      }
    };
    this.#sink[event] = tell as EventSink[E];
  }
}
