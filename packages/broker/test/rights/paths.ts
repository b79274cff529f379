/** Owns the table of the matrix: every way on which a permission has to hold, as it is walked while the client is there and
 * while it is away. Each gives what came once the rights were what they are. Asserts nothing. */

import {
  type Dialect,
  MQTT_3_1_1,
  MQTT_5_0,
  message,
  NO_PROPERTIES,
  type TopicName,
  utf8Bytes,
} from '@anax/protocol';
import { will } from '../packets.ts';
import {
  type Denial,
  FILTERS,
  NAMES,
  STORES,
  type StoreKind,
  SYS,
  type Topics,
  type World,
} from './world.ts';

export const STATES = ['allowed', 'denied', 'revoked while connected', 'revoked while offline'] as const;
export type State = (typeof STATES)[number];

export interface Outcome {
  /** What came to the client in question, or of its will to an observer. */
  readonly came: readonly string[];
  /** What another got in its place. */
  readonly elsewhere?: readonly string[];
  /** Whether its CONNECT was refused. */
  readonly refused?: boolean;
}

type Walk = (world: World) => Promise<Outcome>;

export interface PathRow {
  readonly dialects: readonly Dialect[];
  readonly denials: readonly Denial[];
  /** Where rights are in question while the client is there, and while it is away. */
  readonly connected: Walk;
  readonly offline: Walk;
  /** Stores with which there is something to see while it is away. */
  readonly awayStores: readonly StoreKind[];
  /** What comes where everything may, where it never might, and once it may no longer. */
  readonly whole: readonly string[];
  readonly denied: readonly string[];
  readonly revoked: readonly string[];
}

const BOTH = [MQTT_3_1_1, MQTT_5_0];
const RECEIVING = { dialects: BOTH, denials: ['delivery', 'subscription'], awayStores: STORES } as const;
const ONLY_OPEN = { whole: ['O', 'S'], denied: ['O'], revoked: ['O'] } as const;
/** The will comes or does not. */
const WILL = { denials: ['publication'], whole: ['S'], denied: [], revoked: [] } as const;

const shared = ({ secret, open }: Topics): Topics => ({
  secret: `$share/g/${secret}`,
  open: `$share/g/${open}`,
});

/** As the broker itself publishes. */
function fromServer({ bench }: World, { secret, open }: Topics): void {
  for (const [topic, payload] of [[secret, 'S'] as const, [open, 'O'] as const]) {
    const { POSITIVE_INFINITY } = Number;
    const one = message(
      topic as TopicName,
      utf8Bytes(payload),
      1,
      false,
      NO_PROPERTIES,
      '',
      POSITIVE_INFINITY,
    );
    bench.hub.publish(one, undefined, bench.now);
  }
}

function figures({ bench }: World): void {
  bench.hub.publishSys(SYS.secret as TopicName, utf8Bytes('S'), bench.now);
  bench.hub.publishSys(SYS.open as TopicName, utf8Bytes('O'), bench.now);
}

/** Subscribed, and then `send`: while it is there, and while it is away and once it is back. */
function live(
  filters: Topics,
  send: (world: World) => Promise<void> | void,
): Pick<PathRow, 'connected' | 'offline'> {
  return {
    connected: async (world) => {
      const subject = await world.subject();
      await world.subscribe(subject, filters);
      await world.came(subject);
      await world.revoke();
      await send(world);
      return { came: await world.came(subject) };
    },
    offline: async (world) => {
      const before = await world.subject();
      await world.subscribe(before, filters);
      await world.lose(before);
      await world.revokeAway();
      const subject = await world.subject();
      await send(world);
      return { came: await world.came(subject) };
    },
  };
}

/** Retained messages that a SUBSCRIBE asks for, before rights change under the walk over them, or afterwards. */
function retained(
  filters: Topics,
  keep: (world: World) => Promise<void> | void,
): Pick<PathRow, 'connected' | 'offline'> {
  return {
    connected: async (world) => {
      await keep(world);
      const subject = await world.subject({}, true);
      await world.subscribe(subject, filters);
      await world.revoke();
      await world.drain(subject);
      return { came: await world.came(subject) };
    },
    offline: async (world) => {
      await keep(world);
      const before = await world.subject();
      await world.subscribe(before, filters);
      await world.came(before);
      await world.lose(before);
      await world.revokeAway();
      // Figures are not stored.
      if (filters === SYS) await keep(world);
      const subject = await world.subject();
      await world.came(subject);
      await world.subscribe(subject, filters);
      return { came: await world.came(subject) };
    },
  };
}

/** Sent once and not answered: what comes of it on the next connection. */
function sentAgain(qos: 1 | 2): Pick<PathRow, 'connected' | 'offline'> {
  const sent = async (world: World): Promise<void> => {
    const before = await world.subject();
    await world.subscribe(before, FILTERS, qos);
    await world.publish(NAMES, { qos: 2 });
    before.take();
    await world.lose(before);
  };
  return {
    connected: async (world) => {
      await sent(world);
      const subject = await world.subject({}, true);
      await world.revoke();
      await world.drain(subject);
      return { came: await world.came(subject) };
    },
    offline: async (world) => {
      await sent(world);
      await world.revokeAway();
      return { came: await world.came(await world.subject()) };
    },
  };
}

