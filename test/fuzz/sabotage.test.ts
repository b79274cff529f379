// What the fuzzer must find: each defect that it is there for is planted, and found.

import type { Machine } from '@anax/client';
import { describe, expect, test } from 'vitest';
import type { Plant as BrokerPlant } from './broker/world.ts';
import type { Plant as ClientPlant } from './client/world.ts';
import { main } from './main.ts';
import { Random } from './random.ts';
import { fuzz } from './run.ts';

const INPUTS = 20_000;
/** The first of these epochs is a broker, and a client. */
const BROKER_SEED = 4;
const CLIENT_SEED = 7;

interface Case<P> {
  readonly defect: string;
  readonly plant: () => P;
  readonly found: RegExp;
}

type Hosted = Parameters<NonNullable<BrokerPlant['connection']>>;

/** A connection machine that does something more with what it receives. */
function around(receive: (chunk: Uint8Array, go: () => void, wire: Hosted[1]) => void): BrokerPlant {
  return {
    connection: (real, wire) => ({
      receive: (chunk, now) => receive(chunk, () => real.receive(chunk, now), wire),
      lost: (now) => real.lost(now),
      drained: (now) => real.drained(now),
    }),
  };
}

const IN_THE_BROKER: readonly Case<BrokerPlant>[] = [
  {
    defect: 'something throws',
    plant: () =>
      around((chunk, go) => {
        if (chunk[0] === 0x62) throw new RangeError('planted');
        go();
      }),
    found: /RangeError: planted/,
  },
  {
    defect: 'bytes are sent that are no packet',
    plant: () =>
      around((_, go, { out }) => {
        go();
        if (out.length > 0) out.uint8(0);
      }),
    found: /what was sent is no(t legal| whole packet)/,
  },
  {
    defect: 'a packet is sent that is wrong there',
    plant: () =>
      around((_, go, { out }) => {
        const before = out.length;
        go();
        if (before === 0 && out.length > 0 && out.bytes[0] === 0x90)
          for (const byte of [0x20, 3, 0, 0, 0]) out.uint8(byte);
      }),
    found: /a second CONNACK|what was sent is not legal/,
  },
  {
    defect: 'the end is told and the connection stays open',
    plant: () =>
      around((_, go, wire) => {
        go();
        wire.closed = false;
      }),
    found: /the broker told of an end and did not close/,
  },
  {
    defect: 'a connection is closed for no reason',
    plant: () => around((chunk, go, wire) => (chunk[0] === 0x82 ? wire.close() : go())),
    found: /the broker closed and gave no reason code/,
  },
  {
    defect: 'a connection is answered after its end',
    plant: () =>
      around((_, go, wire) => {
        const closed = wire.closed;
        go();
        if (closed) for (const byte of [0xd0, 0]) wire.out.uint8(byte);
      }),
    found:
      /behind the packet that ends the connection|before CONNACK|an answer to a peer|what was sent is not/,
  },
  {
    defect: 'a client that behaves loses a message',
    plant: () => {
      let count = 0;
      return {
        bench: ({ hub }) => {
          const take = hub.take.bind(hub);
          hub.take = (message, publisher, now) => {
            count += 1;
            const lost = publisher?.clientId === 'good-publisher' && count > 200;
            return lost ? 0 : take(message, publisher, now);
          };
        },
      };
    },
    found: /the subscriber got nothing and not publish/,
  },
  {
    defect: 'a client that behaves is put out',
    plant: () => ({
      bench: ({ hub, now }) => {
        hub.events['session-expired'] = () => hub.disconnect('good-member', 0x98, 'planted', now);
      },
    }),
    found: /a client that behaves was put out/,
  },
  {
    defect: 'sessions are left behind',
    plant: () => ({
      bench: (bench) => {
        const { wheel } = bench.hub;
        const set = wheel.set.bind(wheel);
        // Those of sessions that expire are the only ones so far ahead.
        wheel.set = (timer, at) => {
          if (at < bench.now + 9000) set(timer, at);
        };
      },
    }),
    found: /\d+ sessions are left, 3 were there/,
  },
  {
    defect: 'Receive Maximum is passed over',
    plant: () => ({
      bench: ({ hub }) => {
        const attach = hub.attach.bind(hub);
        hub.attach = (session, link, _, now) => attach(session, link, 65_535, now);
      },
    }),
    found: /\d+ messages are under way, Receive Maximum is \d/,
  },
  {
    defect: 'memory is kept',
    plant: () => {
      const kept: Uint8Array[] = [];
      return around((_, go) => {
        kept.push(new Uint8Array(1000));
        go();
      });
    },
    found: /memory is not flat: \d+ bytes more/,
  },
];

