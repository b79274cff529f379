// One simulated device: its connection, which comes and goes, and what its scenario has it do. Owns what of that is counted;
// an error of the scenario ends the device, and nothing else.

import type { Client, Message } from '@anax/client';
import { MqttError, type QoS, utf8Bytes } from '@anax/protocol';
import type { Connecting } from '../connection/connect-options.ts';
import { isConnectionFailure } from '../connection/failures.ts';
import { open } from '../connection/open.ts';
import type { Edges } from '../world/edges.ts';
import { msOf } from './interval.ts';
import type { Random } from './random.ts';
import type {
  Device,
  DeviceMessage,
  DevicePayload,
  DevicePublishOptions,
  JsonValue,
  Scenario,
} from './scenario.ts';

/** Between attempts to come back. */
const RETRY_MS_MIN = 500;
const RETRY_MS_MAX = 30_000;
/** One wait of the clock. */
const WAIT_MS_MAX = 3_600_000;

/** Of all devices. */
export interface Counts {
  published: number;
  received: number;
  /** Not published: off the network, or the connection was lost. */
  unsent: number;
  refused: number;
  drops: number;
  returns: number;
  /** Connections that were lost and not by the scenario's doing. */
  lost: number;
}

export interface DeviceParts {
  readonly index: number;
  readonly count: number;
  readonly id: string;
  readonly random: Random;
  readonly scenario: Scenario;
  readonly connecting: Connecting;
  readonly edges: Edges;
  /** Aborts when the simulation ends. */
  readonly signal: AbortSignal;
  readonly counts: Counts;
  readonly log: (id: string, text: string) => void;
  /** An error of the scenario. */
  readonly failed: (id: string, error: unknown) => void;
}

interface Wanted {
  readonly topicFilter: string;
  readonly qos: QoS;
  readonly onMessage: (message: Message) => void;
}

interface Link {
  readonly client: Client;
  /** Cuts the connection without DISCONNECT. */
  readonly cut: AbortController;
  /** By the scenario's doing. */
  leaving: boolean;
}

export class SimulatedDevice implements Device {
  readonly index: number;
  readonly count: number;
  readonly id: string;
  readonly random: Random;
  readonly signal: AbortSignal;
  /** Resolves when it has nothing more to do. */
  readonly idle: Promise<void>;
  readonly #parts: DeviceParts;
  readonly #own = new AbortController();
  readonly #jitter: Random;
  readonly #subscriptions: Wanted[] = [];
  #link: Link | undefined;
  /** Under way: `run`, each `every`. */
  #busy = 1;
  #setIdle: () => void = () => {};

  constructor(parts: DeviceParts) {
    this.#parts = parts;
    this.index = parts.index;
    this.count = parts.count;
    this.id = parts.id;
    this.random = parts.random;
    // Of its own, so that what a scenario draws does not depend on how often it is called.
    this.#jitter = parts.random.fork('jitter');
    this.signal = AbortSignal.any([parts.signal, this.#own.signal]);
    this.idle = new Promise((resolve) => {
      this.#setIdle = resolve;
    });
  }

  get connected(): boolean {
    return this.#link?.client.connected === true;
  }

  /** Connects for the first time. @throws MqttError @throws UsageError */
  async begin(): Promise<void> {
    await this.#open();
  }

  /** What the scenario has it do, from the first connection on. Never rejects. */
  async live(): Promise<void> {
    await this.#guarded(async () => {
      await this.#parts.scenario.connected?.(this);
      await this.#parts.scenario.run(this);
    });
    this.#rest();
  }

  /** The end: a last word, then DISCONNECT, or without both where the wills are to be seen. Never rejects. */
  async finish(how: 'in-order' | 'cut'): Promise<void> {
    const { scenario, edges } = this.#parts;
    const link = this.#link;
    if (link === undefined) return;
    link.leaving = true;
    if (how === 'in-order' && this.connected && scenario.end !== undefined) {
      const said = new AbortController();
      const last = this.#guarded(async () => scenario.end?.(this)).then(() => said.abort());
      await Promise.race([last, edges.clock.wait(2000, said.signal)]);
    }
    if (how === 'cut') link.cut.abort();
    await link.client.close();
    this.#link = undefined;
  }

  async publish(topic: string, payload: DevicePayload, options: DevicePublishOptions = {}): Promise<boolean> {
    const { counts } = this.#parts;
    const bytes = bytesOf(payload);
    if (this.#link === undefined) {
      counts.unsent += 1;
      return false;
    }
    try {
      await this.#link.client.publish(topic, bytes, options);
      counts.published += 1;
      return true;
    } catch (error) {
      if (!(error instanceof MqttError)) throw error;
      if (error.code === 'publish-refused') counts.refused += 1;
      else if (isConnectionFailure(error) || error.code.startsWith('outbox-')) counts.unsent += 1;
      else throw error;
      return false;
    }
  }

