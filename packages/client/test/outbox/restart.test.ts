// Any order of publishing, storing, sending, losing connections and killing the process: what was stored arrives, at QoS 2
// once, and in order.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Client } from '../../src/index.ts';
import { FACTS_KEY } from '../../src/outbox/rows.ts';
import { type MemoryPipe, settle } from '../memory-pipe.ts';
import { World } from '../world.ts';
import { GatedRows } from './gated-rows.ts';
import { ServerModel } from './server-model.ts';

type Step =
  | { readonly do: 'publish'; readonly qos: 1 | 2 }
  /** So many packets travel. */
  | { readonly do: 'up' | 'down'; readonly count: number }
  | { readonly do: 'store' | 'lose' | 'kill' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('publish' as const),
      qos: fc.constantFrom(1 as const, 2 as const),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constantFrom('up' as const, 'down' as const),
      count: fc.integer({ min: 1, max: 5 }),
    }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('store' as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom('lose' as const, 'kill' as const, 'kill' as const) }),
  },
);

class Device {
  readonly server = new ServerModel();
  readonly stored: Readonly<Record<1 | 2, string[]>> = { 1: [], 2: [] };
  #rows = new GatedRows(false);
  #world = new World();
  #client: Client | undefined;
  readonly #opened = new Set<MemoryPipe>();
  #answers: string[] = [];
  #count = 0;

  /** A process begins. */
  async begin(): Promise<void> {
    this.#world = new World();
    const begun = this.#world.begin({
      clientId: 'c',
      properties: { sessionExpiryInterval: 60 },
      waitForConnection: false,
      connectTimeoutMs: 1e9,
      reconnect: { delayBaseMs: 1, delayMaxMs: 1 },
      outbox: { store: this.#rows.store },
    });
    this.#client = await begun;
    await this.#connect();
  }

  async take(one: Step): Promise<void> {
    if (one.do === 'publish') this.#publish(one.qos);
    else if (one.do === 'up') this.#up(one.count);
    else if (one.do === 'down') this.#down(one.count);
    else if (one.do === 'store') this.#rows.go();
    else if (one.do === 'lose') await this.#lose();
    else await this.#kill();
    await settle();
  }

  /** Nothing stands in the way any more. */
  async calm(): Promise<void> {
    this.#rows.isOpen = true;
    for (let quiet = 0; quiet < 3; ) {
      this.#rows.go();
      await settle();
      const before = this.#answers.length + this.#world.pipe.sent.length;
      this.#up(1000);
      this.#down(1000);
      await settle();
      quiet = before + this.#answers.length + this.#world.pipe.sent.length === 0 ? quiet + 1 : 0;
    }
  }

  /** Gives the numbers of the rows that are left. */
  async end(): Promise<readonly number[]> {
    const closed = this.#client?.close();
    await settle();
    await closed;
    return (await this.#rows.open()).map(({ key }) => key);
  }

  async #connect(): Promise<void> {
    await settle();
    const { pipe } = this.#world;
    this.#answers = [];
    if (this.#opened.has(pipe)) return;
    this.#opened.add(pipe);
    pipe.listener?.opened();
  }

  #publish(qos: 1 | 2): void {
    this.#count += 1;
    const text = String(this.#count).padStart(4, '0');
    this.#client?.publish('a', text, { qos, onStored: () => this.stored[qos].push(text) }).catch(() => {});
  }

  #up(count: number): void {
    for (const packet of this.#world.pipe.sent.splice(0, count)) {
      const answer = this.server.take(packet);
      if (answer !== undefined) this.#answers.push(answer);
    }
  }

  #down(count: number): void {
    for (const packet of this.#answers.splice(0, count)) this.#world.pipe.in(packet);
  }

  async #lose(): Promise<void> {
    this.#world.pipe.lose();
    await this.#world.clock.pass(2);
    await this.#connect();
  }

  async #kill(): Promise<void> {
    this.#rows = await this.#rows.kill();
    this.#rows.isOpen = false;
    await this.begin();
  }
}

const ascending = (texts: readonly string[]): string[] => [...new Set(texts)].toSorted();

test('nothing that was stored is lost, QoS 2 arrives once, order is kept', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 150 }), async (steps) => {
      const device = new Device();
      await device.begin();
      for (const one of steps) await device.take(one);
      await device.calm();
      const { arrived } = device.server;
      expect(arrived[2]).toEqual(ascending(arrived[2]));
      expect([...new Set(arrived[1])]).toEqual(ascending(arrived[1]));
      for (const qos of [1, 2] as const)
        expect(device.stored[qos].filter((text) => !arrived[qos].includes(text))).toEqual([]);
      expect(await device.end()).toEqual([FACTS_KEY]);
    }),
    { numRuns: 150 },
  );
});
