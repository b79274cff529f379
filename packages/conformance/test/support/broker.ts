/** Owns the broker under audit: ours, in this process, set so that every check has what it needs. */

import { type Broker, type BrokerOptions, createBroker } from '@anax/broker';
import type { BrokerFacts } from '../../src/index.ts';

const FACTS: BrokerFacts = { deniedTopic: '$SYS/anax-conform' };

export interface UnderAudit {
  readonly broker: Broker;
  readonly limited: Broker;
  readonly facts: BrokerFacts;
  readonly port: number;
  close(): Promise<void>;
}

export async function underAudit(): Promise<UnderAudit> {
  const broker = await started();
  const limited = await started({
    features: { maximumQos: 0, retain: false, wildcardSubscriptions: false, subscriptionIdentifiers: false },
    topicAliasMaximum: 0,
  });
  return {
    broker,
    limited,
    facts: FACTS,
    port: broker.listeners[0]?.port ?? 0,
    close: async () => {
      await Promise.all([broker.close(), limited.close()]);
    },
  };
}

async function started(options: BrokerOptions = {}): Promise<Broker> {
  const broker = createBroker({ listeners: [{ port: 0 }], anonymous: 'always', sysInterval: 0, ...options });
  await broker.start();
  return broker;
}