/** The will of a client, as an observer gets it: live or queued, and retained. */
function lastWill(delaySeconds: number): Pick<PathRow, 'connected' | 'offline'> {
  const properties = delaySeconds === 0 ? {} : { willDelayInterval: delaySeconds };
  const left = { will: will(NAMES.secret, 'S', { qos: 1, retain: true, properties }) };
  const observed = async (world: World, refused: boolean): Promise<Outcome> => {
    const observer = await world.client('observer');
    const came = await world.came(observer);
    const late = await world.client('late');
    await world.subscribe(late, FILTERS);
    return { came, elsewhere: await world.came(late), refused };
  };
  const observing = async (world: World): Promise<void> => {
    const observer = await world.client('observer');
    await world.subscribe(observer, FILTERS);
    await world.lose(observer);
  };
  return {
    connected: async (world) => {
      await observing(world);
      const subject = await world.subject(left);
      const refused = subject.closed;
      await world.revoke();
      await world.lose(subject);
      world.bench.pass(delaySeconds + 1);
      return observed(world, refused);
    },
    offline: async (world) => {
      await observing(world);
      const subject = await world.subject(left);
      const refused = subject.closed;
      // A will without delay is gone with the connection: only the death of the broker comes in between.
      if (delaySeconds > 0) await world.lose(subject);
      await world.revokeAway();
      world.bench.pass(delaySeconds + 1);
      return observed(world, refused);
    },
  };
}

export const PATHS = {
  live: { ...RECEIVING, ...ONLY_OPEN, ...live(FILTERS, (world) => world.publish(NAMES)) },
  'live, QoS 0': {
    ...RECEIVING,
    ...ONLY_OPEN,
    ...live(FILTERS, (world) => world.publish(NAMES, { qos: 0 })),
  },
  'from the server itself': {
    ...RECEIVING,
    ...ONLY_OPEN,
    ...live(FILTERS, (world) => fromServer(world, NAMES)),
  },
  $SYS: { ...RECEIVING, ...ONLY_OPEN, ...live(SYS, figures) },
  '$SYS, retained': { ...RECEIVING, ...ONLY_OPEN, ...retained(SYS, figures) },
  retained: {
    ...RECEIVING,
    ...ONLY_OPEN,
    ...retained(FILTERS, (world) => world.publish(NAMES, { qos: 1, retain: true })),
  },
  replay: {
    ...RECEIVING,
    ...ONLY_OPEN,
    connected: async (world) => {
      const subject = await world.subject();
      await world.subscribe(subject, FILTERS);
      await world.came(subject);
      subject.wire.congested = true;
      await world.publish(NAMES);
      await world.revoke();
      await world.drain(subject);
      return { came: await world.came(subject) };
    },
    offline: async (world) => {
      const before = await world.subject();
      await world.subscribe(before, FILTERS);
      await world.lose(before);
      await world.publish(NAMES);
      await world.revokeAway();
      return { came: await world.came(await world.subject()) };
    },
  },
  'queued from now on': {
    ...RECEIVING,
    ...ONLY_OPEN,
    connected: async (world) => {
      const subject = await world.subject();
      await world.subscribe(subject, FILTERS);
      await world.came(subject);
      await world.revoke();
      subject.wire.congested = true;
      await world.publish(NAMES);
      const { size } = world.bench.hub.session('subject')?.backlog ?? { size: 0 };
      await world.drain(subject);
      return { came: await world.came(subject), elsewhere: [String(size)] };
    },
    offline: async (world) => {
      const before = await world.subject();
      await world.subscribe(before, FILTERS);
      await world.lose(before);
      await world.revokeAway();
      await world.publish(NAMES);
      const { size } = world.bench.hub.session('subject')?.backlog ?? { size: 0 };
      return { came: await world.came(await world.subject()), elsewhere: [String(size)] };
    },
  },
  'sent again, QoS 1': { ...RECEIVING, ...ONLY_OPEN, ...sentAgain(1) },
  // The client may hold the packet identifier: PUBREL frees it.
  'sent again, QoS 2': {
    ...RECEIVING,
    ...ONLY_OPEN,
    revoked: ['O', 'release'],
    ...sentAgain(2),
  },
  shared: {
    ...RECEIVING,
    // 3.x has them where a setting says so: the rows of 5.0 are the same code.
    dialects: [MQTT_5_0],
    ...ONLY_OPEN,
    // The other member is behind: who may have it is chosen before.
    connected: async (world) => {
      const subject = await world.subject();
      await world.subscribe(subject, shared(FILTERS), 1);
      await world.came(subject);
      const other = await world.client('other');
      await world.subscribe(other, shared(FILTERS), 1);
      await world.came(other);
      await world.revoke();
      other.wire.congested = true;
      await world.publish(NAMES);
      await world.drain(other);
      return { came: await world.came(subject), elsewhere: await world.came(other) };
    },
    // Queued for the only member there was; another comes.
    offline: async (world) => {
      const before = await world.subject();
      await world.subscribe(before, shared(FILTERS), 1);
      await world.lose(before);
      await world.publish(NAMES);
      const first = await world.client('other');
      await world.subscribe(first, shared(FILTERS), 1);
      await world.came(first);
      await world.revokeAway();
      const other = world.isRestarted ? await world.client('other') : first;
      return { came: await world.came(await world.subject()), elsewhere: await world.came(other) };
    },
  },
  will: {
    ...WILL,
    dialects: BOTH,
    awayStores: ['restarted', 'down'],
    ...lastWill(0),
  },
  // 3.x knows no delay.
  'delayed will': { ...WILL, dialects: [MQTT_5_0], awayStores: STORES, ...lastWill(30) },
} as const satisfies Record<string, PathRow>;

export type Path = keyof typeof PATHS;