/** The machine with one of its methods changed. */
function changed(change: (real: Machine) => Partial<Machine>): ClientPlant {
  return { machine: (real) => Object.assign(real, change(real)) };
}

const IN_THE_CLIENT: readonly Case<ClientPlant>[] = [
  {
    defect: 'something throws',
    plant: () =>
      changed((real) => {
        const receive = real.receive.bind(real);
        return {
          receive: (chunk, now) => {
            if (chunk.length === 5) throw new RangeError('planted');
            receive(chunk, now);
          },
        };
      }),
    found: /RangeError: planted/,
  },
  {
    defect: 'a request is settled twice',
    plant: () => ({
      machine: (real, sink) => {
        const settled = sink.settled.bind(sink);
        sink.settled = (ticket, outcome) => {
          settled(ticket, outcome);
          settled(ticket, outcome);
        };
        return real;
      },
    }),
    found: /ticket \d+ was settled twice/,
  },
  {
    defect: 'something is sent behind the end',
    plant: () => ({
      machine: (real, sink) => {
        const close = sink.close.bind(sink);
        sink.close = () => {
          close();
          sink.send(Uint8Array.of(0xc0, 0));
        };
        return real;
      },
    }),
    found: /a packet behind the end: c0 00/,
  },
  {
    defect: 'nobody is told of the end',
    plant: () => ({
      machine: (real, sink) => {
        sink.closed = () => undefined;
        return real;
      },
    }),
    found: /the stream is over and nobody was told/,
  },
  {
    defect: 'a request is forgotten',
    plant: () => ({
      machine: (real, sink) => {
        const settled = sink.settled.bind(sink);
        sink.settled = (ticket, outcome) => {
          if (outcome.type !== 'failed') settled(ticket, outcome);
        };
        return real;
      },
    }),
    found: /\d+ requests are open/,
  },
];

describe('planted in the broker and found', () => {
  test.each(IN_THE_BROKER)('$defect', async ({ plant, found }) => {
    const run = fuzz({ inputs: INPUTS, seed: BROKER_SEED, plants: { broker: plant() } });
    await expect(run).rejects.toThrow(found);
    await expect(run).rejects.toThrow(/seed 4/);
  });
});

describe('planted in the client and found', () => {
  test.each(IN_THE_CLIENT)('$defect', async ({ plant, found }) => {
    const run = fuzz({ inputs: INPUTS, seed: CLIENT_SEED, plants: { client: plant() } });
    await expect(run).rejects.toThrow(found);
  });
});

describe('a seed', () => {
  test('gives the same failure again', async () => {
    const defect = (): BrokerPlant =>
      around((chunk, go) => {
        if (chunk[0] === 0x34) throw new RangeError('planted');
        go();
      });
    const failure = async (): Promise<string> => {
      const run = fuzz({ inputs: INPUTS, seed: BROKER_SEED, plants: { broker: defect() } });
      return run.then(
        () => 'nothing was found',
        // Without the stack, which has where it was called from.
        ({ message }: Error) => message.slice(message.indexOf('Again: ')),
      );
    };
    const first = await failure();
    expect(first).toContain('npm run fuzz -- --seed 4 --inputs 20000');
    expect(await failure()).toBe(first);
  });

  test('gives the same numbers, and the next seed others', () => {
    const some = (seed: number): readonly number[] => {
      const random = new Random(seed);
      return Array.from({ length: 4 }, () => random.uint32());
    };
    expect(some(1)).toEqual(some(1));
    expect(some(1)).not.toEqual(some(2));
  });
});

describe('npm run fuzz', () => {
  const run = async (...args: readonly string[]): Promise<{ code: number; lines: readonly string[] }> => {
    const lines: string[] = [];
    const code = await main({ args, print: (line) => lines.push(line), now: () => 5 });
    return { code, lines };
  };

  test('says from which seed it began, what it reached, and that nothing was found', async () => {
    const { code, lines } = await run('--inputs', '2000', '--seed', '7');
    expect([code, lines[0]]).toEqual([0, 'seed 7, 2000 inputs']);
    expect(lines.at(-1)).toMatch(/^2000 inputs in .* nothing found/);
    expect(lines.filter((line) => line.includes('rounds from client: '))).toHaveLength(8);
  });

  test('takes the seed from the clock where none is given', async () => {
    expect((await run('--inputs', '10')).lines[0]).toBe('seed 5, 10 inputs');
  });

  test.each([
    ['--inputs', 'many'],
    ['--seed', '-1'],
    ['--inputs', '0'],
  ])('refuses %s %s', async (...args) => {
    expect(await run(...args)).toMatchObject({ code: 2, lines: [expect.stringMatching(/^usage/)] });
  });
});
