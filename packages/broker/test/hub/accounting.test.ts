/**
 * Owns the proof, over arbitrary histories, that what is counted as held is held, that everything is given back, and that
 * a shared message goes to one member at a time and to some member in the end.
 */

import type { SharedStrategy } from '@anax/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Limits } from '../../src/hub/limits.ts';
import { ack, Bench, type Peer, unsubscribe, will } from '../bench.ts';

const CLIENTS = ['c0', 'c1', 'c2', 'c3'] as const;
const FILTERS = ['a', '#', '$share/g/a', '$share/g/#', '$share/h/a'] as const;

type Step =
  | {
      readonly do: 'connect';
      readonly clean: boolean;
      readonly expiry: 0 | 5 | 600;
      readonly small: boolean;
      readonly window: number;
    }
  | { readonly do: 'lose' | 'leave' | 'drain' | 'congest' | 'answer' | 'refuse' }
  | { readonly do: 'subscribe'; readonly filter: number; readonly qos: 0 | 1 | 2 }
  | { readonly do: 'unsubscribe'; readonly filter: number }
  | {
      readonly do: 'publish';
      readonly qos: 0 | 1 | 2;
      readonly bytes: number;
      readonly expires: boolean;
      readonly retain: boolean;
    }
  | { readonly do: 'pass'; readonly seconds: number };

const qos = fc.constantFrom(0 as const, 1 as const, 2 as const);
const filter = fc.nat(FILTERS.length - 1);
const plain = fc.constantFrom('lose', 'leave', 'drain', 'congest', 'answer', 'refuse');
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: plain }) as fc.Arbitrary<Step> },
  fc.record({
    do: fc.constant('connect' as const),
    clean: fc.boolean(),
    expiry: fc.constantFrom(0 as const, 5 as const, 600 as const),
    small: fc.boolean(),
    window: fc.integer({ min: 1, max: 4 }),
  }),
  { weight: 2, arbitrary: fc.record({ do: fc.constant('subscribe' as const), filter, qos }) },
  fc.record({ do: fc.constant('unsubscribe' as const), filter }),
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('publish' as const),
      qos,
      bytes: fc.constantFrom(1, 50, 300),
      expires: fc.boolean(),
      retain: fc.boolean(),
    }),
  },
  fc.record({ do: fc.constant('pass' as const), seconds: fc.integer({ min: 1, max: 7 }) }),
);
const history = fc.array(fc.tuple(fc.nat(CLIENTS.length - 1), step), { minLength: 20, maxLength: 120 });

const limits: fc.Arbitrary<Partial<Limits>> = fc.record({
  queuePolicy: fc.constantFrom('drop-oldest', 'drop-newest', 'disconnect'),
  queueMessagesMax: fc.constantFrom(1, 5, 100),
  queueBytesMax: fc.constantFrom(250, 100_000),
  heldMessagesMax: fc.constantFrom(4, 1000),
  heldBytesMax: fc.constantFrom(500, 100_000),
  inFlightBytesMax: fc.constantFrom(150, 100_000),
  sharedStrategy: fc.constantFrom<SharedStrategy>('least-in-flight', 'round-robin', 'random', 'sticky'),
});

/** Clients that answer when they are told to. */
class World {
  readonly bench: Bench;
  readonly peers = new Map<string, Peer>();
  readonly publisher: Peer;
  #published = 0;

  constructor(given: Partial<Limits>) {
    this.bench = new Bench({ limits: given });
    this.publisher = this.bench.peer().connected({ clientId: 'publisher' });
  }

  peer(clientId: string): Peer | undefined {
    const peer = this.peers.get(clientId);
    return peer === undefined || peer.closed ? undefined : peer;
  }

