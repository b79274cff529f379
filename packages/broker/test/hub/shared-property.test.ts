/** Owns the proof, over arbitrary comings and goings, of who gets a message of a shared subscription. [5:4.8.2] */

import type { SharedStrategy } from '@anax/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ack, Bench, type Peer, text, unsubscribe } from '../bench.ts';

const SHARED = '$share/g/a';
const MEMBERS = ['m0', 'm1', 'm2'] as const;
const STRATEGIES = ['least-in-flight', 'round-robin', 'random', 'sticky'] as const;

type Step =
  | 'publish'
  | { readonly member: number; readonly does: 'arrive' | 'lose' | 'leave' | 'unsubscribe' | 'read' };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.constant('publish' as const),
  fc.record({
    member: fc.nat(MEMBERS.length - 1),
    does: fc.constantFrom('arrive', 'lose', 'leave', 'unsubscribe', 'read'),
  }),
);

/** A group whose first member always stays subscribed, so that there is always somebody to get a message. */
class Group {
  readonly bench: Bench;
  readonly publisher: Peer;
  readonly #peers = new Map<string, Peer>();
  readonly #qos: 1 | 2;
  published = 0;
  /** Members who were sent each message, in order; who is sent it again on resume is not counted again. */
  readonly sentTo = new Map<string, string[]>();

  constructor(sharedStrategy: SharedStrategy, inFlightMax: number, qos: 1 | 2) {
    this.#qos = qos;
    this.bench = new Bench({ limits: { sharedStrategy, inFlightMax } });
    this.publisher = this.bench.peer().connected({ clientId: 'publisher' });
    this.arrive('m0');
  }

  arrive(clientId: string): void {
    if (this.#open(clientId) !== undefined) return;
    const peer = this.bench.peer();
    peer.connect({ clientId, cleanStart: false, properties: { sessionExpiryInterval: 600 } });
    this.#peers.set(clientId, peer);
    peer.subscribe(SHARED, { qos: this.#qos });
  }

  #open(clientId: string): Peer | undefined {
    const peer = this.#peers.get(clientId);
    return peer === undefined || peer.closed ? undefined : peer;
  }

  run(one: Step): void {
    if (one === 'publish') return this.publish();
    const clientId = MEMBERS[one.member] ?? 'm0';
    if (one.does === 'arrive') return this.arrive(clientId);
    const peer = this.#open(clientId);
    if (peer === undefined) return;
    if (one.does === 'read') return this.read(clientId);
    if (one.does === 'lose') {
      this.#see(clientId);
      peer.lost();
      this.#peers.delete(clientId);
    } else if (clientId !== 'm0') {
      if (one.does === 'unsubscribe') peer.send(unsubscribe(SHARED));
      else {
        this.#see(clientId);
        peer.disconnect(0, 0);
      }
    }
  }

  publish(): void {
    this.published += 1;
    const packetId = this.published;
    this.publisher.publish('a', String(packetId), { qos: this.#qos, packetId });
    if (this.#qos === 2) this.publisher.send(ack('pubrel', packetId));
  }

  /** Notes what came and answers all of it. */
  read(clientId: string): void {
    const peer = this.#open(clientId);
    for (let answers = this.#see(clientId); answers.length > 0; answers = this.#see(clientId)) {
      peer?.send(...answers);
    }
  }

  #see(clientId: string) {
    return (this.#open(clientId)?.take() ?? []).flatMap((packet) => {
      if (packet.type === 'pubrel') return [ack('pubcomp', packet.packetId)];
      if (packet.type !== 'publish') return [];
      const name = text(packet.payload);
      const already = this.sentTo.get(name) ?? [];
      if (!packet.dup) this.sentTo.set(name, [...already, clientId]);
      return [ack(packet.qos === 1 ? 'puback' : 'pubrec', packet.packetId)];
    });
  }

  finish(): void {
    for (let round = 0; round < 2; round++) {
      for (const clientId of MEMBERS) {
        this.arrive(clientId);
        this.read(clientId);
      }
    }
  }
}

const world = [fc.constantFrom(...STRATEGIES), fc.constantFrom(1, 2, 100)] as const;
const steps = fc.array(step, { minLength: 10, maxLength: 100 });

test('QoS 1: whoever goes away, somebody gets each message', () => {
  fc.assert(
    fc.property(...world, steps, (strategy, inFlightMax, all) => {
      const group = new Group(strategy, inFlightMax, 1);
      for (const one of all) group.run(one);
      group.finish();
      expect(group.sentTo.size).toBe(group.published);
      expect(group.bench.hub.held).toMatchObject({ messages: 0, bytes: 0 });
    }),
    { numRuns: 300 },
  );
}, 60_000);

test('QoS 2: whoever goes away, nobody but the first to be sent it gets a message [5:MQTT-4.8.2-5]', () => {
  fc.assert(
    fc.property(...world, steps, (strategy, inFlightMax, all) => {
      const group = new Group(strategy, inFlightMax, 2);
      for (const one of all) group.run(one);
      group.finish();
      expect(group.sentTo.size).toBe(group.published);
      for (const members of group.sentTo.values()) expect(members).toHaveLength(1);
      expect(group.bench.hub.held).toMatchObject({ messages: 0, bytes: 0 });
    }),
    { numRuns: 300 },
  );
}, 60_000);

test.each([1, 2] as const)(
  'QoS %d: where nobody goes away, one member gets each message, in order',
  (qos) => {
    const stays = steps.map((all) =>
      all.filter((one) => one === 'publish' || one.does === 'arrive' || one.does === 'read'),
    );
    fc.assert(
      fc.property(...world, stays, (strategy, inFlightMax, all) => {
        const group = new Group(strategy, inFlightMax, qos);
        for (const one of all) group.run(one);
        group.finish();
        expect(group.sentTo.size).toBe(group.published);
        for (const members of group.sentTo.values()) expect(members).toHaveLength(1);
        for (const clientId of MEMBERS) {
          const got = [...group.sentTo].flatMap(([name, [member]]) =>
            member === clientId ? [Number(name)] : [],
          );
          expect(got).toEqual(got.toSorted((one, other) => one - other));
        }
      }),
      { numRuns: 200 },
    );
  },
  60_000,
);
