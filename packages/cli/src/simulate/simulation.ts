// All devices of one run: begun at a pace, ended in order, counted. Owns when it is over and the result.

import { MqttError } from '@anax/protocol';
import { Pacer } from '../bench/pacer.ts';
import type { Connecting } from '../connection/connect-options.ts';
import { isConnectionFailure, saidOf } from '../connection/failures.ts';
import { printable } from '../render/index.ts';
import { type Edges, OutputClosed, UsageError } from '../world/edges.ts';
import { Live, type LiveFlags } from '../world/live.ts';
import { grouped } from '../world/progress.ts';
import { complain } from '../world/verb.ts';
import { type Counts, SimulatedDevice } from './device.ts';
import { Random } from './random.ts';
import type { Scenario } from './scenario.ts';
import { told } from './where.ts';

const NAME = 'simulate';
/** Errors that are told; all are counted. */
const TOLD_MAX = 10;

export interface SimulationParts {
  readonly scenario: Scenario;
  readonly name: string;
  readonly devices: number;
  readonly seed: string;
  /** Milliseconds from the first connection on; undefined until it is stopped, or nobody has anything to do. */
  readonly forMs: number | undefined;
  /** Devices begun in a second. */
  readonly connectRate: number;
  readonly ending: 'in-order' | 'cut';
  readonly connecting: Connecting;
  readonly edges: Edges;
  readonly live: LiveFlags;
}

/** The result, as JSON has it; documented in docs/simulate.md. */
export interface SimulationReport extends Counts {
  readonly format: 'anax-simulation';
  readonly version: 1;
  readonly scenario: string;
  readonly seed: string;
  readonly startedAt: string;
  readonly seconds: number;
  readonly devices: { readonly asked: number; readonly begun: number; readonly failed: number };
  /** Errors of the scenario, each of which has ended its device. */
  readonly errors: number;
  readonly firstErrors: readonly string[];
  readonly ok: boolean;
}

