/** Owns the proof of what a change of rights does to what is stored, and of what holds until a client comes again. */

import { describe, expect, test } from 'vitest';
import type { Authenticator } from '../../src/access/access.ts';
import type { Rights } from '../../src/hub/rights.ts';
import { TABLE } from '../../src/records/keys.ts';
import { type Bench, told } from '../bench.ts';
import { durable, restarted, resumed } from '../hub/restarts.ts';
import { ack, publish, will } from '../packets.ts';
import { ALL, changing, NOT_SECRET, toAll } from './rights.ts';

/** Where only a login can tell: its queue fills, since nothing is sent before there is one, and it publishes nothing. */
const UNTIL_LOGIN: Rights = { mayPublish: () => false, maySubscribe: () => true };

describe('what is stored', () => {
  const rightsOf = (rights: Rights) => (): Rights => rights;

  test('of a subscription that is revoked goes, with its queue, however much of that is only on disk', () => {
    const bench = durable({ limits: { queueMessagesMax: 5000 } });
    const { peer } = resumed(bench, 'sub');
    peer.subscribe('secret', { qos: 1 }).subscribe('open', { qos: 1 });
    bench.commit();
    peer.lost();
    const pub = bench.peer().connect({ clientId: 'pub' });
    for (let i = 1; i <= 2000; i++) {
      pub.publish(i % 2 === 0 ? 'secret' : 'open', String(i), { qos: 1, packetId: i });
      if (i % 100 === 0) bench.commit();
    }
    expect(bench.rows?.count(TABLE.delivery)).toBe(2000);
    bench.hub.revise(toAll({ ...ALL, maySubscribe: (filter) => filter !== 'secret' }), bench.now);
    bench.commit();
    expect(bench.rows?.count(TABLE.subscription)).toBe(1);
    expect(bench.rows?.count(TABLE.delivery)).toBe(1000);
    expect(bench.hub.held.messages).toBe(1000);
  });

  test('waits for the login where only that can tell: subscribed, queued, and then judged', () => {
    const { bench: before } = changing({ rows: durable().rows as NonNullable<Bench['rows']> });
    const { peer } = resumed(before, 'sub', { will: will('w', 'gone', { qos: 1 }) });
    peer.subscribe('secret', { qos: 1 }).subscribe('open', { qos: 1 });
    before.commit();
    const authenticate: Authenticator = ({ clientId }) => ({
      accepted: { userName: undefined, permissions: clientId === 'sub' ? NOT_SECRET : ALL },
    });
    const bench = restarted(before, 1, { rightsOf: rightsOf(UNTIL_LOGIN), authenticate });
    expect(bench.hub.counters).toMatchObject({ willsPublished: 0, willsRefused: 1 });
    const pub = bench.peer().connect({ clientId: 'pub' });
    pub.send(publish('secret', 'S', { qos: 1 }), publish('open', 'O', { qos: 1, packetId: 2 }));
    bench.commit();
    expect(bench.hub.session('sub')?.backlog.size).toBe(2);
    expect(resumed(bench, 'sub').came).toEqual(['present true', 'publish 1 open=O #1']);
    expect([...(bench.hub.session('sub')?.subscriptions.keys() ?? [])]).toEqual(['open']);
  });

  test('of a will that may not be published any more is not published at the start, and not later', () => {
    const before = durable();
    resumed(before, 'sub', { will: will('secret', 'gone', { qos: 1, retain: true }) });
    const bench = restarted(before, 1, { rightsOf: rightsOf(NOT_SECRET) });
    bench.commit();
    expect([bench.hub.retainedCount, bench.hub.counters.willsRefused]).toEqual([0, 1]);
    const again = restarted(bench, 1, { rightsOf: rightsOf(ALL) });
    expect([again.hub.retainedCount, again.hub.counters.willsPublished]).toEqual([0, 0]);
  });

  test('a PUBREL in the place of what may not be sent again survives a restart, and frees the identifier', () => {
    const before = durable();
    const { peer } = resumed(before, 'sub');
    peer.subscribe('secret', { qos: 2 });
    before.commit();
    before.peer().connect({ clientId: 'pub' }).publish('secret', 'S', { qos: 2 });
    before.commit();
    expect(told(peer.take())).toContain('publish 2 secret=S #1');
    peer.lost();
    before.hub.revise(toAll(NOT_SECRET), before.now);
    before.commit();
    expect([before.rows?.count(TABLE.delivery), before.rows?.count(TABLE.release)]).toEqual([0, 1]);
    const bench = restarted(before, 1, { rightsOf: rightsOf(ALL) });
    const { peer: again, came } = resumed(bench, 'sub');
    expect(came).toEqual(['present true', 'pubrel #1']);
    again.send(ack('pubcomp', 1));
    bench.commit();
    expect(bench.rows?.count(TABLE.release)).toBe(0);
  });
});
