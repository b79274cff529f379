/** Owns the broker under audit: ours, in this process, set so that every check has what it needs. */

import { type Broker, type BrokerOptions, createBroker, type ExchangeFactory } from '@anax/broker';
import { Reason, utf8Bytes } from '@anax/protocol';
import type { BrokerFacts } from '../../src/index.ts';
import { startWebSocket, type WebSocketListener } from './websocket.ts';

const FACTS = {
  refusedUserName: 'mallory',
  refusedPassword: 'guessed',
  // More than `clientId.bytesMax`.
  refusedClientId: 'x'.repeat(1025),
  deniedTopic: 'anax-denied/topic',
  deniedFilter: 'anax-denied/filter',
  authentication: {
    method: 'THREE-WORDS',
    data: utf8Bytes('one'),
    answers: [utf8Bytes('two'), utf8Bytes('three')],
  },
} as const satisfies BrokerFacts;

export interface UnderAudit {
  readonly broker: Broker;
  readonly limited: Broker;
  readonly facts: BrokerFacts;
  readonly port: number;
  readonly webSocket: WebSocketListener;
  close(): Promise<void>;
}

export async function underAudit(): Promise<UnderAudit> {
  const broker = await started({
    authenticate: ({ userName }) =>
      userName === FACTS.refusedUserName
        ? { refused: { reasonCode: Reason.badUserNameOrPassword, text: 'wrong' } }
        : { accepted: { userName, permissions: ANYTHING } },
    methods: new Map([[FACTS.authentication.method, threeWords]]),
    mayPublish: (_client, topic) => topic !== FACTS.deniedTopic,
    maySubscribe: (_client, filter) => filter !== FACTS.deniedFilter,
  });
  const limited = await started({
    features: {
      maximumQos: 0,
      retain: false,
      wildcardSubscriptions: false,
      subscriptionIdentifiers: false,
      sharedSubscriptions: false,
    },
    topicAliasMaximum: 0,
  });
  const webSocket = await startWebSocket(broker);
  return {
    broker,
    limited,
    facts: { ...FACTS, webSocket: webSocket.url() },
    port: broker.listeners[0]?.port ?? 0,
    webSocket,
    close: async () => {
      await webSocket.close();
      await Promise.all([broker.close(), limited.close()]);
    },
  };
}

async function started(options: BrokerOptions = {}): Promise<Broker> {
  const broker = createBroker({ listeners: [{ port: 0 }], anonymous: 'always', sysInterval: 0, ...options });
  await broker.start();
  return broker;
}

const ANYTHING = { mayPublish: (topic: string) => !topic.startsWith('$SYS'), maySubscribe: () => true };

/** A method that takes three words, one after the other. */
const threeWords: ExchangeFactory = ({ userName }) => {
  const { data, answers } = FACTS.authentication;
  const words = [data, ...answers];
  let said = 0;
  return {
    step: (word) => {
      if (word === undefined || Buffer.compare(word, words[said] ?? new Uint8Array(0)) !== 0)
        return { refused: { reasonCode: Reason.notAuthorized, text: 'this is not the word' } };
      said += 1;
      if (said === words.length) return { accepted: { userName, permissions: ANYTHING } };
      return { continue: utf8Bytes(`${said}`) };
    },
  };
};
