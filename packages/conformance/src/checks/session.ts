// Session state: kept as long as the session lasts, and no longer. [5:4.1] [3.1.1:4.1] [3.1:3.1]

import { upToBarrier } from '../wire/barrier.ts';
import { must, Unsuitable } from '../wire/broken.ts';
import { acknowledge, arrive, publishTo, receive, subscribeTo } from '../wire/exchanges.ts';
import { disconnect, publish } from '../wire/packets.ts';
import type { Peer } from '../wire/peer.ts';
import { sleep } from '../wire/waits.ts';
import type { Check, ConnectInput, Context } from './check.ts';

const EXPIRY_SECONDS = 1;
/** For a broker that looks through its sessions only now and then, beyond the interval itself. */
const SLOW_SWEEP_MS = 4000;

export const SESSION: readonly Check[] = [
  {
    name: 'session/subscriptions-kept',
    proves: '[3.1.1:MQTT-4.1.0-1] [3.1:3.1]',
    sentence: 'with CleanSession 0 subscriptions outlive the connection, however it ends',
    needs: ['qos1'],
    async run({ connect, clientId, topic }) {
      const input: ConnectInput = { clientId: clientId(), keep: true };
      const publisher = await connect({ label: 'publisher' });
      const filter = topic();
      let subscriber = await connect({ ...input, label: 'subscriber' });
      await subscribeTo(subscriber, { filter, qos: 1 });
      for (const ends of ['DISCONNECT', 'the network fails']) {
        if (ends === 'DISCONNECT') await subscriber.disconnect();
        else subscriber.cut();
        await publishTo(publisher, { topic: filter, payload: ends, qos: 1 });
        subscriber = await connect({ ...input, label: `subscriber, after ${ends}` });
        await receive(subscriber, { topic: filter, payload: ends });
      }
    },
  },
  {
    name: 'session/outgoing-state-kept',
    proves: '[3.1.1:MQTT-4.1.0-1] [3.1:3.1]',
    sentence: 'with CleanSession 0 what the broker has under way to the client outlives the connection',
    needs: ['qos2'],
    async run({ connect, clientId, topic }) {
      const input: ConnectInput = { clientId: clientId(), keep: true };
      const publisher = await connect({ label: 'publisher' });
      const filter = topic();
      const before = await connect({ ...input, label: 'subscriber' });
      await subscribeTo(before, { filter, qos: 2 });
      await publishTo(publisher, { topic: filter, payload: 'released', qos: 2 });
      await publishTo(publisher, { topic: filter, payload: 'sent', qos: 2 });
      const released = await arrive(before, { payload: 'released' });
      await arrive(before, { payload: 'sent' });
      const { packetId } = released;
      const plain = { packetId, reasonCode: 0, properties: {} } as const;
      before.send({ type: 'pubrec', ...plain });
      await before.expect('pubrel', { where: (release) => release.packetId === packetId });
      before.cut();
      const after = await connect({ ...input, label: 'subscriber again' });
      await after.expect('pubrel', {
        where: (release) => release.packetId === packetId,
        what: 'PUBREL again, whose PUBCOMP never came',
      });
      after.send({ type: 'pubcomp', ...plain });
      await receive(after, { payload: 'sent', what: 'PUBLISH again, whose PUBREC never came' });
    },
  },
  {
    name: 'session/incoming-state-kept',
    proves: '[3.1.1:MQTT-4.1.0-1] [3.1:3.1]',
    sentence: 'with CleanSession 0 the broker knows a message at QoS 2 again after the connection ended',
    needs: ['qos2'],
    async run({ connect, clientId, topic }) {
      const input: ConnectInput = { clientId: clientId(), keep: true };
      const subscriber = await connect({ label: 'subscriber' });
      const [filter, barrier] = [topic('once'), topic('barrier')];
      await subscribeTo(subscriber, [
        { filter, qos: 2 },
        { filter: barrier, qos: 2 },
      ]);
      const before = await connect({ ...input, label: 'publisher' });
      before.send(publish({ topic: filter, qos: 2, packetId: 5 }));
      await before.expect('pubrec');
      before.cut();
      const after = await connect({ ...input, label: 'publisher again' });
      await publishTo(after, { topic: filter, qos: 2, packetId: 5, dup: true });
      await receive(subscriber, { topic: filter });
      const more = await upToBarrier(subscriber, after, barrier, 2);
      must(
        more.length === 0,
        'the message once, although its PUBLISH came twice',
        `${more.length + 1} times`,
      );
    },
  },
  {
    name: 'session/subscriptions-last-while-connected',
    proves: '[5:MQTT-4.1.0-1] [3.1.1:MQTT-4.1.0-2]',
    sentence: 'subscriptions last as long as the connection, in 5.0 whatever the Session Expiry Interval',
    seconds: 2.5,
    async run(context) {
      const { connect, topic } = context;
      for (const input of shortLived(context)) {
        const peer = await connect(input);
        const filter = topic();
        await subscribeTo(peer, filter);
        await expiryPassed(context);
        await publishTo(peer, { topic: filter });
        await receive(peer, { topic: filter });
      }
    },
  },
  {
    name: 'session/messages-last-while-connected',
    proves: '[5:MQTT-4.1.0-1] [3.1.1:MQTT-4.1.0-2]',
    sentence:
      'what is under way at QoS 2 stays as long as the connection, in 5.0 whatever the Session Expiry Interval',
    needs: ['qos2'],
    seconds: 2.5,
    async run(context) {
      const { connect } = context;
      const publisher = await connect({ label: 'publisher' });
      for (const input of shortLived(context)) await underWay(context, await connect(input), publisher);
    },
  },
  {
    name: 'session/gone-with-connection',
    proves: '[5:MQTT-4.1.0-2]',
    sentence: 'with Session Expiry Interval 0, or none, the session ends with the connection',
    run: async (context) => {
      for (const properties of [{}, { sessionExpiryInterval: 0 }])
        await gone(context, { properties }, context.waits.quietMs);
    },
  },
  {
    name: 'session/gone-after-expiry',
    proves: '[5:MQTT-4.1.0-2]',
    sentence: 'the session is gone when the Session Expiry Interval has passed since the connection ended',
    seconds: EXPIRY_SECONDS + SLOW_SWEEP_MS / 1000,
    run: (context) =>
      gone(
        context,
        { properties: { sessionExpiryInterval: EXPIRY_SECONDS } },
        EXPIRY_SECONDS * 1000 + Math.min(SLOW_SWEEP_MS, context.waits.answerMs),
      ),
  },
];

