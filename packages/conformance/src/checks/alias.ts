// Topic Alias, both ways. [5:3.3.2.3.4]

import { Reason } from '@anax/protocol';
import { Broken, must } from '../wire/broken.ts';
import { publishTo, receive, subscribeTo, textOf } from '../wire/exchanges.ts';
import { publish } from '../wire/packets.ts';
import type { Check } from './check.ts';
import { pair } from './parties.ts';

/** As many of a broker's aliases are tried besides the highest. */
const ALIASES_TRIED = 32;

export const ALIAS: readonly Check[] = [
  {
    name: 'alias/ends-with-connection',
    proves: '[5:MQTT-3.3.2-7]',
    sentence: 'an alias of an earlier connection is an error until it is set again',
    needs: ['topicAliases'],
    async run({ connect, clientId, topic }) {
      const who = { label: 'publisher', keep: true, clientId: clientId() };
      const first = await connect(who);
      const name = topic();
      await publishTo(first, { topic: name, properties: { topicAlias: 1 } });
      await publishTo(first, { topic: '', properties: { topicAlias: 1 } });
      await first.fence();
      first.cut();
      const again = await connect({ ...who, label: 'publisher, back' });
      again.send(publish({ topic: '', properties: { topicAlias: 1 } }));
      await again.expectClosed([Reason.protocolError, Reason.topicAliasInvalid]);
    },
  },
  {
    name: 'alias/every-one-taken',
    proves: '[5:MQTT-3.3.2-12]',
    sentence: 'every alias from 1 to the Topic Alias Maximum of CONNACK stands for the topic it was set to',
    needs: ['topicAliases'],
    async run(context) {
      const publisher = await context.connect({ label: 'publisher' });
      const subscriber = await context.connect({ label: 'subscriber' });
      const maximum = publisher.connack.properties.topicAliasMaximum ?? 0;
      const low = Array.from({ length: Math.min(maximum, ALIASES_TRIED) }, (_, index) => index + 1);
      const aliases = [...new Set([...low, maximum])].filter((alias) => alias > 0);
      const base = context.topic();
      const topicOf = (alias: number): string => `${base}/${alias}`;
      await subscribeTo(
        subscriber,
        aliases.map((alias) => topicOf(alias)),
      );
      for (const alias of aliases)
        await publishTo(publisher, { topic: topicOf(alias), properties: { topicAlias: alias } });
      for (const alias of aliases) {
        const payload = `by alias ${alias}`;
        await publishTo(publisher, { topic: '', payload, properties: { topicAlias: alias } });
        const { topic } = await receive(subscriber, { payload });
        must(
          topic === topicOf(alias),
          `a PUBLISH to ${topicOf(alias)} by Topic Alias ${alias}`,
          `one to ${topic}`,
        );
      }
      // Set anew, an alias stands for the other topic.
      await publishTo(publisher, { topic: topicOf(1), properties: { topicAlias: maximum } });
      await publishTo(publisher, { topic: '', payload: 'anew', properties: { topicAlias: maximum } });
      const { topic } = await receive(subscriber, { payload: 'anew' });
      must(
        topic === topicOf(1),
        `a PUBLISH to ${topicOf(1)}, to which the alias was set anew`,
        `one to ${topic}`,
      );
    },
  },
  {
    name: 'alias/within-what-the-client-takes',
    proves: '[5:MQTT-3.3.2-11]',
    sentence: 'what is sent has no alias above the Topic Alias Maximum of CONNECT',
    async run(context) {
      for (const topicAliasMaximum of [2, 0, undefined]) {
        const properties = topicAliasMaximum === undefined ? {} : { topicAliasMaximum };
        const { subscriber, publisher, topic: base } = await pair(context, { properties });
        const topics = Array.from({ length: 6 }, (_, index) => `${base}/a-longer-level/${index}`);
        await subscribeTo(subscriber, topics, { packetId: 2 });
        const set = new Map<number, string>();
        for (const name of [...topics, ...topics, ...topics]) {
          await publishTo(publisher, { topic: name, payload: name });
          const message = await receive(subscriber, { payload: name });
          const { topicAlias = 0 } = message.properties;
          const most = topicAliasMaximum ?? 0;
          must(topicAlias <= most, `a Topic Alias of at most ${most}, or none`, `${topicAlias}`);
          if (message.topic !== '') set.set(topicAlias, message.topic);
          const meant = message.topic === '' ? set.get(topicAlias) : message.topic;
          if (meant !== textOf(message))
            throw new Broken(`a topic or an alias that stands for ${name}`, `${meant}`);
        }
      }
    },
  },
];
