// The states from which fuzzing begins, each brought about by packets in order. A table: what is here is what is reached.

import {
  type ConnectPacket,
  type Dialect,
  encodePacket,
  MQTT_3_1,
  MQTT_3_1_1,
  MQTT_5_0,
  type Packet,
  type QoS,
} from '@anax/protocol';
import { ack, connect, publish, subscribe, will } from '../../../packages/broker/test/bench.ts';
import { authPacket } from '../client-packets.ts';
import type { Random } from '../random.ts';
import type { Hostile } from './hostile.ts';

/** What a state is made with. */
export interface Stage {
  readonly random: Random;
  readonly dialect: Dialect;
  /** A new connection of which nothing has come. */
  open(): Hostile;
  /** Whole packets, in order; they count as inputs of nobody. */
  say(peer: Hostile, ...packets: readonly Packet[]): void;
}

export const DIALECTS: readonly Dialect[] = [MQTT_3_1, MQTT_3_1_1, MQTT_5_0, MQTT_5_0];
const KEPT = { cleanStart: false } as const;

/** A CONNECT that is let in, with properties where the dialect has them. */
function greeting({ dialect, random }: Stage, facts: Partial<ConnectPacket> = {}): ConnectPacket {
  const properties = dialect.properties
    ? {
        sessionExpiryInterval: 10,
        receiveMaximum: random.pick([1, 3, 8]),
        topicAliasMaximum: 2,
        ...facts.properties,
      }
    : {};
  return connect(dialect, { clientId: `h${random.below(4)}`, ...facts, properties });
}

function opened(stage: Stage, facts?: Partial<ConnectPacket>): Hostile {
  const peer = stage.open();
  stage.say(peer, greeting(stage, facts));
  return peer;
}

/** A second peer that publishes to what the first may have subscribed to. */
function fed(stage: Stage, qos: QoS, count: number): Hostile {
  const feeder = opened(stage, { clientId: 'h-feeder' });
  for (let n = 1; n <= count; n++)
    stage.say(feeder, publish('a/b', `${n}`, { qos, packetId: qos === 0 ? 0 : n }));
  return feeder;
}

type State = (stage: Stage) => readonly Hostile[];

export const STATES: Readonly<Record<string, State>> = {
  'awaiting-connect': (stage) => [stage.open()],
  'awaiting-connect, half a CONNECT has come': (stage) => {
    const peer = stage.open();
    const bytes = encodePacket(greeting(stage), stage.dialect);
    peer.receive(bytes.subarray(0, 1 + stage.random.below(bytes.length - 1)), 0);
    return [peer];
  },
  authenticating: (stage) => {
    if (!stage.dialect.enhancedAuthentication) return [opened(stage)];
    const peer = opened(stage, { properties: { authenticationMethod: 'steps' } });
    if (stage.random.chance(0.5)) stage.say(peer, authPacket(stage.random));
    return [peer];
  },
  'authenticating, the authenticator takes its time': (stage) => [
    opened(stage, { userName: stage.random.pick(['slow', 'slow-refused']) }),
  ],
  open: (stage) => [opened(stage)],
  're-authenticating': (stage) => {
    if (!stage.dialect.enhancedAuthentication) return [opened(stage)];
    const properties = { authenticationMethod: 'steps' };
    const peer = opened(stage, { properties });
    const step = { type: 'auth', reasonCode: 0x18, properties } as const;
    stage.say(peer, step, step, step, { ...step, reasonCode: 0x19 });
    return [peer];
  },
  'open with a will': (stage) => {
    const { random, dialect } = stage;
    const properties = dialect.properties ? { willDelayInterval: random.pick([0, 5]) } : {};
    const facts = { qos: random.pick([0, 1, 2] as const), retain: random.chance(0.5), properties };
    return [opened(stage, { will: will('a/b', 'gone', facts) }), opened(stage)];
  },
  'a session resumed with what it is owed': (stage) => {
    const peer = opened(stage, { ...KEPT, clientId: 'h-kept' });
    stage.say(peer, subscribe('a/#', { qos: 2 }));
    peer.lost(0);
    const feeders = [fed(stage, 1, 3), fed(stage, 2, 3)];
    return [opened(stage, { ...KEPT, clientId: 'h-kept' }), ...feeders];
  },
  'messages under way both ways': (stage) => {
    const peer = opened(stage);
    stage.say(peer, subscribe('a/#', { qos: 2 }), subscribe('+/b', { qos: 1, packetId: 2 }));
    const qos = stage.random.pick([1, 2] as const);
    for (let packetId = 1; packetId <= 4; packetId++)
      stage.say(peer, publish('a/b', 'mine', { qos: 2, packetId }));
    const [first = 1] = peer.underWay;
    stage.say(peer, ack('pubrel', 1), ack(qos === 2 ? 'pubrec' : 'puback', first));
    return [peer, fed(stage, qos, 4)];
  },
  'shared subscriptions': (stage) => {
    const members = [opened(stage, { ...KEPT, clientId: 'h1' }), opened(stage, { ...KEPT, clientId: 'h2' })];
    for (const member of members) stage.say(member, subscribe('$share/g/a/#', { qos: 2 }));
    return [...members, fed(stage, 2, 4)];
  },
  'topic aliases both ways': (stage) => {
    const peer = opened(stage);
    stage.say(peer, subscribe('a/#', { qos: 0 }));
    const aliased = (topic: string): Packet =>
      publish(topic, '1', stage.dialect.properties ? { properties: { topicAlias: 1 } } : {});
    stage.say(peer, aliased('a/b'), ...(stage.dialect.properties ? [aliased('')] : []));
    return [peer, fed(stage, 0, 3)];
  },
  'behind a socket that takes nothing': (stage) => {
    const peer = opened(stage);
    stage.say(peer, subscribe('#', { qos: 2 }));
    peer.wire.congested = true;
    return [peer, fed(stage, 1, 3)];
  },
  closing: (stage) => {
    const peer = opened(stage);
    stage.say(peer, { type: 'disconnect', reasonCode: 0, properties: {} });
    return [peer];
  },
};
