// Shared subscriptions: whose a message is, at which QoS, and what becomes of it when its client goes. [5:4.8.2]

import type { PublishPacket, QoS } from '@anax/protocol';
import { upToBarrier } from '../wire/barrier.ts';
import { must, Unsuitable } from '../wire/broken.ts';
import { acknowledge, arrive, publishTo, receive, subscribeTo } from '../wire/exchanges.ts';
import { subscribe } from '../wire/packets.ts';
import type { Peer } from '../wire/peer.ts';
import type { Check, ConnectInput, Context } from './check.ts';

const MESSAGES = 12;

export const SHARED: readonly Check[] = [
  {
    name: 'shared/name-is-no-part-of-the-filter',
    proves: '[5:MQTT-4.8.2-1]',
    sentence:
      '$share/NAME/FILTER brings what FILTER matches, where NAME is one character or more and none of /, + and #',
    needs: ['sharedSubscriptions'],
    async run({ connect, topic }) {
      const peer = await connect();
      let granted = 0;
      for (const name of ['g', ' ', '$', '\u{1f600}', 'a group, with spaces']) {
        const filter = topic();
        peer.send(subscribe(1, [`$share/${name}/${filter}`]));
        const [code = 0x80] = (await peer.expect('suback')).reasonCodes;
        // A server may refuse any filter.
        if (code >= 0x80) continue;
        granted += 1;
        await publishTo(peer, { topic: filter });
        await receive(peer, { topic: filter, what: `PUBLISH for $share/${name}/${filter}` });
      }
      if (granted === 0) throw new Unsuitable('not applicable', 'SUBACK refuses every shared subscription');
    },
  },
  {
    name: 'shared/filter-behind-name-matches',
    proves: '[5:MQTT-4.8.2-2]',
    sentence: 'what follows the / behind the share name is the filter: it may begin with / itself',
    needs: ['sharedSubscriptions'],
    async run({ connect, topic }) {
      const peer = await connect();
      const [base, barrier] = [topic(), topic('barrier')];
      await subscribeTo(peer, [`$share/g//${base}`, barrier]);
      for (const other of [base, `//${base}`, `g//${base}`]) await publishTo(peer, { topic: other });
      await publishTo(peer, { topic: `/${base}` });
      const what = `PUBLISH to /${base} for $share/g//${base}`;
      await receive(peer, { topic: `/${base}`, what });
      const more = await upToBarrier(peer, peer, barrier);
      must(more.length === 0, `no other topic than /${base}`, more.map((one) => one.topic).join(', '));
    },
  },
  {
    name: 'shared/granted-qos-respected',
    proves: '[5:MQTT-4.8.2-3]',
    sentence: 'a message comes to a member of a group at no more than the QoS granted to that member',
    needs: ['sharedSubscriptions', 'qos1'],
    run: grantedQos,
  },
  {
    name: 'shared/qos-2-sent-again-to-the-same',
    proves: '[5:MQTT-4.8.2-4]',
    sentence: 'a message at QoS 2 whose PUBREC never came is sent again to that client when it comes back',
    needs: ['sharedSubscriptions', 'qos2'],
    async run(context) {
      const { first, packetId, again } = await group(context, 2);
      first.cut();
      const after = await again({ keep: true });
      const message = await receive(after, { payload: 'of the first' });
      must(message.packetId === packetId, `packet identifier ${packetId} again`, `${message.packetId}`);
    },
  },
  {
    name: 'shared/qos-2-released-again-to-the-same',
    proves: '[5:MQTT-4.8.2-4]',
    sentence: 'a message at QoS 2 whose PUBCOMP never came is completed with that client when it comes back',
    needs: ['sharedSubscriptions', 'qos2'],
    async run(context) {
      const { first, packetId, again } = await group(context, 2);
      await halfDelivered(first, packetId);
      first.cut();
      const after = await again({ keep: true });
      await after.expect('pubrel', { where: (release) => release.packetId === packetId });
      after.send({ type: 'pubcomp', packetId, reasonCode: 0, properties: {} });
      await after.fence();
    },
  },
  {
    name: 'shared/qos-2-ends-with-the-session',
    proves: '[5:MQTT-4.8.2-5]',
    sentence:
      'a message at QoS 2 that was sent to a client goes to no other when the session of that client ends',
    needs: ['sharedSubscriptions', 'qos2'],
    async run(context) {
      for (const stage of ['PUBLISH', 'PUBREL']) {
        const { first, packetId, again, second, nothingAt } = await group(context, 2);
        if (stage === 'PUBREL') await halfDelivered(first, packetId);
        first.cut();
        // Clean Start ends the session, and CONNACK says that it has.
        await again({ keep: false });
        await nothingAt(second, `the message of the other, which had got ${stage}`);
      }
    },
  },
  {
    name: 'shared/refused-in-puback',
    proves: '[5:MQTT-4.8.2-6]',
    sentence: 'a message that a member refuses in PUBACK goes to no other',
    needs: ['sharedSubscriptions', 'qos1'],
    async run(context) {
      const { first, packetId, second, nothingAt } = await group(context, 1);
      first.send({ type: 'puback', packetId, reasonCode: 0x83, properties: {} });
      await first.fence();
      await nothingAt(second, 'the message that the other refused in PUBACK');
    },
  },
  {
    name: 'shared/refused-in-pubrec',
    proves: '[5:MQTT-4.8.2-6]',
    sentence: 'a message that a member refuses in PUBREC goes to no other',
    needs: ['sharedSubscriptions', 'qos2'],
    async run(context) {
      const { first, packetId, second, nothingAt } = await group(context, 2);
      first.send({ type: 'pubrec', packetId, reasonCode: 0x83, properties: {} });
      await first.fence();
      await nothingAt(second, 'the message that the other refused in PUBREC');
    },
  },
];

