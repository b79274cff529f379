// Whom the broker does not let in, by its settings. [5:3.1.4] [3.1.1:3.1.4]

import { Reason } from '@anax/protocol';
import { must } from '../wire/broken.ts';
import type { PacketOf } from '../wire/packets.ts';
import type { Peer } from '../wire/peer.ts';
import type { Check, ConnectInput, Context } from './check.ts';

/** Sends CONNECT and waits for the close; gives the CONNACK before it, if there was one. */
async function refusedAs(
  { open, connectPacket }: Context,
  input: ConnectInput,
  who: string,
): Promise<{ readonly peer: Peer; readonly connack: PacketOf<'connack'> | undefined }> {
  const peer = await open();
  peer.send(connectPacket(input));
  await peer.expectClosed(undefined, `the broker closes: ${who}`);
  const [connack] = peer.takeAll('connack');
  const code = connack?.reasonCode ?? 0x80;
  must(code >= 0x80, `CONNACK, if there is one, refuses ${who}`, 'CONNACK of success');
  return { peer, connack };
}

export const REFUSED: readonly Check[] = [
  {
    name: 'refused/credentials',
    proves: '[5:MQTT-3.1.4-2] [3.1.1:MQTT-3.2.2-5] [3.1:3.2]',
    sentence: 'wrong credentials close the connection, and CONNACK before that, if there is one, says so',
    needs: ['refusedCredentials'],
    async run(context) {
      const { refusedUserName, refusedPassword, userName, password } = context.facts;
      const credentials = { userName: refusedUserName ?? userName, password: refusedPassword ?? password };
      await refusedAs(context, credentials, 'credentials that are to be refused');
    },
  },
  {
    name: 'refused/client-id',
    proves: '[5:MQTT-3.1.3-8]',
    sentence: 'a client identifier that the broker does not take closes the connection',
    needs: ['refusedClientId'],
    async run(context) {
      const { refusedClientId = '' } = context.facts;
      await refusedAs(context, { clientId: refusedClientId }, 'a client identifier that is to be refused');
    },
  },
  {
    name: 'refused/client-id-told',
    proves: '[3.1.1:MQTT-3.1.3-9]',
    sentence: 'a client identifier that the broker does not take is answered with CONNACK 0x02, then a close',
    needs: ['refusedClientId'],
    async run(context) {
      const { refusedClientId = '' } = context.facts;
      const input = { clientId: refusedClientId };
      const { connack } = await refusedAs(context, input, 'a client identifier that is to be refused');
      must(connack !== undefined, 'CONNACK with return code 2 before the close', 'a close alone');
      const { reasonCode } = connack;
      const told = `0x${reasonCode.toString(16)} in the words of MQTT 5`;
      must(reasonCode === Reason.clientIdentifierNotValid, 'CONNACK with return code 2', told);
    },
  },
];
