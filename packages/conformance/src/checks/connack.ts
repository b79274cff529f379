// CONNACK: what it says, and what comes before and behind it. [5:3.2] [3.1.1:3.2] [3.1:3.2]

import { encodePacket, type Fault, type Packet, type PropertiesOf, reasonCodeAllowed } from '@anax/protocol';
import { must, Unsuitable } from '../wire/broken.ts';
import { field } from '../wire/bytes.ts';
import { connectBytes } from '../wire/connect-bytes.ts';
import { publishTo, receive, subscribeTo } from '../wire/exchanges.ts';
import { PINGREQ, subscribe } from '../wire/packets.ts';
import type { Check, Context, Watch } from './check.ts';

const CONNACK_BYTE = 0x20;
/** Neither 3.1.1 nor 5.0 has such a level. */
const NO_SUCH_LEVEL = 6;
const NO_SUCH_METHOD = 'anax-conform: no such method';

async function storedSession({ connect, clientId }: Context): Promise<string> {
  const id = clientId();
  const peer = await connect({ keep: true, clientId: id, label: 'at first' });
  await peer.disconnect();
  return id;
}

async function mustSay(
  { attempt }: Context,
  input: { readonly clientId: string; readonly keep: boolean },
  sessionPresent: 0 | 1,
): Promise<void> {
  const { connack } = await attempt(input);
  must(connack.reasonCode === 0, 'CONNACK 0x00', `0x${connack.reasonCode.toString(16)}`);
  const seen = connack.sessionPresent ? 1 : 0;
  must(seen === sessionPresent, `Session Present ${sessionPresent}`, `Session Present ${seen}`);
}

/** A CONNECT that every server refuses, for a session that it has. Its CONNACK may be in another version's form. */
function refusedConnect({ dialect, facts, connectPacket }: Context, clientId: string): Uint8Array {
  if (dialect.enhancedAuthentication) {
    const properties = { authenticationMethod: NO_SUCH_METHOD };
    return encodePacket(connectPacket({ clientId, cleanStart: false, properties }), dialect);
  }
  const payload = [field(clientId)];
  return connectBytes(dialect, facts, { flags: 0, payload, protocolLevel: NO_SUCH_LEVEL });
}

/** The bytes of the CONNACK of a refusal. @throws Unsuitable where the broker closes without, or does not refuse. */
async function refusal(context: Context) {
  const clientId = await storedSession(context);
  const peer = await context.open({ label: 'refused', raw: true });
  peer.send(refusedConnect(context, clientId));
  const frame = await peer.firstFrame();
  if (frame === undefined || frame[0] !== CONNACK_BYTE)
    throw new Unsuitable('not applicable', 'the broker refuses without a CONNACK');
  const [, , flags = 0, code = 0] = frame;
  if (code === 0) throw new Unsuitable('skipped', 'the broker accepted a CONNECT that it should refuse');
  return { peer, flags, code };
}

type Explanation = 'reasonString' | 'userProperties';

/** What the broker answers to a CONNECT with these properties, success or not. */
async function answered({ open, connectPacket }: Context, properties: PropertiesOf<'connect'>) {
  const peer = await open();
  peer.send(connectPacket({ properties }));
  const size = (await peer.firstFrame())?.length ?? 0;
  const [first] = peer.packets;
  return { size, explanations: first?.type === 'connack' ? first.properties : {} };
}

/** CONNACKs of success and of refusal, to a client that takes one byte less than they have with all that they say. */
async function withinTheClients(context: Context, property: Explanation): Promise<void> {
  for (const asked of [{}, { authenticationMethod: NO_SUCH_METHOD }]) {
    const whole = await answered(context, asked);
    if (whole.explanations[property] === undefined) continue;
    const maximumPacketSize = whole.size - 1;
    const { size, explanations } = await answered(context, { ...asked, maximumPacketSize });
    const title = property === 'reasonString' ? 'Reason String' : 'User Property';
    must(
      size <= maximumPacketSize || explanations[property] === undefined,
      `no ${title} in a CONNACK that it makes larger than ${maximumPacketSize} bytes`,
      `a CONNACK of ${size} bytes with it`,
    );
  }
}

