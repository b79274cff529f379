// How a run comes to rest, so that what was promised can be checked; and how it ends, so that what is left can.

import type { Message } from '../../../packages/client/src/index.ts';
import { RETAINED } from '../model/model.ts';
import { broken } from '../model/violation.ts';
import { Actor, type ConnectFacts } from './actor.ts';
import type { World } from './world.ts';

/** Time for both ends to learn of every cut. */
const LEARN_MS = 3500;
/** Longer than the longest way there and back: what is under way arrives. */
const ROUND_MS = 600;
const ROUNDS_MAX = 100;
/** Longer than any delay that a client asks for, so that no timer is left. */
const END_MS = 8000;

const KEEPS: ConnectFacts = {
  cleanStart: false,
  expirySeconds: 3600,
  receiveMaximum: 0xffff,
  topicAliasMaximum: 0,
  keepAlive: 0,
  will: undefined,
};

/** Everybody is connected, takes what it held, and waits until nothing more comes. */
export function settle(world: World): void {
  const { actors } = world;
  world.inCalm(() => {
    for (let round = 0; round < ROUNDS_MAX; round++) {
      for (const actor of actors) if (actor.isIdle && world.power.isUp) actor.connect(KEEPS);
      for (const actor of actors) actor.takeAll();
      world.pass(round === 0 ? LEARN_MS : ROUND_MS);
      if (!world.isQuiet) continue;
      world.pass(ROUND_MS);
      if (world.isQuiet) return world.model.settled();
    }
    broken('settled', 'client and broker do not come to rest');
  });
}

/** Everything is settled, looked at from outside, and taken down. */
export function finish(world: World): void {
  world.power.disarm();
  settle(world);
  world.power.disarm();
  world.inCalm(() => takeDown(world));
}

function takeDown(world: World): void {
  const topics = auditRetained(world);
  for (const actor of world.actors) actor.disconnect(0, actor.dialect.properties ? 0 : undefined);
  world.pass(END_MS);
  // What an older dialect keeps ends only with a clean session.
  for (const actor of world.actors) {
    if (actor.dialect.properties) continue;
    actor.connect({ ...KEEPS, cleanStart: true });
    world.pass(100);
    actor.disconnect(0, undefined);
  }
  world.pass(END_MS);
  clear(world, topics);
  world.pass(END_MS);
  requireNothingLeft(world);
}

/** Somebody new looks at what is retained. */
function auditRetained(world: World): readonly string[] {
  const auditor = new Actor(world, 'auditor', '5.0');
  const inbox: Message[] = [];
  auditor.inbox = inbox;
  auditor.connect({ ...KEEPS, cleanStart: true, expirySeconds: 0 });
  world.pass(100);
  const filter = `${RETAINED}#`;
  const options = {
    noLocal: false,
    retainAsPublished: false,
    retainHandling: 0,
    identifier: undefined,
  } as const;
  auditor.subscribe([{ filter, qos: 2, ...options }]);
  world.pass(1000);
  world.model.retained(inbox);
  auditor.disconnect(0, undefined);
  world.pass(100);
  return inbox.map((message) => message.topic);
}

/** When nobody is there who would get it: what is retained is the last that a store has. */
function clear(world: World, topics: readonly string[]): void {
  const auditor = new Actor(world, 'auditor', '5.0');
  auditor.connect({ ...KEEPS, cleanStart: true, expirySeconds: 0 });
  world.pass(100);
  for (const topic of topics) auditor.publish({ topic, qos: 1, retain: true, clears: true }, 0);
  world.pass(100);
  auditor.disconnect(0, undefined);
}

function requireNothingLeft({ broker: { hub, context }, actors, power }: World): void {
  const { messages, bytes } = hub.held;
  const left = {
    sessions: hub.sessionCount,
    subscriptions: hub.subscriptionCount,
    'shared subscriptions': hub.sharedSubscriptionCount,
    'messages kept': messages,
    'bytes kept': bytes,
    connections: context.clients.connected,
    'retained messages': hub.retainedCount,
    rows: power.store?.size ?? 0,
    timers: hub.wheel.size,
    'clients that wait': actors.filter((actor) => !actor.isIdle || actor.waits).length,
  };
  for (const [what, count] of Object.entries(left))
    if (count !== 0) broken('leak', `${count} ${what} are left at the end`);
}
