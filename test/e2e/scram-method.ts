// SCRAM as a method of our broker, for tests: what the server of the client's tests says, in the broker's words.

import type { ExchangeFactory, ExchangeStep } from '@anax/broker';
import { type ScramFacts, ScramServer } from '../../packages/client/test/scram-server.ts';

const ANYTHING = { mayPublish: () => true, maySubscribe: () => true };

export function scramMethod(facts: ScramFacts | (() => ScramFacts)): ExchangeFactory {
  return () => {
    const server = new ScramServer(typeof facts === 'function' ? facts() : facts);
    return {
      step: (data): ExchangeStep => {
        const step = server.step(data);
        if ('continue' in step) return { continue: step.continue };
        if ('refused' in step) return { refused: { reasonCode: 0x87, text: step.refused } };
        return { accepted: { userName: step.accepted, permissions: ANYTHING }, data: step.data };
      },
    };
  };
}
