// PUBACK, PUBREC, PUBREL and PUBCOMP of the server in MQTT 5: their codes, and what they leave out where a client takes
// only small packets. [5:3.4] [5:3.5] [5:3.6] [5:3.7]

import { type PublishAckType, publishAck, Reason, reasonTitle } from '@anax/protocol';
import { Broken, must } from '../wire/broken.ts';
import { publishTo, receive, subscribeTo } from '../wire/exchanges.ts';
import { publish } from '../wire/packets.ts';
import type { Peer } from '../wire/peer.ts';
import type { Check, Context, Watch } from './check.ts';
import type { Need } from './needs.ts';
import { qosUpTo } from './parties.ts';

interface Fact {
  readonly type: PublishAckType;
  readonly section: string;
  readonly firstByte: number;
  readonly codes: readonly number[];
  readonly needs: readonly Need[];
}

const OF_MESSAGES: readonly number[] = [
  Reason.success,
  Reason.noMatchingSubscribers,
  Reason.unspecifiedError,
  Reason.implementationSpecificError,
  Reason.notAuthorized,
  Reason.topicNameInvalid,
  Reason.packetIdentifierInUse,
  Reason.quotaExceeded,
  Reason.payloadFormatInvalid,
];
const OF_RELEASE: readonly number[] = [Reason.success, Reason.packetIdentifierNotFound];

const FACTS: readonly Fact[] = [
  { type: 'puback', section: '3.4.2', firstByte: 0x40, codes: OF_MESSAGES, needs: ['qos1'] },
  { type: 'pubrec', section: '3.5.2', firstByte: 0x50, codes: OF_MESSAGES, needs: ['qos2'] },
  { type: 'pubrel', section: '3.6.2', firstByte: 0x62, codes: OF_RELEASE, needs: ['qos2'] },
  { type: 'pubcomp', section: '3.7.2', firstByte: 0x70, codes: OF_RELEASE, needs: ['qos2'] },
];

const EXPLAINING = [
  { property: 'reasonString', title: 'Reason String', slug: 'reason-string', number: 2 },
  { property: 'userProperties', title: 'User Property', slug: 'user-property', number: 3 },
] as const;

/** The decoder takes no other code, so one that is wrong comes as a fault: the bytes tell. */
export const ACKNOWLEDGE_WATCHES: readonly Watch[] = FACTS.map(({ type, section, firstByte, codes }) => ({
  name: `acknowledge/${type}-codes`,
  proves: `[5:MQTT-${section}-1]`,
  sentence: `every ${type.toUpperCase()} has one of its reason codes`,
  open: () => (_, bytes) => {
    if (bytes[0] !== firstByte) return undefined;
    const code = codeIn(bytes);
    if (codes.includes(code)) return 'kept';
    const allowed = codes.map((one) => `0x${one.toString(16)}`).join(', ');
    return { expected: `one of ${allowed}`, seen: `0x${code.toString(16)} ${reasonTitle(code)}` };
  },
}));

/** The reason code behind the packet identifier; 0 where it is left out. [5:3.4.2.1] */
function codeIn(bytes: Uint8Array): number {
  let at = 1;
  while ((bytes[at] ?? 0) >= 0x80) at += 1;
  return bytes[at + 3] ?? 0;
}

export const ACKNOWLEDGE: readonly Check[] = FACTS.flatMap(({ type, section, needs }) =>
  EXPLAINING.map(({ property, title, slug, number }) => ({
    name: `acknowledge/${type}-without-${slug}`,
    proves: `[5:MQTT-${section}-${number}]`,
    sentence: `${type.toUpperCase()} leaves out ${title} where the packet would be too large with it`,
    needs,
    async run(context: Context): Promise<void> {
      let count = 0;
      for (const provoke of PROVOCATIONS) {
        const { peer, maximumPacketSize } = await smallTaker(context);
        await provoke(context, peer);
        for (const [index, packet] of peer.packets.entries()) {
          if (packet.type !== type) continue;
          count += 1;
          const size = peer.frames[index]?.length ?? 0;
          const explained = packet.properties[property] !== undefined;
          must(
            size <= maximumPacketSize || !explained,
            `a ${type.toUpperCase()} of at most ${maximumPacketSize} bytes, or without ${title}`,
            `one of ${size} bytes with ${title}`,
          );
        }
      }
      if (count === 0) throw new Broken(`a ${type.toUpperCase()}`, 'none came');
    },
  })),
);

/** Enough for the messages of these checks. */
const PACKET_SIZE_MIN = 48;

/** A client that takes no larger packet than it needs to, and the CONNACK that every client gets. */
async function smallTaker({ connect }: Context): Promise<{ peer: Peer; maximumPacketSize: number }> {
  const plain = await connect({ label: 'measuring CONNACK' });
  const maximumPacketSize = Math.max(plain.frames[0]?.length ?? 0, PACKET_SIZE_MIN);
  const peer = await connect({ label: 'taker of small packets', properties: { maximumPacketSize } });
  return { peer, maximumPacketSize };
}

/** What may bring an explanation: that all is well, nobody there, not allowed, identifiers that stand for nothing. */
const PROVOCATIONS: readonly ((context: Context, peer: Peer) => Promise<void>)[] = [
  async (context, peer) => {
    const { connect, topic } = context;
    const [filter, qos] = [topic(), qosUpTo(context, 2)];
    await subscribeTo(peer, { filter, qos });
    await publishTo(await connect({ label: 'publisher' }), { topic: filter, qos });
    await receive(peer, { topic: filter });
  },
  async ({ topic, announced }, peer) => {
    for (const qos of [1, 2] as const)
      if (qos <= announced.maximumQos) await publishTo(peer, { topic: topic(), qos, packetId: qos });
  },
  async ({ facts: { deniedTopic }, announced }, peer) => {
    for (const qos of [1, 2] as const) {
      if (qos > announced.maximumQos || deniedTopic === undefined) continue;
      peer.send(publish({ topic: deniedTopic, qos, packetId: qos }));
      await settled(peer);
    }
  },
  async (_, peer) => {
    peer.send(publishAck('pubrel', 99));
    await settled(peer);
  },
  async (_, peer) => {
    peer.send(publishAck('pubrec', 99));
    await settled(peer);
  },
];

/** What becomes of it is the matter of other checks, down to the connection's end. */
async function settled(peer: Peer): Promise<void> {
  await peer.fence().catch((error: unknown) => {
    if (!(error instanceof Broken)) throw error;
  });
}
