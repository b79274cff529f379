// Packet identifiers: what has one, and that answers repeat it. [5:2.2.1] [3.1.1:2.3.1] [3.1:2.4]

import { utf8Bytes } from '@anax/protocol';
import { Broken, must, Unsuitable } from '../wire/broken.ts';
import { sameBytes } from '../wire/bytes.ts';
import { arrive, publishTo, receive, subscribeTo } from '../wire/exchanges.ts';
import { publish, subscribe, unsubscribe } from '../wire/packets.ts';
import type { Check, Context } from './check.ts';

/** Both ends of the range, and numbers whose bytes differ. */
const IDS = [1, 0x1234, 0xff00, 0xffff];

function mustRepeat(answer: { readonly type: string; readonly packetId: number }, packetId: number): void {
  const type = answer.type.toUpperCase();
  must(answer.packetId === packetId, `${type} with packet identifier ${packetId}`, `${answer.packetId}`);
}

async function subscriberAndPublisher({ connect }: Context) {
  return {
    subscriber: await connect({ label: 'subscriber' }),
    publisher: await connect({ label: 'publisher' }),
  };
}

export const PACKET_ID: readonly Check[] = [
  {
    name: 'packet-id/qos0-has-none',
    proves: '[5:MQTT-2.2.1-2] [3.1.1:MQTT-2.3.1-5] [3.1:2.4]',
    sentence: 'a PUBLISH of QoS 0 has no packet identifier, neither where it is read nor where it is sent on',
    async run(context) {
      const { subscriber, publisher } = await subscriberAndPublisher(context);
      const topic = context.topic();
      await subscribeTo(subscriber, topic);
      const sent = [
        { payload: Uint8Array.of(0, 1), qos: 0 },
        { payload: Uint8Array.of(0, 0, 7), qos: 0 },
        // Sent on at QoS 0, it loses the identifier it came with.
        { payload: utf8Bytes('from QoS 1'), qos: context.announced.maximumQos >= 1 ? 1 : 0 },
      ] as const;
      for (const { payload, qos } of sent) {
        await publishTo(publisher, { topic, payload, qos });
        const message = await arrive(subscriber, { topic });
        must(message.qos === 0, 'a PUBLISH of QoS 0, as subscribed', `QoS ${message.qos}`);
        must(sameBytes(message.payload, payload), `the payload ${payload}`, `${message.payload}`);
      }
    },
  },
  {
    name: 'packet-id/in-puback',
    proves: '[5:MQTT-2.2.1-5] [3.1.1:MQTT-2.3.1-6] [3.1:3.4]',
    sentence: 'PUBACK has the packet identifier of its PUBLISH',
    needs: ['qos1'],
    async run({ connect, topic }) {
      const peer = await connect();
      for (const packetId of IDS) {
        peer.send(publish({ topic: topic(), qos: 1, packetId }));
        mustRepeat(await peer.expect('puback'), packetId);
      }
    },
  },
  {
    name: 'packet-id/in-pubrec',
    proves: '[5:MQTT-2.2.1-5] [3.1.1:MQTT-2.3.1-6] [3.1:3.5]',
    sentence: 'PUBREC has the packet identifier of its PUBLISH',
    needs: ['qos2'],
    async run({ connect, topic }) {
      for (const packetId of IDS) {
        const peer = await connect();
        peer.send(publish({ topic: topic(), qos: 2, packetId }));
        mustRepeat(await peer.expect('pubrec'), packetId);
      }
    },
  },
  {
    name: 'packet-id/in-pubcomp',
    proves: '[5:MQTT-2.2.1-5] [3.1:3.7]',
    sentence: 'PUBCOMP has the packet identifier of its PUBLISH',
    needs: ['qos2'],
    async run({ connect, topic }) {
      for (const packetId of IDS) {
        const peer = await connect();
        peer.send(publish({ topic: topic(), qos: 2, packetId }));
        await peer.expect('pubrec');
        peer.send({ type: 'pubrel', packetId, reasonCode: 0, properties: {} });
        mustRepeat(await peer.expect('pubcomp'), packetId);
      }
    },
  },
  {
    name: 'packet-id/in-pubrel',
    proves: '[5:MQTT-2.2.1-5] [3.1.1:MQTT-2.3.1-6] [3.1:3.6]',
    sentence: 'PUBREL has the packet identifier of the PUBLISH that the broker sent',
    needs: ['qos2'],
    async run(context) {
      const { subscriber, publisher } = await subscriberAndPublisher(context);
      const topic = context.topic();
      await subscribeTo(subscriber, { filter: topic, qos: 2 });
      for (let round = 1; round <= 3; round++) {
        await publishTo(publisher, { topic, qos: 2, packetId: 100 * round });
        const { qos, packetId } = await arrive(subscriber, { topic });
        if (qos !== 2) throw new Unsuitable('not applicable', `SUBACK granted QoS ${qos}`);
        subscriber.send({ type: 'pubrec', packetId, reasonCode: 0, properties: {} });
        mustRepeat(await subscriber.expect('pubrel'), packetId);
        subscriber.send({ type: 'pubcomp', packetId, reasonCode: 0, properties: {} });
      }
    },
  },
  {
    name: 'packet-id/in-suback',
    proves: '[5:MQTT-2.2.1-6] [3.1.1:MQTT-2.3.1-7] [3.1:3.9]',
    sentence: 'SUBACK has the packet identifier of its SUBSCRIBE',
    async run({ connect, topic }) {
      const peer = await connect();
      for (const packetId of IDS) {
        peer.send(subscribe(packetId, [topic()]));
        mustRepeat(await peer.expect('suback'), packetId);
      }
    },
  },
  {
    name: 'packet-id/in-unsuback',
    proves: '[5:MQTT-2.2.1-6] [3.1.1:MQTT-2.3.1-7] [3.1:3.11]',
    sentence: 'UNSUBACK has the packet identifier of its UNSUBSCRIBE',
    async run({ connect, topic }) {
      const peer = await connect();
      for (const packetId of IDS) {
        peer.send(unsubscribe(packetId, [topic()]));
        mustRepeat(await peer.expect('unsuback'), packetId);
      }
    },
  },
  {
    name: 'packet-id/unused',
    proves: '[5:MQTT-2.2.1-4] [3.1.1:MQTT-2.3.1-4] [3.1:2.4]',
    sentence:
      'messages under way to one client have different packet identifiers, also those that wait for PUBCOMP',
    needs: ['qos1'],
    run: (context) => manyUnderWay(context),
  },
  {
    name: 'packet-id/kept-when-sent-again',
    proves: '[3.1.1:MQTT-2.3.1-4] [3.1:2.4]',
    sentence: 'a PUBLISH that is sent again keeps its packet identifier',
    async run({ connect, topic, clientId }) {
      const session = { keep: true, clientId: clientId() };
      const name = topic();
      const first = await connect({ ...session, label: 'subscriber' });
      const publisher = await connect({ label: 'publisher' });
      await subscribeTo(first, { filter: name, qos: 1 });
      // Not the first of its session, so that it is no luck where the broker begins to count again.
      await publishTo(publisher, { topic: name, qos: 1, payload: 'before' });
      await receive(first, { payload: 'before' });
      await publishTo(publisher, { topic: name, qos: 1, payload: 'message' });
      const { packetId } = await arrive(first, { payload: 'message' });
      await first.fence();
      first.cut();
      const second = await connect({ ...session, label: 'subscriber, back' });
      const again = await arrive(second, { payload: 'message' });
      must(again.packetId === packetId, `the packet identifier ${packetId} again`, `${again.packetId}`);
    },
  },
];

