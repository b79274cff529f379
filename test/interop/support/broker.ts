// Our broker in this process, on a port of its own, and its notes to wait for.

import { type Broker, type BrokerOptions, createBroker, type Note } from '@anax/broker';
import { atEnd } from './at-end.ts';

export class TestBroker {
  readonly port: number;
  readonly #broker: Broker;
  readonly #notes: Note[];
  readonly #watchers: Set<() => void>;

  constructor(broker: Broker, notes: Note[], watchers: Set<() => void>) {
    const [listener] = broker.listeners;
    if (listener === undefined) throw new Error('the broker listens nowhere');
    this.port = listener.port;
    this.#broker = broker;
    this.#notes = notes;
    this.#watchers = watchers;
  }

  /** Resolves once the broker has noted this of that client, be it before or after the call. */
  noted(event: Note['event'], clientId: string): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!this.#notes.some((note) => note.event === event && note.clientId === clientId)) return;
        this.#watchers.delete(look);
        resolve();
      };
      this.#watchers.add(look);
      look();
    });
  }

  close(): Promise<void> {
    return this.#broker.close();
  }
}

/** @param config as in `anax.yaml`, top keys only */
export async function startBroker(config: BrokerOptions = {}): Promise<TestBroker> {
  const notes: Note[] = [];
  const watchers = new Set<() => void>();
  const broker = createBroker({
    listeners: [{ port: 0 }],
    ...config,
    note: (note) => {
      notes.push(note);
      for (const look of [...watchers]) look();
    },
  });
  await broker.start();
  const started = new TestBroker(broker, notes, watchers);
  atEnd(() => started.close());
  return started;
}