/** Connections whose session would end soon: in 5.0 by its interval, in 3.1.1 because it is a clean one. */
function shortLived({ dialect }: Context): readonly ConnectInput[] {
  return dialect.properties
    ? [
        { properties: { sessionExpiryInterval: EXPIRY_SECONDS } },
        { properties: { sessionExpiryInterval: 0 } },
      ]
    : [{}];
}

/** Where there is an interval to pass. */
function expiryPassed({ dialect }: Context): Promise<void> {
  return sleep(dialect.properties ? EXPIRY_SECONDS * 1000 + 200 : 0);
}

/** A message each way, begun before the interval passes and completed behind it. */
async function underWay(context: Context, peer: Peer, publisher: Peer): Promise<void> {
  const [inward, outward] = [context.topic('in'), context.topic('out')];
  await subscribeTo(peer, { filter: outward, qos: 2 });
  peer.send(publish({ topic: inward, qos: 2, packetId: 9 }));
  await peer.expect('pubrec');
  await publishTo(publisher, { topic: outward, qos: 2 });
  const message = await arrive(peer, { topic: outward });
  await expiryPassed(context);
  await acknowledge(peer, message);
  peer.send({ type: 'pubrel', packetId: 9, reasonCode: 0, properties: {} });
  const { reasonCode } = await peer.expect('pubcomp', { where: ({ packetId }) => packetId === 9 });
  must(
    reasonCode === 0,
    'PUBCOMP 0x00 for a message that is under way',
    `PUBCOMP 0x${reasonCode.toString(16)}`,
  );
}

/** Connects, subscribes, ends the connection, waits, and finds nothing of the session. */
async function gone(
  { connect, clientId, topic }: Context,
  { properties = {} }: ConnectInput,
  waitMs: number,
): Promise<void> {
  const id = clientId();
  const [filter, barrier] = [topic('gone'), topic('barrier')];
  const before = await connect({ clientId: id, cleanStart: true, properties });
  await subscribeTo(before, filter);
  const asked = properties.sessionExpiryInterval ?? 0;
  const told = before.connack.properties.sessionExpiryInterval ?? asked;
  if (told !== asked) throw new Unsuitable('not applicable', `CONNACK says Session Expiry Interval ${told}`);
  before.send(disconnect());
  before.end();
  await before.expectClosed();
  await sleep(waitMs);
  const after = await connect({ clientId: id, cleanStart: false, properties: {} });
  must(!after.connack.sessionPresent, 'Session Present 0: the session has ended', 'Session Present 1');
  await subscribeTo(after, barrier);
  await publishTo(after, { topic: filter });
  const more = await upToBarrier(after, after, barrier);
  must(more.length === 0, 'no message for a subscription of the session that has ended', `${more.length}`);
}
