// CONNECT: what a server takes and what it refuses. [5:3.1] [3.1.1:3.1]

import { encodePacket, Reason, utf8Bytes } from '@anax/protocol';
import { must, Unsuitable } from '../wire/broken.ts';
import { field, fromHex, joined } from '../wire/bytes.ts';
import { connectBytes, FLAG, noProperties } from '../wire/connect-bytes.ts';
import { arrive, before, closes, subscribeTo } from '../wire/exchanges.ts';
import { PINGREQ, publish } from '../wire/packets.ts';
import type { Check, ConnectInput, Context } from './check.ts';

/** A broker may have looked at the credentials first: what counts is that it closes. */
const NOT_UTF8_CODES = [
  Reason.malformedPacket,
  Reason.protocolError,
  Reason.badUserNameOrPassword,
  Reason.notAuthorized,
];

/** An encoded surrogate, and a byte that no UTF-8 has. */
const NOT_UTF8 = [fromHex('61 ed a0 80 62'), fromHex('61 ff 62')];

/** CONNECTs that break the rules of 3.1 for which there is no word in CONNACK of 3.1.1. */
function malformed({ dialect, facts, clientId }: Context): Readonly<Record<string, Uint8Array>> {
  const id = (): Uint8Array => field(clientId());
  const { cleanStart, reserved, will, willRetain } = FLAG;
  const bytes = (flags: number, ...payload: Uint8Array[]): Uint8Array =>
    connectBytes(dialect, facts, { flags, payload });
  return {
    'the reserved flag set': bytes(cleanStart | reserved, id()),
    'Will Retain without a will': bytes(cleanStart | willRetain, id()),
    'Will QoS 3': bytes(cleanStart | will | 0x18, id(), noProperties(dialect), field('t'), field('m')),
    'a client identifier that is not UTF-8': bytes(cleanStart, field(fromHex('ff'))),
    'bytes behind the payload': connectBytes(dialect, facts, {
      flags: cleanStart,
      payload: [id()],
      trailing: field('more'),
    }),
  };
}

/** Flags and fields of a will where Will Flag says there is none. */
function willWithoutFlag({ dialect, facts, clientId }: Context): Readonly<Record<string, Uint8Array>> {
  const { cleanStart, willQos1, willRetain } = FLAG;
  const payload = [field(clientId())];
  const fields = joined(noProperties(dialect), field('will/topic'), field('will'));
  return {
    'Will QoS 1': connectBytes(dialect, facts, { flags: cleanStart | willQos1, payload }),
    'Will Retain 1': connectBytes(dialect, facts, { flags: cleanStart | willRetain, payload }),
    'will fields in the payload': connectBytes(dialect, facts, {
      flags: cleanStart,
      payload,
      trailing: fields,
    }),
  };
}

/** Each is closed, not accepted; and in 3.1.1 there is no CONNACK. */
async function allRefused(
  { open, dialect }: Context,
  wrong: Readonly<Record<string, Uint8Array>>,
): Promise<void> {
  for (const [what, bytes] of Object.entries(wrong)) {
    const peer = await open();
    peer.send(bytes);
    await peer.expectClosed(undefined, `the broker closes at a CONNECT with ${what}`);
    const [first] = peer.packets;
    if (first === undefined) continue;
    must(dialect.reasonCodes, `no packet before the close at ${what}`, first.type.toUpperCase());
    must(
      first.type === 'connack' && first.reasonCode >= 0x80,
      `if a packet at ${what}, CONNACK of 0x80 or above`,
      first.type === 'connack' ? `CONNACK 0x${first.reasonCode.toString(16)}` : first.type.toUpperCase(),
    );
  }
}

/** A CONNECT that every server refuses. */
function refusedEverywhere({ dialect }: Context): ConnectInput {
  return dialect.enhancedAuthentication
    ? { properties: { authenticationMethod: 'anax-conform: no such method' } }
    : { clientId: '', cleanStart: false };
}

async function notUtf8(
  { open, dialect, facts }: Context,
  flags: number,
  fieldsOf: (wrong: Uint8Array) => { payload: Uint8Array[]; userName?: Uint8Array },
): Promise<void> {
  for (const wrong of NOT_UTF8) {
    const peer = await open();
    peer.send(connectBytes(dialect, facts, { flags, ...fieldsOf(wrong) }));
    await peer.expectClosed(NOT_UTF8_CODES);
    must(
      peer.packets.every((packet) => packet.type === 'connack' && packet.reasonCode >= 0x80),
      'nothing before the close but a CONNACK that refuses',
      'the connection was accepted',
    );
  }
}

