// What a hostile peer says next: packets in any order, packets with something wrong, or noise. Owns how often which.

import { type Dialect, type DialectName, encodePacket, MqttError, type Packet } from '@anax/protocol';
import { joined, mutated } from './mutate.ts';
import type { Random } from './random.ts';

/** How a peer behaves for a while. `lawful` ones live long and bring a machine into its far corners. */
export const TEMPERS = ['lawful', 'lawful', 'unlawful', 'mixed', 'wild'] as const;
export type Temper = (typeof TEMPERS)[number];

export interface Source {
  readonly corpus: Readonly<Record<DialectName, readonly Uint8Array[]>>;
  readonly lawful: (random: Random, dialect: Dialect) => Packet;
  readonly any: (random: Random, dialect: Dialect) => Packet;
}

const NOISE_BYTES_MAX = 64;

export function nextBytes(source: Source, temper: Temper, random: Random, dialect: Dialect): Uint8Array {
  const grammar = (maker: Source['any']): Uint8Array => encoded(() => maker(random, dialect), dialect);
  switch (temper) {
    case 'lawful':
      return random.chance(0.1)
        ? joined(grammar(source.lawful), grammar(source.lawful))
        : grammar(source.lawful);
    case 'unlawful':
      return grammar(random.chance(0.6) ? source.lawful : source.any);
    case 'mixed':
      return random.chance(0.6)
        ? grammar(source.lawful)
        : mutated(grammar(source.any), random, grammar(source.any));
    case 'wild': {
      const dice = random.float();
      if (dice < 0.2) return random.bytes(random.below(NOISE_BYTES_MAX));
      const corpus = source.corpus[dialect.name];
      if (dice < 0.3) return random.pick(corpus);
      return mutated(random.pick(corpus), random, random.pick(corpus));
    }
  }
}

/** What a dialect has no words for is made anew; the tables are such that this ends soon. */
function encoded(make: () => Packet, dialect: Dialect): Uint8Array {
  for (;;) {
    try {
      return encodePacket(make(), dialect);
    } catch (error) {
      if (!(error instanceof MqttError)) throw error;
    }
  }
}
