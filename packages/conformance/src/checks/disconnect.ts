// DISCONNECT from either side, and the will that it takes back. [5:3.14] [3.1.1:3.14]

import { encodePacket, MQTT_5_0, Reason } from '@anax/protocol';
import { Broken, must, Unsuitable } from '../wire/broken.ts';
import { receive, subscribeTo } from '../wire/exchanges.ts';
import { disconnect } from '../wire/packets.ts';
import type { Peer } from '../wire/peer.ts';
import type { Check, Context, Watch } from './check.ts';

const DISCONNECT_TYPE = 14;

/**
 * A client whose place another takes, so that the broker disconnects it.
 * @throws Unsuitable where no DISCONNECT comes: whether one has to is for other checks
 */
async function disconnected({ connect, clientId }: Context, maximumPacketSize?: number): Promise<Peer> {
  const same = clientId();
  const properties = maximumPacketSize === undefined ? {} : { maximumPacketSize };
  const peer = await connect({ label: 'client that is disconnected', clientId: same, properties });
  await connect({ label: 'client that takes its place', clientId: same });
  try {
    await peer.expect('disconnect');
  } catch (error) {
    if (!(error instanceof Broken)) throw error;
    if (peer.fault === undefined) throw new Unsuitable('not applicable', 'the broker sends no DISCONNECT');
  }
  return peer;
}

/** DISCONNECT to a client that takes as much as it has without what may be left out, and CONNACK, and no more. */
async function fits(context: Context): Promise<void> {
  const first = await disconnected(context);
  const packet = first.packets.find((one) => one.type === 'disconnect');
  if (packet === undefined)
    throw new Unsuitable('not applicable', 'the DISCONNECT of the broker is malformed');
  const { reasonString, userProperties, ...properties } = packet.properties;
  const bare = encodePacket({ ...packet, properties }, MQTT_5_0).length;
  const most = Math.max(bare, first.frames.at(0)?.length ?? 0);
  const peer = await disconnected(context, most);
  const size = peer.frames.at(-1)?.length ?? 0;
  must(size <= most, `DISCONNECT of at most ${most} bytes, the Maximum Packet Size`, `${size} bytes`);
}

/** One who hears of a will, and one who has it. */
async function willAnd(
  context: Context,
): Promise<{ readonly watcher: Peer; readonly dying: Peer; readonly topic: string }> {
  const topic = context.topic();
  const watcher = await context.connect({ label: 'who would get the will' });
  await subscribeTo(watcher, topic);
  const dying = await context.connect({ label: 'who has a will', will: { topic, payload: 'will' } });
  return { watcher, dying, topic };
}

export const DISCONNECT: readonly Check[] = [
  {
    name: 'disconnect/takes-back-will',
    proves: '[5:MQTT-3.14.4-3] [3.1.1:MQTT-3.14.4-3] [3.1:3.14]',
    sentence: 'the will of a client that disconnects in order is not published',
    async run(context) {
      const { watcher, dying, topic } = await willAnd(context);
      await dying.disconnect();
      await watcher.expectNothing('publish', { where: (packet) => packet.topic === topic, what: 'no will' });
    },
  },
  {
    name: 'disconnect/with-will',
    proves: '[5:MQTT-3.14.4-3]',
    sentence: 'the will of a client that disconnects with 0x04 is published',
    async run(context) {
      const { watcher, dying, topic } = await willAnd(context);
      dying.send(disconnect(Reason.disconnectWithWillMessage));
      dying.end();
      await receive(watcher, { topic, payload: 'will', what: 'the will of a client that left with 0x04' });
    },
  },
  {
    name: 'disconnect/no-session-expiry',
    proves: '[5:MQTT-3.14.2-2]',
    sentence: 'DISCONNECT from the broker has no Session Expiry Interval',
    async run(context) {
      const { fault } = await disconnected(context);
      const wrong = fault?.clause.includes('MQTT-3.14.2-2') === true;
      must(!wrong, 'DISCONNECT without Session Expiry Interval', 'one with it');
    },
  },
  {
    name: 'disconnect/then-close',
    proves: '[5:MQTT-3.14.4-2]',
    sentence: 'the broker closes the connection behind its DISCONNECT',
    async run({ connect, connectPacket }) {
      const peer = await connect();
      peer.send(connectPacket());
      await peer.expectClosed(undefined, 'the broker closes, behind DISCONNECT if it sends one');
    },
  },
  {
    name: 'disconnect/no-reason-string-too-large',
    proves: '[5:MQTT-3.14.2-3]',
    sentence: 'DISCONNECT leaves out its Reason String where the client takes no packet of that size',
    run: fits,
  },
  {
    name: 'disconnect/no-user-properties-too-large',
    proves: '[5:MQTT-3.14.2-4]',
    sentence: 'DISCONNECT leaves out its User Properties where the client takes no packet of that size',
    run: fits,
  },
];

/** Whatever the connection, and whatever it was closed for. */
export const DISCONNECT_WATCHES: readonly Watch[] = [
  {
    name: 'disconnect/is-last',
    proves: '[5:MQTT-3.14.4-1]',
    sentence: 'behind DISCONNECT the broker sends nothing more',
    open: () => {
      let gone = false;
      return ({ type }) => {
        if (gone) return { expected: 'nothing behind DISCONNECT', seen: `${type.toUpperCase()} behind it` };
        gone = type === 'disconnect';
        return gone ? 'kept' : undefined;
      };
    },
  },
  {
    name: 'disconnect/after-connack',
    proves: '[5:MQTT-3.14.0-1]',
    sentence: 'the broker sends DISCONNECT only behind a CONNACK of success',
    open: () => {
      let connected = false;
      return (seen, bytes) => {
        if (seen.type === 'connack') connected = seen.reasonCode < 0x80;
        // By its first byte: out of its place it is no packet to the decoder.
        if ((bytes[0] ?? 0) >> 4 !== DISCONNECT_TYPE) return undefined;
        return connected
          ? 'kept'
          : { expected: 'CONNACK or a close alone', seen: 'DISCONNECT before CONNACK' };
      };
    },
  },
];