  run(clientId: string, one: Step): void {
    const peer = this.peer(clientId);
    if (one.do === 'connect') this.#connect(clientId, one);
    else if (one.do === 'pass') this.bench.pass(one.seconds);
    else if (one.do === 'publish') this.#publish(one);
    else if (peer === undefined) return;
    else if (one.do === 'lose') peer.lost();
    else if (one.do === 'leave') peer.disconnect();
    else if (one.do === 'drain') peer.drained();
    else if (one.do === 'congest') peer.wire.congested = true;
    else if (one.do === 'subscribe') peer.subscribe(FILTERS[one.filter] ?? '#', { qos: one.qos });
    else if (one.do === 'unsubscribe') peer.send(unsubscribe(FILTERS[one.filter] ?? '#'));
    else this.answer(peer, one.do === 'refuse' ? 0x80 : 0);
  }

  #connect(clientId: string, { clean, expiry, small, window }: Extract<Step, { do: 'connect' }>): void {
    const peer = this.bench.peer();
    const lastWords = will('a', 'w', { qos: 1 });
    const maximumPacketSize = small ? 200 : 100_000;
    const properties = { sessionExpiryInterval: expiry, receiveMaximum: window, maximumPacketSize };
    peer.connect({ clientId, cleanStart: clean, will: lastWords, properties });
    this.peers.set(clientId, peer);
  }

  #publish({ qos: level, bytes, expires, retain }: Extract<Step, { do: 'publish' }>): void {
    this.#published += 1;
    const packetId = level === 0 ? 0 : this.#published;
    const properties = expires ? { messageExpiryInterval: 3 } : {};
    this.publisher.publish('a', 'x'.repeat(bytes), { qos: level, packetId, retain, properties });
    if (level === 2) this.publisher.send(ack('pubrel', packetId));
    this.publisher.take();
  }

  /** Reads what came and answers it, until nothing more comes; with a code of refusal, once. */
  answer(peer: Peer, code: number): void {
    for (let packets = peer.take(); packets.length > 0 && !peer.closed; packets = peer.take()) {
      for (const packet of packets) {
        if (packet.type === 'publish' && packet.qos === 1) peer.send(ack('puback', packet.packetId, code));
        else if (packet.type === 'publish' && packet.qos === 2)
          peer.send(ack('pubrec', packet.packetId, code));
        else if (packet.type === 'pubrel') peer.send(ack('pubcomp', packet.packetId));
      }
    }
  }
}

test('what all sessions hold stays within its limits, and is given back on every way out', () => {
  fc.assert(
    fc.property(limits, history, (given, steps) => {
      const world = new World(given);
      const { hub } = world.bench;
      for (const [client, one] of steps) {
        world.run(CLIENTS[client] ?? 'c0', one);
        expect(hub.held.messages).toBeLessThanOrEqual(hub.limits.heldMessagesMax);
        expect(hub.held.bytes).toBeLessThanOrEqual(hub.limits.heldBytesMax);
        expect(hub.held.messages === 0).toBe(hub.held.bytes === 0);
      }
      for (const clientId of CLIENTS) world.peer(clientId)?.lost();
      world.bench.pass(601);
      expect([hub.held.messages, hub.held.bytes, hub.subscriptionCount, hub.sessionCount]).toEqual([
        0, 0, 0, 1,
      ]);
    }),
    { numRuns: 300 },
  );
}, 60_000);

test('a client that answers everything is owed nothing: no queue stands still', () => {
  fc.assert(
    fc.property(limits, history, (given, steps) => {
      const world = new World(given);
      for (const [client, one] of steps) world.run(CLIENTS[client] ?? 'c0', one);
      // Twice: what the end of one session gives away another has to answer.
      for (const clientId of [...CLIENTS, ...CLIENTS]) {
        const last = world.peer(clientId);
        const sessionExpiryInterval = 600;
        if (last === undefined) world.peers.set(clientId, world.bench.peer());
        const peer = last ?? world.peers.get(clientId);
        if (last === undefined)
          peer?.connect({ clientId, cleanStart: false, properties: { sessionExpiryInterval } });
        if (peer === undefined) continue;
        peer.drained();
        world.answer(peer, 0);
      }
      expect(world.bench.hub.held).toMatchObject({ messages: 0, bytes: 0 });
    }),
    { numRuns: 300 },
  );
}, 60_000);
