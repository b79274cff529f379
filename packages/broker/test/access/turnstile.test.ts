/** Owns the turnstile: how much at once, whose turn it is, and who is turned away. */

import { describe, expect, it } from 'vitest';
import { Turnstile, type TurnstileLimits } from '../../src/access/chain/turnstile.ts';

class World {
  now = 0;
  readonly begun: string[] = [];
  readonly refused: string[] = [];
  readonly #open: (() => void)[] = [];
  readonly turnstile: Turnstile;

  constructor(limits: Partial<TurnstileLimits> = {}) {
    this.turnstile = new Turnstile(
      { atOnceMax: 1, waitingMax: 100, waitingPerAddressMax: 100, waitingMsMax: 1000, ...limits },
      () => this.now,
    );
  }

  ask(address: string, name: string): void {
    const job = () => {
      this.begun.push(name);
      return new Promise<void>((resolve) => this.#open.push(resolve));
    };
    this.turnstile.run(address, job).catch((error: Error) => this.refused.push(`${name}: ${error.message}`));
  }

  /** The job that began first is done. */
  async done(): Promise<void> {
    this.#open.shift()?.();
    await settled();
  }
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
}

describe('a turnstile', () => {
  it('lets in so many at once', async () => {
    const world = new World({ atOnceMax: 2 });
    for (const name of ['1', '2', '3', '4']) world.ask('a', name);
    expect(world.begun).toEqual(['1', '2']);
    await world.done();
    expect(world.begun).toEqual(['1', '2', '3']);
  });

  it('has addresses take turns, whoever came first', async () => {
    const world = new World();
    for (const name of ['f1', 'f2', 'f3', 'f4', 'f5']) world.ask('flood', name);
    world.ask('honest', 'h1');
    world.ask('other', 'o1');
    for (let turn = 0; turn < 6; turn++) await world.done();
    expect(world.begun).toEqual(['f1', 'f2', 'h1', 'o1', 'f3', 'f4', 'f5']);
  });

  it('turns one away of whose address too many wait, and nobody else', async () => {
    const world = new World({ waitingPerAddressMax: 2 });
    for (const name of ['1', '2', '3', '4']) world.ask('a', name);
    world.ask('b', '5');
    await settled();
    expect(world.refused).toEqual(['4: too many from this address wait already']);
  });

  it('when too many wait turns away the newest of the address that has most', async () => {
    const world = new World({ waitingMax: 3 });
    for (const name of ['1', '2', '3', '4']) world.ask('flood', name);
    world.ask('honest', 'h1');
    await settled();
    expect(world.refused).toEqual(['4: too many wait already']);
    await world.done();
    await world.done();
    expect(world.begun).toEqual(['1', '2', 'h1']);
  });

  it('does not begin what has waited too long', async () => {
    const world = new World();
    world.ask('a', '1');
    world.ask('a', '2');
    world.now = 1001;
    world.ask('a', '3');
    await world.done();
    expect(world.begun).toEqual(['1', '3']);
    expect(world.refused).toEqual(['2: it waited too long']);
  });

  it('goes on behind a job that fails', async () => {
    const world = new World();
    const failed = world.turnstile.run('a', () => Promise.reject(new Error('no')));
    world.ask('a', '2');
    await expect(failed).rejects.toThrow('no');
    await settled();
    expect(world.begun).toEqual(['2']);
  });
});
