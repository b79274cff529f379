// Clients that behave, on the broker that is attacked: whatever others do, their messages arrive. Owns that proof.

import type { TopicName } from '@anax/protocol';
import {
  Decoder,
  type Dialect,
  encodePacket,
  MQTT_3_1_1,
  MQTT_5_0,
  type Packet,
  publishPacket,
} from '@anax/protocol';
import type { Connection } from '../../../packages/broker/src/connection/connection.ts';
import { connect, subscribe } from '../../../packages/broker/test/bench.ts';
import { FuzzFailure, must } from '../failure.ts';
import type { FuzzWire } from './hostile.ts';

/** Subscriptions that the good clients have between them. */
export const GOOD_SUBSCRIPTIONS = 3;
export const GOOD_CLIENTS = 3;

type Opened = { readonly connection: Connection; readonly wire: FuzzWire };

class Good {
  readonly #opened: Opened;
  readonly #dialect: Dialect;
  readonly #decoder: Decoder;

  constructor(opened: Opened, dialect: Dialect, clientId: string, now: number) {
    this.#opened = opened;
    this.#dialect = dialect;
    this.#decoder = new Decoder({ sender: 'server', dialect, maximumPacketSize: 100_000 });
    this.send(connect(dialect, { clientId }), now);
    must(this.take().length === 1, `${clientId} was not let in`);
  }

  send(packet: Packet, now: number): void {
    this.#opened.connection.receive(encodePacket(packet, this.#dialect), now);
  }

  take(): readonly Packet[] {
    const { wire } = this.#opened;
    must(!wire.closed, 'a client that behaves was put out');
    if (wire.out.length === 0) return [];
    this.#decoder.push(wire.out.written().slice());
    wire.out.length = 0;
    const packets: Packet[] = [];
    for (let one = this.#decoder.next(); one !== undefined; one = this.#decoder.next()) {
      if (one.type === 'fault') throw new FuzzFailure(`a client that behaves was sent ${one.message}`);
      packets.push(one);
    }
    return packets;
  }
}

/** A publisher, a subscriber at QoS 1, and a member of a shared subscription at QoS 2. */
export class GoodClients {
  readonly #publisher: Good;
  readonly #subscriber: Good;
  readonly #member: Good;
  #sent = 0;

  constructor(open: (name: string) => Opened, now: number) {
    this.#publisher = new Good(open('good-publisher'), MQTT_5_0, 'good-publisher', now);
    this.#subscriber = new Good(open('good-subscriber'), MQTT_3_1_1, 'good-subscriber', now);
    this.#member = new Good(open('good-member'), MQTT_5_0, 'good-member', now);
    this.#subscriber.send(subscribe('good/1', { qos: 1 }), now);
    this.#subscriber.send(subscribe('good/+', { qos: 1, packetId: 2 }), now);
    this.#member.send(subscribe('$share/good/good/2', { qos: 2 }), now);
    must(
      this.#subscriber.take().length === 2 && this.#member.take().length === 1,
      'good clients are not subscribed',
    );
  }

  /** @throws FuzzFailure where a message of theirs does not arrive, or anything else does */
  roundTrip(now: number): void {
    this.#sent += 1;
    const payload = new TextEncoder().encode(`${this.#sent}`);
    const publish = (topic: string, qos: 1 | 2): void =>
      this.#publisher.send(publishPacket(topic as TopicName, payload, qos, false, false, qos, {}), now);
    publish('good/1', 1);
    const [one] = this.#expect(this.#subscriber, ['publish'], 'the subscriber');
    must(
      one?.type === 'publish' && sameBytes(one.payload, payload),
      'another message than the one that was sent',
    );
    this.#subscriber.send({ type: 'puback', packetId: one.packetId, reasonCode: 0, properties: {} }, now);
    this.#expect(this.#publisher, ['puback'], 'the publisher');
    publish('good/2', 2);
    const [copy] = this.#expect(this.#subscriber, ['publish'], 'the subscriber to good/+');
    if (copy?.type === 'publish')
      this.#subscriber.send({ type: 'puback', packetId: copy.packetId, reasonCode: 0, properties: {} }, now);
    this.#publisher.send({ type: 'pubrel', packetId: 2, reasonCode: 0, properties: {} }, now);
    this.#expect(this.#publisher, ['pubrec', 'pubcomp'], 'the publisher at QoS 2');
    const [two] = this.#expect(this.#member, ['publish'], 'the member of the group');
    const packetId = two?.type === 'publish' ? two.packetId : 0;
    this.#member.send({ type: 'pubrec', packetId, reasonCode: 0, properties: {} }, now);
    this.#expect(this.#member, ['pubrel'], 'the member of the group');
    this.#member.send({ type: 'pubcomp', packetId, reasonCode: 0, properties: {} }, now);
    this.#expect(this.#member, [], 'the member of the group');
    this.#expect(this.#subscriber, [], 'the subscriber');
  }

  #expect(good: Good, types: readonly Packet['type'][], who: string): readonly Packet[] {
    const packets = good.take();
    const seen = packets.map(({ type }) => type).join(', ');
    must(
      seen === types.join(', '),
      `${who} got ${seen || 'nothing'} and not ${types.join(', ') || 'nothing'}`,
    );
    return packets;
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