export class Simulation {
  readonly #parts: SimulationParts;
  readonly #devices: SimulatedDevice[] = [];
  readonly #over = new AbortController();
  readonly #counts: Counts = {
    published: 0,
    received: 0,
    unsent: 0,
    refused: 0,
    drops: 0,
    returns: 0,
    lost: 0,
  };
  readonly #live: Live;
  readonly #errors: string[] = [];
  #failed = 0;
  #errorCount = 0;
  #settled = 0;
  #allSettled: () => void = () => {};

  constructor(parts: SimulationParts) {
    this.#parts = parts;
    this.#live = new Live(NAME, parts.edges, parts.live);
  }

  /** @throws MqttError where not even the first device can connect. @throws UsageError */
  async run(): Promise<SimulationReport> {
    const { edges, ending } = this.#parts;
    const startedAt = new Date();
    const begunAt = edges.clock.now();
    const stopped = edges.stopped();
    const end = (): void => this.#over.abort();
    if (stopped.aborted) end();
    stopped.addEventListener('abort', end, { once: true });
    this.#live.tell((perSecond) => this.#state(perSecond));
    try {
      await this.#beginAll();
      await this.#untilOver();
    } finally {
      end();
      await Promise.all(this.#devices.map((device) => device.finish(ending)));
      this.#live.end();
    }
    if (stopped.reason instanceof OutputClosed) throw stopped.reason;
    return this.#report(startedAt, edges.clock.now() - begunAt);
  }

  /** The first one goes ahead: where it cannot connect, no other will. */
  async #beginAll(): Promise<void> {
    const { devices, connectRate, forMs, edges } = this.#parts;
    const { signal } = this.#over;
    const first = this.#deviceOf(0);
    try {
      await first.begin();
    } catch (error) {
      if (error instanceof MqttError || error instanceof UsageError) throw error;
      // The scenario itself fails: so it would for all.
      this.#fail(first.id, error);
      this.#over.abort();
      return;
    }
    this.#adopt(first);
    if (forMs !== undefined) void edges.clock.wait(forMs, signal).then(() => this.#over.abort());
    const pacer = new Pacer(connectRate, edges.clock.now());
    for (let next = 1; next < devices && !signal.aborted; ) {
      await edges.clock.wait(Math.max(1, pacer.waitMs(edges.clock.now())), signal);
      for (let due = pacer.take(edges.clock.now(), devices - next); due > 0; due--) {
        void this.#begin(this.#deviceOf(next++));
      }
    }
  }

  async #begin(device: SimulatedDevice): Promise<void> {
    try {
      await device.begin();
    } catch (error) {
      if (this.#over.signal.aborted) return;
      this.#settle();
      if (!isConnectionFailure(error)) return this.#fail(device.id, error);
      this.#failed += 1;
      if (this.#failed <= TOLD_MAX) this.#log(device.id, saidOf(error));
      return;
    }
    this.#adopt(device);
  }

  #adopt(device: SimulatedDevice): void {
    this.#devices.push(device);
    void device.idle.then(() => this.#settle());
    void device.live();
  }

  #deviceOf(index: number): SimulatedDevice {
    const { devices: count, seed, scenario, connecting, edges } = this.#parts;
    const digits = String(count - 1).length;
    const id = `device-${String(index).padStart(digits, '0')}`;
    return new SimulatedDevice({
      index,
      count,
      id,
      random: new Random(seed).fork(index),
      scenario,
      connecting,
      edges,
      signal: this.#over.signal,
      counts: this.#counts,
      log: (from, text) => this.#log(from, text),
      failed: (from, error) => this.#fail(from, error),
    });
  }

  /** Until the time is up, it is stopped, or no device has anything to do. */
  #untilOver(): Promise<void> {
    const { signal } = this.#over;
    return new Promise((resolve) => {
      this.#allSettled = resolve;
      signal.addEventListener('abort', () => resolve(), { once: true });
      if (signal.aborted || this.#settled === this.#parts.devices) resolve();
    });
  }

  /** One device more has nothing more to do, or could not begin. */
  #settle(): void {
    this.#settled += 1;
    if (this.#settled === this.#parts.devices) this.#allSettled();
  }

  /** An error that the scenario has left to nobody, as of a promise that it does not wait for. */
  stray(error: unknown): void {
    this.#fail('a device', error);
  }

  #fail(id: string, error: unknown): void {
    this.#errorCount += 1;
    if (this.#errorCount > TOLD_MAX) return;
    const said = told(error);
    this.#errors.push(said);
    this.#log(id, said);
  }

  #log(id: string, text: string): void {
    const { edges } = this.#parts;
    if (edges.errorColumns !== undefined) edges.writeError('\r\u001b[K');
    complain(NAME, `${id}: ${printable(text)}`, edges);
  }

  #state(perSecond: (name: string, count: number) => string): string {
    const { devices } = this.#parts;
    const { published, received, drops } = this.#counts;
    const connected = this.#devices.reduce((sum, device) => sum + (device.connected ? 1 : 0), 0);
    const parts = [
      `${grouped(connected)} of ${grouped(devices)} devices connected`,
      `${grouped(published)} published, ${perSecond('published', published)}`,
      `${grouped(received)} received`,
    ];
    if (drops > 0) parts.push(`${grouped(drops)} dropped off`);
    if (this.#errorCount > 0) parts.push(`${grouped(this.#errorCount)} errors`);
    return parts.join(', ');
  }

  #report(startedAt: Date, ms: number): SimulationReport {
    const { name, seed, devices } = this.#parts;
    return {
      format: 'anax-simulation',
      version: 1,
      scenario: name,
      seed,
      startedAt: startedAt.toISOString(),
      seconds: Math.round(ms) / 1000,
      devices: { asked: devices, begun: this.#devices.length, failed: this.#failed },
      ...this.#counts,
      errors: this.#errorCount,
      firstErrors: this.#errors,
      ok: this.#failed === 0 && this.#errorCount === 0,
    };
  }
}
