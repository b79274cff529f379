// Representation of data: strings, integers, packet identifiers as such. [5:1.5] [3.1.1:1.5] [3.1:2.5]

import { Broken, must } from '../wire/broken.ts';
import { publishTo, receive, subscribeTo } from '../wire/exchanges.ts';
import type { Check } from './check.ts';

export const DATA: readonly Check[] = [
  {
    name: 'data/byte-order-mark-stays',
    proves: '[5:MQTT-1.5.4-3] [3.1.1:MQTT-1.5.3-3] [3.1:2.5]',
    sentence: 'U+FEFF in a topic is a character like any other: matched, and delivered',
    async run({ connect, topic }) {
      const [subscriber, publisher] = [
        await connect({ label: 'subscriber' }),
        await connect({ label: 'publisher' }),
      ];
      const base = topic();
      const marked = `${base}/a\u{feff}b`;
      await subscribeTo(subscriber, [marked, `${base}/barrier`]);
      await publishTo(publisher, { topic: `${base}/ab`, payload: 'without' });
      await publishTo(publisher, { topic: marked, payload: 'with' });
      await publishTo(publisher, { topic: `${base}/barrier` });
      const message = await receive(subscriber);
      must(message.topic === marked, `a PUBLISH to ${JSON.stringify(marked)}`, JSON.stringify(message.topic));
      await receive(subscriber, { topic: `${base}/barrier` });
      const [more] = subscriber.takeAll('publish');
      if (more !== undefined) throw new Broken('one message and the barrier', JSON.stringify(more.topic));
    },
  },
];
