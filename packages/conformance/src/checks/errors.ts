// What becomes of a connection with an error. [5:4.13]

import type { Check } from './check.ts';

export const ERRORS: readonly Check[] = [
  {
    name: 'errors/close',
    proves: '[5:MQTT-4.13.2-1]',
    sentence:
      'an error closes the connection, at CONNECT and later, whether or not the broker tells its code',
    async run({ open, connect, connectPacket }) {
      const refused = await open({ label: 'client that is refused' });
      refused.send(connectPacket({ properties: { authenticationMethod: 'anax-conform-no-such-method' } }));
      await refused.expectClosed(undefined, 'the broker closes: it has not got this Authentication Method');
      const wrong = await connect({ label: 'client that sends CONNECT twice' });
      wrong.send(connectPacket());
      await wrong.expectClosed(undefined, 'the broker closes: a second CONNECT');
    },
  },
];