export const CONNACK: readonly Check[] = [
  {
    name: 'connack/before-what-is-owed',
    proves: '[5:MQTT-3.2.0-1] [3.1.1:MQTT-3.2.0-1] [3.1:3.2]',
    sentence: 'CONNACK comes before the messages that wait for the session',
    needs: ['qos1'],
    async run({ connect, attempt, clientId, topic }) {
      const session = { keep: true, clientId: clientId() };
      const name = topic();
      const first = await connect({ ...session, label: 'at first' });
      await subscribeTo(first, { filter: name, qos: 1 });
      await first.disconnect();
      const publisher = await connect({ label: 'publisher' });
      await publishTo(publisher, { topic: name, qos: 1, payload: 'waits' });
      const { peer } = await attempt({ ...session, label: 'back' });
      await receive(peer, { payload: 'waits' });
      must(peer.packets[0]?.type === 'connack', 'CONNACK first', `${peer.packets[0]?.type.toUpperCase()}`);
    },
  },
  {
    name: 'connack/before-other-answers',
    proves: '[5:MQTT-3.2.0-1] [3.1.1:MQTT-3.2.0-1]',
    sentence: 'CONNACK comes before the answers to what the client sent without waiting for it',
    async run({ open, connectPacket, topic }) {
      const peer = await open();
      peer.send(connectPacket(), PINGREQ, subscribe(1, [topic()]));
      await Promise.all([peer.expect('connack'), peer.expect('pingresp'), peer.expect('suback')]);
      must(peer.packets[0]?.type === 'connack', 'CONNACK first', `${peer.packets[0]?.type.toUpperCase()}`);
    },
  },
  {
    name: 'connack/no-session-at-clean-start',
    proves: '[5:MQTT-3.2.2-2] [3.1.1:MQTT-3.2.2-1]',
    sentence: 'with Clean Start 1 CONNACK says Session Present 0, though there was a session',
    async run(context) {
      await mustSay(context, { clientId: await storedSession(context), keep: false }, 0);
    },
  },
  {
    name: 'connack/session-present',
    proves: '[5:MQTT-3.2.2-3] [3.1.1:MQTT-3.2.2-2]',
    sentence: 'with Clean Start 0 CONNACK says Session Present 1 where there is a session',
    async run(context) {
      await mustSay(context, { clientId: await storedSession(context), keep: true }, 1);
    },
  },
  {
    name: 'connack/no-session-present',
    proves: '[5:MQTT-3.2.2-3] [3.1.1:MQTT-3.2.2-3]',
    sentence: 'with Clean Start 0 CONNACK says Session Present 0 where there is no session',
    async run(context) {
      await mustSay(context, { clientId: context.clientId(), keep: true }, 0);
    },
  },
  {
    name: 'connack/no-session-in-a-refusal',
    proves: '[5:MQTT-3.2.2-6] [3.1.1:MQTT-3.2.2-4]',
    sentence: 'a CONNACK that refuses says Session Present 0, though there is a session',
    async run(context) {
      const { flags, code } = await refusal(context);
      must((flags & 1) === 0, `Session Present 0 with code 0x${code.toString(16)}`, 'Session Present 1');
    },
  },
  {
    name: 'connack/closes-behind-a-refusal',
    proves: '[5:MQTT-3.2.2-7] [3.1.1:MQTT-3.2.2-5]',
    sentence: 'the broker closes behind a CONNACK that refuses',
    async run(context) {
      const { peer, code } = await refusal(context);
      await peer.expectClosed(undefined, `the broker closes behind CONNACK 0x${code.toString(16)}`);
    },
  },
  {
    name: 'connack/reason-string-fits',
    proves: '[5:MQTT-3.2.2-19]',
    sentence: 'CONNACK has no Reason String that makes it larger than the client takes',
    run: (context) => withinTheClients(context, 'reasonString'),
  },
  {
    name: 'connack/user-properties-fit',
    proves: '[5:MQTT-3.2.2-20]',
    sentence: 'CONNACK has no User Properties that make it larger than the client takes',
    run: (context) => withinTheClients(context, 'userProperties'),
  },
];

function isConnack(bytes: Uint8Array): boolean {
  return (bytes[0] ?? 0) >> 4 === CONNACK_BYTE >> 4;
}

function shown(seen: Packet | Fault): string {
  return seen.type === 'fault' ? 'something that is no packet' : seen.type.toUpperCase();
}

export const CONNACK_WATCHES: readonly Watch[] = [
  {
    name: 'connack/comes-first',
    proves: '[5:MQTT-3.2.0-1] [3.1.1:MQTT-3.2.0-1] [3.1:3.2]',
    sentence: 'nothing but AUTH comes from the broker before CONNACK',
    open: () => {
      let connacks = 0;
      return (seen, bytes) => {
        if (connacks > 0 || seen.type === 'auth') return undefined;
        connacks += 1;
        return isConnack(bytes) ? 'kept' : { expected: 'CONNACK first', seen: shown(seen) };
      };
    },
  },
  {
    name: 'connack/only-one',
    proves: '[5:MQTT-3.2.0-2]',
    sentence: 'there is one CONNACK on a connection',
    open: () => {
      let connacks = 0;
      return (_, bytes) => {
        if (!isConnack(bytes)) return undefined;
        connacks += 1;
        return connacks === 1 ? 'kept' : { expected: 'one CONNACK', seen: 'a second one' };
      };
    },
  },
  {
    name: 'connack/reason-codes',
    proves: '[5:MQTT-3.2.2-8]',
    sentence: 'CONNACK has a reason code that the standard has for it',
    open: () => (_, bytes) => {
      if (!isConnack(bytes)) return undefined;
      const code = bytes[3] ?? -1;
      if (reasonCodeAllowed(code, 'connack', 'server')) return 'kept';
      return { expected: 'a reason code of CONNACK', seen: `0x${code.toString(16)}` };
    },
  },
];
