/** Owns what the simulator has found with a broker that stores and dies, one small test each. */

import { describe, expect, test } from 'vitest';
import { told, will } from '../bench.ts';
import { durable, publisher } from './restarts.ts';

describe('a broker that stores', () => {
  test('sends a clean session with a will what it is owed, though nothing of that is written', () => {
    const bench = durable();
    const peer = bench.peer().connect({ clientId: 'clean', will: will('w') });
    bench.commit();
    peer.subscribe('a/b', { qos: 1 });
    peer.take();
    const pub = publisher(bench);
    pub.publish('a/b', 'x', { qos: 1 });
    expect(bench.hub.journal.pending).toBe(false);
    expect(told(peer.take())).toEqual(['publish 1 a/b=x #1']);
  });
});
