/** Owns the broker under audit: ours, in this process, set so that every check has what it needs. */

import { Broker, type BrokerOptions, DEFAULT_LIMITS, type Limits, type Settings } from '@anax/broker';
import type { BrokerFacts } from '../../src/index.ts';

const FACTS: BrokerFacts = {};

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
    maximumQos: 0,
    retainAvailable: false,
    wildcardSubscriptionAvailable: false,
    subscriptionIdentifiersAvailable: false,
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

async function started(limits: Partial<Limits> = {}, options: BrokerOptions = {}): Promise<Broker> {
  const settings: Settings = {
    listeners: [{ host: '127.0.0.1', port: 0 }],
    limits: { ...DEFAULT_LIMITS, ...limits },
    admission: { banned: [], denied: [], redirect: undefined },
    anonymous: 'always',
    users: [],
    logLevel: 'silent',
  };
  const broker = new Broker(settings, options);
  await broker.start();
  return broker;
}