  async subscribe(
    topicFilter: string,
    handler: (message: DeviceMessage) => void | Promise<void>,
    { qos = 0 }: { readonly qos?: QoS } = {},
  ): Promise<void> {
    const onMessage = (message: Message): void => {
      this.#parts.counts.received += 1;
      const facts = this.#messageOf(message);
      void this.#guarded(async () => handler(facts));
    };
    const wanted = { topicFilter, qos, onMessage };
    this.#subscriptions.push(wanted);
    if (this.#link !== undefined) await subscribed(this.#link.client, wanted);
  }

  every(interval: number | string, task: (tick: number) => void | Promise<void>): void {
    const intervalMs = msOf(interval);
    const firstMs = this.#jitter.next() * intervalMs;
    this.#busy += 1;
    void this.#guarded(async () => {
      const { clock } = this.#parts.edges;
      let dueAt = clock.now() + firstMs;
      for (let tick = 0; ; tick++) {
        await this.#waitUntil(dueAt);
        if (this.signal.aborted) return;
        await task(tick);
        // What was missed is not made up for.
        dueAt = Math.max(dueAt + intervalMs, clock.now());
      }
    }).then(() => this.#rest());
  }

  wait(interval: number | string): Promise<void> {
    return this.#waitUntil(this.#parts.edges.clock.now() + msOf(interval));
  }

  async drop(): Promise<void> {
    const link = this.#leave();
    if (link === undefined) return;
    this.#parts.counts.drops += 1;
    link.cut.abort();
    await link.client.closed;
  }

  async disconnect(): Promise<void> {
    await this.#leave()?.client.close();
  }

  async connect(): Promise<void> {
    if (this.#link !== undefined) return;
    for (let delayMs = RETRY_MS_MIN; !this.signal.aborted; delayMs = Math.min(RETRY_MS_MAX, 2 * delayMs)) {
      try {
        const client = await this.#open();
        for (const wanted of this.#subscriptions) await subscribed(client, wanted);
        this.#parts.counts.returns += 1;
        await this.#parts.scenario.connected?.(this);
        return;
      } catch (error) {
        if (!isConnectionFailure(error)) throw error;
        await this.disconnect();
        await this.wait(delayMs * (0.5 + this.#jitter.next()));
      }
    }
  }

  log(text: string): void {
    this.#parts.log(this.id, text);
  }

  async #open(): Promise<Client> {
    const { scenario, connecting, edges } = this.#parts;
    const options = { ...connecting.options, clientId: this.id, ...scenario.connect?.(this) };
    const cut = new AbortController();
    const chance = this.#jitter.fork('reconnect');
    const hooks = { signal: cut.signal, reconnect: { random: () => chance.next() } };
    const world = { readFile: edges.readFile, stopped: () => this.signal };
    const client = await open({ ...connecting, options }, world, hooks);
    const link: Link = { client, cut, leaving: false };
    this.#link = link;
    client.addEventListener('disconnected', () => {
      if (!link.leaving) this.#parts.counts.lost += 1;
    });
    client.addEventListener('connected', () => {
      if (!link.leaving) void this.#guarded(async () => this.#parts.scenario.connected?.(this));
    });
    void client.closed.then(({ error }) => {
      if (this.#link === link) this.#link = undefined;
      if (!link.leaving && error !== undefined)
        this.log(`the connection has ended for good: ${error.message}`);
    });
    return client;
  }

  #leave(): Link | undefined {
    const link = this.#link;
    this.#link = undefined;
    if (link !== undefined) link.leaving = true;
    return link;
  }

  async #waitUntil(at: number): Promise<void> {
    const { clock } = this.#parts.edges;
    for (let ms = at - clock.now(); ms > 0 && !this.signal.aborted; ms = at - clock.now()) {
      await clock.wait(Math.min(ms, WAIT_MS_MAX), this.signal);
    }
  }

  /** What it throws ends the device. */
  async #guarded(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      // Given up because the simulation ends.
      if (this.signal.aborted && isConnectionFailure(error)) return;
      this.#own.abort();
      this.#parts.failed(this.id, error);
      this.#setIdle();
      await this.disconnect();
    }
  }

  #rest(): void {
    this.#busy -= 1;
    if (this.#busy === 0 && this.#subscriptions.length === 0) this.#setIdle();
  }

  #messageOf({ topic, payload, qos, retain, properties }: Message): DeviceMessage {
    const kept = payload.slice();
    const text = (): string => new TextDecoder().decode(kept);
    return {
      topic,
      payload: kept,
      qos,
      retain,
      properties,
      text,
      json: () => JSON.parse(text()) as JsonValue,
      reply: async (answer, options = {}) => {
        const { responseTopic, correlationData } = properties;
        if (responseTopic === undefined) return false;
        const own = correlationData === undefined ? {} : { correlationData: correlationData.slice() };
        return this.publish(responseTopic, answer, {
          ...options,
          properties: { ...options.properties, ...own },
        });
      },
    };
  }
}

/** @throws MqttError */
async function subscribed(client: Client, { topicFilter, qos, onMessage }: Wanted): Promise<void> {
  const { filters } = await client.subscribe(topicFilter, { qos, onMessage }).granted;
  const reasonCode = filters[0]?.reasonCode ?? 0x80;
  if (reasonCode < 0x80) return;
  const code = `0x${reasonCode.toString(16)}`;
  throw new MqttError('subscription-refused', `the broker refused ${JSON.stringify(topicFilter)}: ${code}`);
}

function bytesOf(payload: DevicePayload): Uint8Array {
  if (payload instanceof Uint8Array) return payload;
  if (typeof payload === 'string') return utf8Bytes(payload);
  const text = JSON.stringify(payload) as string | undefined;
  if (text === undefined)
    throw new TypeError('the payload is neither text nor bytes, nor anything that JSON can say');
  return utf8Bytes(text);
}