const MESSAGES = 8;

async function manyUnderWay(context: Context): Promise<void> {
  const { subscriber, publisher } = await subscriberAndPublisher(context);
  const topic = context.topic();
  const qos = context.announced.maximumQos >= 2 ? 2 : 1;
  const names = [
    ...Array.from({ length: MESSAGES }, (_, index) => `${index + 1}`),
    'late',
    'later',
    'barrier',
  ];
  await subscribeTo(
    subscriber,
    names.map((name) => ({ filter: `${topic}/${name}`, qos })),
  );
  const used = new Map<number, string>();
  let seen = 0;
  for (let number = 1; number <= MESSAGES; number++) {
    const message = { topic: `${topic}/${number}`, qos: number % 2 === 0 ? qos : 1 } as const;
    await publishTo(publisher, { ...message, packetId: number });
  }
  const look = (packets: readonly { topic: string; qos: number; packetId: number }[]): void => {
    for (const packet of packets) {
      const other = used.get(packet.packetId);
      if (other !== undefined)
        throw new Broken(
          `a packet identifier for ${packet.topic} that ${other} does not hold`,
          `${packet.packetId} for both`,
        );
      used.set(packet.packetId, packet.topic);
      seen += 1;
      // Only PUBCOMP would free it.
      if (packet.qos === 2)
        subscriber.send({ type: 'pubrec', packetId: packet.packetId, reasonCode: 0, properties: {} });
    }
  };
  look([await arrive(subscriber)]);
  for (const late of ['late', 'later']) {
    await publishTo(publisher, { topic: `${topic}/barrier` });
    await arrive(subscriber, { topic: `${topic}/barrier` });
    look(subscriber.takeAll('publish'));
    await publishTo(publisher, { topic: `${topic}/${late}`, qos: 1, packetId: MESSAGES + 1 });
  }
  await subscriber.fence();
  look(subscriber.takeAll('publish'));
  if (seen < 2)
    throw new Unsuitable('not applicable', 'the broker has no more than one message under way to a client');
}
