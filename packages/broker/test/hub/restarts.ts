/** Owns what tests of restarts share: brokers with a store, and clients whose sessions are kept. */

import type { Packet } from '@anax/protocol';
import { ANYTHING_BUT_SYS } from '../../src/access/access.ts';
import type { RightsOf } from '../../src/hub/rights.ts';
import { Bench, type BenchOptions, type Peer, told } from '../bench.ts';
import { StoredRows } from '../rows.ts';

export const lasting = { cleanStart: false, properties: { sessionExpiryInterval: 600 } } as const;

/** The broker's process ends and another begins, `seconds` later, with what was committed. */
export function restarted(
  before: Bench,
  seconds = 1,
  options: BenchOptions & { readonly rightsOf?: RightsOf } = {},
): Bench {
  const rows = before.rows as StoredRows;
  const after = new Bench({ rows, now: before.now + seconds * 1000, ...options });
  after.hub.restore(after.now, options.rightsOf ?? (() => ANYTHING_BUT_SYS));
  return after;
}

export function durable(options: BenchOptions = {}): Bench {
  return new Bench({ rows: new StoredRows(), ...options });
}

export interface Resumed {
  readonly peer: Peer;
  /** In short texts. */
  readonly came: string[];
  readonly packets: readonly Packet[];
}

/** Connects with a session that is kept, commits, and gives what came with CONNACK. */
export function resumed(bench: Bench, clientId: string, facts = {}): Resumed {
  const peer = bench.peer().connect({ clientId, ...lasting, ...facts });
  bench.commit();
  const [connack, ...packets] = peer.take();
  if (connack?.type !== 'connack' || connack.reasonCode !== 0) throw new Error('no CONNACK of success');
  return { peer, came: [`present ${connack.sessionPresent}`, ...told(packets)], packets };
}

export function subscriber(bench: Bench, clientId = 'sub', filter = 'a/#', qos: 0 | 1 | 2 = 2): Peer {
  const { peer } = resumed(bench, clientId);
  peer.subscribe(filter, { qos });
  bench.commit();
  peer.take();
  return peer;
}

export function publisher(bench: Bench, facts = {}): Peer {
  const peer = bench.peer().connect({ clientId: 'pub', ...facts });
  bench.commit();
  peer.take();
  return peer;
}