export const CONNECT: readonly Check[] = [
  {
    name: 'connect/other-packet-first',
    proves: '[5:MQTT-3.1.0-1] [3.1.1:MQTT-3.1.0-1] [3.1:3.1]',
    sentence: 'a first packet that is not CONNECT closes the connection, and nothing is sent',
    async run({ open, topic }) {
      for (const first of [PINGREQ, publish({ topic: topic() })]) {
        const peer = await open();
        peer.send(first);
        await peer.expectClosed();
        must(peer.frames.length === 0, `nothing before the close at ${peer.label}`, 'a packet');
      }
    },
  },
  {
    name: 'connect/twice',
    proves: '[5:MQTT-3.1.0-2] [3.1.1:MQTT-3.1.0-2] [3.1:3.1]',
    sentence: 'a second CONNECT on a connection closes it',
    async run({ connect, connectPacket }) {
      const packet = connectPacket();
      const peer = await connect(packet);
      peer.send(packet);
      await peer.expectClosed([Reason.protocolError]);
    },
  },
  {
    name: 'connect/accepted',
    proves: '[5:MQTT-3.1.4-5] [3.1.1:MQTT-3.1.4-4] [3.1:3.2]',
    sentence: 'a valid CONNECT is answered by CONNACK 0x00',
    async run({ attempt }) {
      for (const keepAlive of [0, 60]) {
        const { connack } = await attempt({ keepAlive });
        must(connack.reasonCode === 0, 'CONNACK 0x00', `0x${connack.reasonCode.toString(16)}`);
      }
    },
  },
  {
    name: 'connect/malformed',
    proves: '[5:MQTT-3.1.4-1] [3.1.1:MQTT-3.1.4-1]',
    sentence: 'a CONNECT that breaks the rules of its form closes the connection; 3.1.1 has no CONNACK then',
    run: (context) => allRefused(context, malformed(context)),
  },
  {
    name: 'connect/no-will-flag-no-will',
    proves: '[3.1.1:MQTT-3.1.2-11]',
    sentence: 'Will QoS, Will Retain or fields of a will without Will Flag close the connection',
    run: (context) => allRefused(context, willWithoutFlag(context)),
  },
  {
    name: 'connect/will-topic-not-utf8',
    proves: '[5:MQTT-3.1.3-11] [3.1.1:MQTT-3.1.3-10]',
    sentence: 'a will topic that is not UTF-8 closes the connection',
    run: (context) =>
      notUtf8(context, FLAG.cleanStart | FLAG.will, (wrong) => ({
        payload: [field(context.clientId()), noProperties(context.dialect), field(wrong), field('m')],
      })),
  },
  {
    name: 'connect/user-name-not-utf8',
    proves: '[5:MQTT-3.1.3-12] [3.1.1:MQTT-3.1.3-11]',
    sentence: 'a user name that is not UTF-8 closes the connection',
    run: (context) =>
      notUtf8(context, FLAG.cleanStart, (wrong) => ({
        payload: [field(context.clientId())],
        userName: wrong,
      })),
  },
  {
    name: 'connect/payload-order',
    proves: '[5:MQTT-3.1.3-1] [3.1.1:MQTT-3.1.3-1] [3.1:3.1]',
    sentence: 'the payload of CONNECT is read in the order of the standard, all fields present',
    run: allFields,
  },
  {
    name: 'connect/behind-a-refused-one',
    proves: '[5:MQTT-3.1.4-6] [3.1.1:MQTT-3.1.4-5]',
    sentence: 'a PUBLISH sent behind a CONNECT that is refused reaches nobody',
    async run(context) {
      const { open, connect, connectPacket, topic, dialect } = context;
      const [name, barrier] = [topic(), topic('barrier')];
      const watcher = await connect({ label: 'subscriber' });
      await subscribeTo(watcher, [name, barrier]);
      const refused = await open({ label: 'refused' });
      const packet = connectPacket(refusedEverywhere(context));
      refused.send(
        joined(encodePacket(packet, dialect), encodePacket(publish({ topic: name, payload: 'x' }), dialect)),
      );
      if (!(await closes(refused)))
        throw new Unsuitable('skipped', 'the broker refused no CONNECT of those that it should');
      const publisher = await connect({ label: 'publisher' });
      const [came] = await before(publisher, watcher, { topic: barrier });
      must(came === undefined, 'no PUBLISH from the connection refused', 'it arrived');
    },
  },
  {
    name: 'connect/take-over',
    proves: '[5:MQTT-3.1.4-3] [3.1.1:MQTT-3.1.4-2] [3.1:3.1]',
    sentence: 'a second connection with the client identifier of a first closes the first',
    async run({ connect, clientId }) {
      for (const keep of [true, false]) {
        const id = clientId();
        const first = await connect({ clientId: id, keep, label: 'first' });
        const second = await connect({ clientId: id, keep, label: 'second' });
        await first.expectClosed([Reason.sessionTakenOver]);
        await second.fence();
      }
    },
  },
];

/** Credentials go along where the broker lets anybody in, or where they are known. */
async function allFields(context: Context): Promise<void> {
  const { attempt, connect, topic, facts, clientId } = context;
  const name = topic('will');
  const watcher = await connect({ label: 'subscriber' });
  await subscribeTo(watcher, name);
  const input: ConnectInput = { clientId: clientId(), will: { topic: name, payload: 'of the will' } };
  const known = facts.userName !== undefined;
  const named = known ? input : { ...input, userName: 'user', password: utf8Bytes('password') };
  let { peer, connack } = await attempt(named);
  const strangers: readonly number[] = [Reason.badUserNameOrPassword, Reason.notAuthorized];
  if (!known && strangers.includes(connack.reasonCode)) ({ peer, connack } = await attempt(input));
  must(connack.reasonCode === 0, 'CONNACK 0x00', `0x${connack.reasonCode.toString(16)}`);
  peer.cut();
  await arrive(watcher, { topic: name, payload: 'of the will' });
}
