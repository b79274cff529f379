// Message Expiry Interval, and what it does not touch. [5:3.3.2.3.3] [5:4.3.3]

import { publishAck, Reason, reasonTitle } from '@anax/protocol';
import { Broken, must } from '../wire/broken.ts';
import { arrive, publishTo, receive } from '../wire/exchanges.ts';
import { publish } from '../wire/packets.ts';
import { sleep } from '../wire/waits.ts';
import type { Check } from './check.ts';
import { keptPair, pair, untilBarrier } from './parties.ts';

/** The shortest there is, and long enough behind it for a broker whose clock counts whole seconds. */
const SHORT_SECONDS = 1;
const EXPIRED_MS = 3000;
/** What waits in the broker does so for as long, in ms, out of this many seconds. */
const WAITING_MS = 2500;
const LONG_SECONDS = 1000;

const expiring = { messageExpiryInterval: SHORT_SECONDS } as const;

export const EXPIRY: readonly Check[] = [
  {
    name: 'expiry/not-delivered-after',
    proves: '[5:MQTT-3.3.2-5]',
    sentence: 'a message that expires before its delivery begins is not delivered',
    needs: ['qos1'],
    seconds: 3,
    async run(context) {
      const { subscriber, publisher, topic, resume } = await keptPair(context, { qos: 1 });
      await subscriber.disconnect();
      await publishTo(publisher, { topic, payload: 'short', qos: 1, properties: expiring });
      await publishTo(publisher, { topic, payload: 'lasting', qos: 1 });
      await sleep(EXPIRED_MS);
      const back = await resume();
      await receive(back, { topic, payload: 'lasting' });
      const [more] = await untilBarrier(back, publisher, topic);
      if (more !== undefined)
        throw new Broken('no message that has expired', `it, ${EXPIRED_MS / 1000} s after it was published`);
    },
  },
  {
    name: 'expiry/counted-down',
    proves: '[5:MQTT-3.3.2-6]',
    sentence: 'Message Expiry Interval comes less the seconds that the message has waited',
    needs: ['qos1'],
    seconds: 3,
    async run(context) {
      const { subscriber, publisher, topic, resume } = await keptPair(context, { qos: 1 });
      const live = await pair(context, { qos: 1 });
      const properties = { messageExpiryInterval: LONG_SECONDS };
      const begun = performance.now();
      await publishTo(live.publisher, { topic: live.topic, qos: 1, properties });
      const { properties: now } = await receive(live.subscriber, { topic: live.topic });
      inRange(now.messageExpiryInterval, 0, performance.now() - begun);
      await subscriber.disconnect();
      const from = performance.now();
      await publishTo(publisher, { topic, qos: 1, properties });
      const accepted = performance.now();
      await sleep(WAITING_MS);
      const least = performance.now() - accepted;
      const { properties: later } = await receive(await resume(), { topic });
      inRange(later.messageExpiryInterval, least, performance.now() - from);
    },
  },
  {
    name: 'expiry/not-once-sent',
    proves: '[5:MQTT-4.3.3-7]',
    sentence: 'a message of QoS 2 that has been sent does not expire: its exchange goes on',
    needs: ['qos2'],
    seconds: 3,
    async run(context) {
      const answered = await pair(context, { qos: 2 });
      const cut = await keptPair(context, { qos: 2 });
      const sent: number[] = [];
      for (const { publisher, subscriber, topic } of [answered, cut]) {
        await publishTo(publisher, { topic, qos: 2, properties: expiring });
        sent.push((await arrive(subscriber, { topic })).packetId);
      }
      cut.subscriber.cut();
      await sleep(EXPIRED_MS);
      const [packetId = 0, same = 0] = sent;
      answered.subscriber.send(publishAck('pubrec', packetId));
      const what = 'the PUBREL of a message that was sent before it expired';
      await answered.subscriber.expect('pubrel', { where: (one) => one.packetId === packetId, what });
      const back = await cut.resume();
      const again = 'the PUBLISH of a message that was sent before it expired, once more';
      const { packetId: resent } = await receive(back, { topic: cut.topic, what: again });
      must(resent === same, `the packet identifier ${same}`, `${resent}`);
    },
  },
  {
    name: 'expiry/received-goes-on',
    proves: '[5:MQTT-4.3.3-13]',
    sentence: 'that a message of QoS 2 has expired does not stop its exchange with the publisher',
    needs: ['qos2'],
    seconds: 3,
    async run(context) {
      const { subscriber, publisher, topic } = await keptPair(context, { qos: 2 });
      await subscriber.disconnect();
      publisher.send(publish({ topic, qos: 2, packetId: 4, properties: expiring }));
      await publisher.expect('pubrec');
      await sleep(EXPIRED_MS);
      publisher.send(publishAck('pubrel', 4));
      const { reasonCode, packetId } = await publisher.expect('pubcomp');
      must(packetId === 4, 'a PUBCOMP with packet identifier 4', `${packetId}`);
      must(reasonCode === Reason.success, 'a PUBCOMP with Reason Code 0x00', reasonTitle(reasonCode));
    },
  },
];

/** Whether what is left fits the time in the broker, in ms; a clock of whole seconds may be a second off. */
function inRange(seen: number | undefined, leastMs: number, mostMs: number): void {
  const most = LONG_SECONDS - Math.max(0, Math.floor(leastMs / 1000) - 1);
  const least = LONG_SECONDS - Math.ceil(mostMs / 1000) - 1;
  must(
    seen !== undefined && seen >= least && seen <= most,
    `a Message Expiry Interval of ${least} to ${most} s, of ${LONG_SECONDS} s`,
    seen === undefined ? 'none' : `${seen} s`,
  );
}