interface Group {
  /** The first member: while it was alone it got a message, `of the first`, and has not answered it. */
  readonly first: Peer;
  readonly packetId: number;
  /** A member since then. */
  readonly second: Peer;
  /** The client of the first on a new connection. */
  readonly again: (input: ConnectInput) => Promise<Peer>;
  /** Sees that no message of the group comes. */
  readonly nothingAt: (member: Peer, what: string) => Promise<void>;
}

/** Two members of one group, where it is certain who got the message: the second came behind it. */
async function group({ connect, clientId, topic }: Context, qos: QoS): Promise<Group> {
  const id = clientId();
  const [name, shared, barrier] = [clientId(), topic('shared'), topic('barrier')];
  const member = { filter: `$share/${name}/${shared}`, qos };
  const first = await connect({ clientId: id, keep: true, label: 'first member' });
  const publisher = await connect({ label: 'publisher' });
  await subscribeTo(first, member);
  await publishTo(publisher, { topic: shared, payload: 'of the first', qos });
  const { packetId } = await arrive(first, { payload: 'of the first' });
  const second = await connect({ label: 'second member' });
  await subscribeTo(second, [member, { filter: barrier, qos }]);
  return {
    first,
    packetId,
    second,
    again: (input) => connect({ ...input, clientId: id, label: 'first member again' }),
    async nothingAt(peer, what) {
      const more = await upToBarrier(peer, publisher, barrier, qos);
      must(more.length === 0, `nothing at ${peer.label}: not ${what}`, `${more.length} PUBLISH`);
      await peer.expectNothing('publish', { what: `nothing at ${peer.label}: not ${what}` });
    },
  };
}

/** PUBREC for PUBREL, and no PUBCOMP. */
async function halfDelivered(peer: Peer, packetId: number): Promise<void> {
  peer.send({ type: 'pubrec', packetId, reasonCode: 0, properties: {} });
  await peer.expect('pubrel', { where: (release) => release.packetId === packetId });
}

/** Members with every QoS, in one group and each in one of its own. */
async function grantedQos({ connect, clientId, topic, announced }: Context): Promise<void> {
  const [name, barrier] = [clientId(), topic('barrier')];
  const [together, alone] = [topic('together'), topic('alone')];
  const publisher = await connect({ label: 'publisher' });
  const members: { readonly peer: Peer; readonly granted: readonly number[] }[] = [];
  for (const qos of [0, 1, 2] as const) {
    const peer = await connect({ label: `member with QoS ${qos}` });
    const filters = [`$share/${name}/${together}`, `$share/${name}-${qos}/${alone}`, barrier];
    const { reasonCodes } = await subscribeTo(
      peer,
      filters.map((filter) => ({ filter, qos })),
    );
    members.push({ peer, granted: reasonCodes });
  }
  const qos = announced.maximumQos;
  await publishTo(publisher, { topic: alone, payload: 'alone', qos });
  for (let n = 0; n < MESSAGES; n++) await publishTo(publisher, { topic: together, payload: `${n}`, qos });
  await publishTo(publisher, { topic: barrier, qos });
  for (const { peer, granted } of members) {
    const respected = (message: PublishPacket, code = 0): void => {
      must(message.qos <= code, `QoS ${code} at most, as granted to ${peer.label}`, `QoS ${message.qos}`);
    };
    respected(await receive(peer, { topic: alone, payload: 'alone' }), granted[1]);
    await receive(peer, { topic: barrier });
    for (const share of peer.takeAll('publish', (one) => one.topic === together)) {
      respected(share, granted[0]);
      await acknowledge(peer, share);
    }
  }
}
