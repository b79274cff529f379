// One short script on a link that ends behind each of its bytes, one after the other, in either direction: cut, or silent
// from there on.

import { DIALECTS, type Dialect, type DialectName, type QoS } from '@anax/protocol';
import { Chance } from '../world/chance.ts';
import { Process } from './client.ts';
import { Net } from './net.ts';
import { isRequest, pass } from './run.ts';
import { CALM_LINE, type Direction, type Fate, type Name, type Trouble } from './trouble.ts';
import { Witness } from './witness.ts';

const SCRIPT_MS = 20_000;
const SEED = 1;
/** So many bytes are passed over between two silent links: they take longer. */
const SILENT_EVERY_BYTES = 3;

/** The first link has a fate, no other one. */
export class FirstOnly implements Trouble {
  #fate: Fate | undefined;

  constructor(fate: Fate | undefined) {
    this.#fate = fate;
  }

  name(): Name {
    return { kind: 'found', afterMs: 0, addresses: [{ kind: 'answers', afterMs: 1 }] };
  }

  line() {
    return CALM_LINE;
  }

  fate(): Fate | undefined {
    const fate = this.#fate;
    this.#fate = undefined;
    return fate;
  }
}

export interface EveryByte {
  /** Where it happened, and what. */
  readonly violation: string | undefined;
  readonly places: number;
  readonly reconnects: number;
}

export async function everyByte(dialectName: DialectName): Promise<EveryByte> {
  const dialect = DIALECTS.find(({ name }) => name === dialectName) as Dialect;
  const whole = await play(dialect, undefined);
  let places = 0;
  let reconnects = 0;
  for (const direction of ['up', 'down'] as const) {
    const bytes = direction === 'up' ? whole.bytesUp : whole.bytesDown;
    for (let atBytes = 1; atBytes < bytes; atBytes++) {
      for (const kind of ['cut', 'hole'] as const) {
        if (kind === 'hole' && atBytes % SILENT_EVERY_BYTES > 0) continue;
        places += 1;
        const played = await play(dialect, fateOf(kind, direction, atBytes));
        reconnects += played.reconnects;
        if (played.violation === undefined) continue;
        return {
          violation: `${kind} ${direction} at ${atBytes}: ${played.violation.message}`,
          places,
          reconnects,
        };
      }
    }
  }
  return { violation: whole.violation?.message, places, reconnects };
}

function fateOf(kind: 'cut' | 'hole', direction: Direction, atBytes: number): Fate {
  // Every other silent link still carries what goes the other way.
  const both = kind === 'hole' && atBytes % 2 === 0;
  return { kind, direction, atBytes, both, clientAfterMs: 0, brokerAfterMs: 5, forMs: 0 };
}

async function play(dialect: Dialect, fate: Fate | undefined) {
  const chance = new Chance(SEED);
  const witness = new Witness();
  const net = new Net(
    { limits: {}, store: undefined, sendBufferBytesMax: 64_000 },
    new FirstOnly(fate),
    chance,
    ['p'],
    witness,
  );
  const process = new Process(net, witness, {
    clientId: 'p',
    dialect,
    options: {
      dialect: dialect.name,
      cleanStart: false,
      keepAlive: 1,
      connectTimeoutMs: 500,
      pingTimeoutMs: 300,
      closeTimeoutMs: 50,
      ...(dialect.properties ? { properties: { sessionExpiryInterval: 3600 } } : {}),
    },
    reconnect: { delayBaseMs: 10, delayMaxMs: 100, stableMs: 1000 },
  });
  const isOver = (): boolean => witness.violation !== undefined;
  await pass(net.clock, SCRIPT_MS, () => isOver() || process.client !== undefined);
  const taking = {
    filters: ['a/#'],
    qos: 2,
    bufferMessagesMax: 2,
    slowMs: 0,
    abortAfterMs: undefined,
    isManual: false,
  } as const;
  process.subscribe(taking);
  for (const qos of [0, 1, 2, 1, 2] as readonly QoS[]) process.publish('a/x', qos, 4, undefined);
  await pass(net.clock, SCRIPT_MS, () => isOver() || !process.promises.waiting.some(isRequest));
  // What has its acknowledgement comes; QoS 1 and 2 behind a subscription that was asked for first.
  await pass(net.clock, 1000, isOver);
  witness.settled();
  for (const one of witness.publications) if (one.qos > 0) witness.requireEverywhere(one);
  process.close();
  await pass(net.clock, 1000, isOver);
  if (process.promises.size > 0)
    witness.fails('settled', `never settled: ${process.promises.waiting.join(', ')}`);
  const { bytesUp, bytesDown } = net.stats;
  const reconnects = net.stats.links - 1;
  return { violation: witness.violation, bytesUp, bytesDown, reconnects };
}
