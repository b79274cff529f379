// Properties of a message that reach every subscriber as the publisher gave them. [5:3.3.2.3]

import { type PropertiesOf, type PublishPacket, utf8Bytes } from '@anax/protocol';
import { must } from '../wire/broken.ts';
import { sameBytes } from '../wire/bytes.ts';
import { publishTo, receive, subscribeTo } from '../wire/exchanges.ts';
import type { Check, Context } from './check.ts';
import { keptPair, late, qosUpTo } from './parties.ts';

type Properties = PropertiesOf<'publish'>;
type Pairs = readonly (readonly [name: string, value: string])[];

const PAIRS: Pairs = [
  ['anax-b', 'first'],
  ['anax-a', 'of the same name'],
  ['anax-b', 'second'],
  ['anax-é 😀', ''],
  // No control characters: a receiver may refuse those. [5:1.5.4]
  ['anax-', ' and = %41'],
  ['anax-a', 'of the same name'],
];

export const PROPERTIES: readonly Check[] = [
  {
    name: 'properties/payload-format-indicator',
    proves: '[5:MQTT-3.3.2-4]',
    sentence: 'Payload Format Indicator reaches every subscriber with its value',
    async run(context) {
      for (const payloadFormatIndicator of [1, 0] as const) {
        for (const { properties } of await everyWay(context, { payloadFormatIndicator })) {
          // 0 says what its absence says. [5:3.3.2.3.2]
          const { payloadFormatIndicator: seen = 0 } = properties;
          must(seen === payloadFormatIndicator, `the value ${payloadFormatIndicator}`, `${seen}`);
        }
      }
      for (const { properties } of await everyWay(context, {})) {
        const { payloadFormatIndicator: seen = 0 } = properties;
        must(seen === 0, 'no Payload Format Indicator, or 0, as none was given', `${seen}`);
      }
    },
  },
  {
    name: 'properties/response-topic',
    proves: '[5:MQTT-3.3.2-15]',
    sentence: 'Response Topic reaches every subscriber as it was',
    run: (context) => unaltered(context, 'responseTopic', 'anax-conform/réponse/ /😀//'),
  },
  {
    name: 'properties/correlation-data',
    proves: '[5:MQTT-3.3.2-16]',
    sentence: 'Correlation Data reaches every subscriber byte for byte',
    async run(context) {
      const correlationData = Uint8Array.from({ length: 256 }, (_, index) => 255 - index);
      for (const { properties } of await everyWay(context, { correlationData })) {
        const seen = properties.correlationData ?? new Uint8Array(0);
        must(sameBytes(seen, correlationData), 'the 256 bytes of Correlation Data', hexOf(seen));
      }
    },
  },
  {
    name: 'properties/user-properties',
    proves: '[5:MQTT-3.3.2-17]',
    sentence: 'every User Property reaches every subscriber, names and values untouched',
    async run(context) {
      const wanted = shown(sorted(PAIRS));
      for (const message of await everyWay(context, { userProperties: PAIRS })) {
        const seen = shown(sorted(oursIn(message)));
        must(seen === wanted, `in any order ${wanted}`, seen);
      }
    },
  },
  {
    name: 'properties/user-properties-in-order',
    proves: '[5:MQTT-3.3.2-18]',
    sentence: 'User Properties reach every subscriber in the order of the publisher',
    async run(context) {
      for (const message of await everyWay(context, { userProperties: PAIRS })) {
        const came = distinct(oursIn(message));
        must(came.length > 1, 'the User Properties of the publisher', shown(came));
        // Those that are missing are the matter of another check.
        const wanted = shown(distinct(PAIRS).filter((one) => shown(came).includes(shown(one))));
        must(shown(came) === wanted, wanted, shown(came));
      }
    },
  },
  {
    name: 'properties/content-type',
    proves: '[5:MQTT-3.3.2-20]',
    sentence: 'Content Type reaches every subscriber as it was',
    run: (context) => unaltered(context, 'contentType', 'anax/ünchecked; a="b c"'),
  },
];

/** A property that is one string. */
async function unaltered(
  context: Context,
  name: 'responseTopic' | 'contentType',
  value: string,
): Promise<void> {
  for (const { properties } of await everyWay(context, { [name]: value })) {
    const seen = properties[name];
    must(seen === value, JSON.stringify(value), seen === undefined ? 'none' : JSON.stringify(seen));
  }
}

/**
 * A message with the properties on every way to a subscriber that there is: to one of QoS 0 and one of more, to a session
 * that was away, and to one that subscribed later.
 */
async function everyWay(context: Context, properties: Properties): Promise<readonly PublishPacket[]> {
  const qos = qosUpTo(context, 2);
  const { subscriber, publisher, topic, resume } = await keptPair(context, { qos });
  const plain = await context.connect({ label: 'subscriber of QoS 0' });
  await subscribeTo(plain, topic);
  const payload = utf8Bytes('properties');
  const retain = qos > 0 && context.announced.retainAvailable;
  await publishTo(publisher, { topic, payload, qos, retain, properties });
  const came = [await receive(plain, { topic }), await receive(subscriber, { topic })];
  if (qos === 0) return came;
  if (retain) came.push(await receive(await late(context, topic), { topic }));
  await subscriber.disconnect();
  await publishTo(publisher, { topic, payload, qos, properties });
  return [...came, await receive(await resume(), { topic })];
}

/** A server may have more to tell: only what is ours counts. */
function oursIn({ properties }: PublishPacket): Pairs {
  return (properties.userProperties ?? []).filter(([name]) => name.startsWith('anax-'));
}

function sorted(pairs: Pairs): Pairs {
  return [...pairs].sort((a, b) => (shown(a) < shown(b) ? -1 : 1));
}

function distinct(pairs: Pairs): Pairs {
  return [...new Map(pairs.map((one) => [shown(one), one])).values()];
}

function shown(value: Pairs | Pairs[number]): string {
  return JSON.stringify(value);
}

function hexOf(bytes: Uint8Array): string {
  return `${bytes.length} bytes: ${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ')}`;
}
