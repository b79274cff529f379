// What may happen, as fast-check commands: drawn at random, run one after the other, left out one by one when a run that
// failed is made shorter.

import type { QoS } from '@anax/protocol';
import fc from 'fast-check';
import type { Actor } from './world/actor.ts';
import { setReceiveMaximum } from './world/broker.ts';
import { settle } from './world/ending.ts';
import { DIALECT_OF, type World } from './world/world.ts';

export type Step = fc.Command<World, World>;

/** When something can happen, and what it is. */
interface Deed {
  readonly text: string;
  readonly can: (world: World) => boolean;
  readonly act: (world: World) => void;
}

class Command implements Step {
  readonly #deed: Deed;
  readonly #salt: number;
  readonly #gapMs: number;

  constructor(deed: Deed, salt: number, gapMs: number) {
    this.#deed = deed;
    this.#salt = salt;
    this.#gapMs = gapMs;
  }

  check(world: World): boolean {
    return this.#deed.can(world);
  }

  run(world: World): void {
    world.trace?.(`${world.clock.now} ${this.toString()}`);
    world.begin(this.#salt);
    this.#deed.act(world);
    world.pass(this.#gapMs);
  }

  toString(): string {
    return `${this.#deed.text}, then ${this.#gapMs} ms`;
  }
}

const client = fc.nat({ max: Object.keys(DIALECT_OF).length - 1 });
const qos = fc.constantFrom<QoS>(0, 1, 1, 2, 2);
const topic = fc.constantFrom('a/x', 'a/x', 'a/y', 'b/x', 's/1', 's/2', 'r/1', 'r/2');
/** The topics of shared subscriptions, retained messages and wills are apart: what the model knows of them is other. */
const filter = fc.constantFrom(
  'a/x',
  'a/+',
  'a/#',
  '+/x',
  'b/x',
  'r/+',
  'r/1',
  'w/#',
  ...['$share/g/s/1', '$share/h/s/2'],
);
const gapMs = fc.oneof(
  { weight: 5, arbitrary: fc.constant(0) },
  { weight: 4, arbitrary: fc.nat({ max: 20 }) },
  { weight: 3, arbitrary: fc.nat({ max: 400 }) },
);
/** Seconds; the last outlives every run. */
const expiry = fc.constantFrom(0, 2, 5, 3600, 0xffff_ffff);

const connectFacts = fc.record({
  cleanStart: fc.constantFrom(false, false, false, true),
  expirySeconds: expiry,
  receiveMaximum: fc.constantFrom(1, 2, 5, 0xffff),
  topicAliasMaximum: fc.constantFrom(0, 0, 2),
  keepAlive: fc.constantFrom(0, 1, 3),
  will: fc.option(
    fc.record({ topic: fc.constantFrom('w/x', 'w/y'), qos, delaySeconds: fc.constantFrom(0, 0, 1) }),
    { nil: undefined },
  ),
});

const subscribeFacts = fc.record({
  filter,
  qos,
  noLocal: fc.constantFrom(false, false, true),
  retainAsPublished: fc.boolean(),
  retainHandling: fc.constantFrom<0 | 1 | 2>(0, 1, 2),
});

/** One client does it, where it can. */
function one<T>(
  arbitrary: fc.Arbitrary<T>,
  name: string,
  can: (actor: Actor) => boolean,
  act: (actor: Actor, facts: T, world: World) => void,
): fc.Arbitrary<Deed> {
  return fc.tuple(client, arbitrary).map(([index, facts]) => {
    const said = facts === null ? '' : ` ${JSON.stringify(facts)}`;
    const is = ({ actors }: World): Actor => actors[index] as Actor;
    return {
      text: `c${index} ${name}${said}`,
      can: (world) => can(is(world)) && (name !== 'connects' || world.power.isUp),
      act: (world) => act(is(world), facts, world),
    };
  });
}

function all(text: string, act: (world: World) => void): fc.Arbitrary<Deed> {
  return fc.constant({ text, can: () => true, act });
}

const isIdle = (actor: Actor): boolean => actor.isIdle;
const isConnected = (actor: Actor): boolean => actor.isConnected;
const nothing = fc.constant(null);

const connect = one(connectFacts, 'connects', isIdle, (actor, facts) => actor.connect(facts));

const subscribe = one(
  fc.uniqueArray(subscribeFacts, { minLength: 1, maxLength: 3, selector: (facts) => facts.filter }),
  'subscribes',
  isConnected,
  (actor, filters) => {
    const identifier = 1 + filters.length + (filters[0]?.qos ?? 0);
    const isGroup = (name: string): boolean => name.startsWith('$share/');
    // 3.x has no shared subscriptions; in 5.0 No Local with one is an error. [5:MQTT-3.8.3-4]
    const possible = filters.filter(
      ({ filter: name }) => actor.dialect.sharedSubscriptions || !isGroup(name),
    );
    if (possible.length === 0) return;
    actor.subscribe(
      possible.map((facts) => ({ ...facts, identifier, noLocal: facts.noLocal && !isGroup(facts.filter) })),
    );
  },
);

const unsubscribe = one(filter, 'unsubscribes', isConnected, (actor, name) => {
  if (actor.dialect.sharedSubscriptions || !name.startsWith('$share/')) actor.unsubscribe(name);
});

const publish = one(
  fc.record({
    topic,
    qos,
    count: fc.constantFrom(1, 1, 1, 2, 3, 8),
    clears: fc.constantFrom(false, false, false, true),
    padding: fc.constantFrom(0, 0, 0, 300),
  }),
  'publishes',
  isConnected,
  (actor, { topic: name, count, padding, ...facts }) => {
    const retain = name.startsWith('r/');
    for (let left = count; left > 0; left--)
      actor.publish({ topic: name, qos: facts.qos, retain, clears: retain && facts.clears }, padding);
  },
);

const disconnect = one(
  fc.record({
    withWill: fc.boolean(),
    expirySeconds: fc.option(fc.constantFrom(0, 2, 3600), { nil: undefined }),
  }),
  'disconnects',
  isConnected,
  (actor, { withWill, expirySeconds }) => {
    const { dialect, circuit } = actor;
    if (!dialect.properties) return actor.disconnect(0, undefined);
    // Who asked for no session at CONNECT may not ask for one now. [5:3.14.2.2.2]
    const had = circuit?.connect?.properties.sessionExpiryInterval ?? 0;
    actor.disconnect(withWill ? 4 : 0, had > 0 ? expirySeconds : undefined);
  },
);

const afterMs = fc.oneof(fc.constant(0), fc.nat({ max: 100 }), fc.nat({ max: 3000 }));
const cut = one(
  fc.record({ clientAfterMs: afterMs, brokerAfterMs: afterMs }),
  'is cut off',
  (actor) => !actor.isIdle,
  (actor, { clientAfterMs, brokerAfterMs }, world) => world.cut(actor, clientAfterMs, brokerAfterMs),
);

const hold = one(
  nothing,
  'takes no messages',
  (actor) => !actor.holds,
  (actor) => {
    actor.holds = true;
  },
);
const take = one(
  fc.nat({ max: 7 }),
  'takes a message',
  (actor) => actor.holdsSomething,
  (actor, index) => actor.take(index),
);
const takeAll = one(
  nothing,
  'takes all messages',
  (actor) => actor.holds,
  (actor) => actor.takeAll(),
);

const wait = fc.constantFrom(1000, 2500, 6000).map((ms) => ({
  text: `${ms} ms pass`,
  can: () => true,
  act: (world: World) => world.pass(ms),
}));

const receiveMaximum = fc.constantFrom(1, 3, 1024).map((most) => ({
  text: `the broker's Receive Maximum is ${most} from now on`,
  can: () => true,
  act: ({ broker }: World) => setReceiveMaximum(broker, most),
}));

const death = fc.record({
  downMs: fc.constantFrom(0, 10, 300, 2500),
  linksLive: fc.constantFrom(true, true, false),
});
const canDie = ({ store, power }: World): boolean => store !== undefined && power.isUp;

const crash = death.map((facts) => ({
  text: `the broker dies ${JSON.stringify(facts)}`,
  can: canDie,
  act: ({ power }: World) => power.die(facts),
}));

const crashAt = fc.tuple(fc.integer({ min: 1, max: 30 }), death).map(([effects, facts]) => ({
  text: `the broker dies after ${effects} effects ${JSON.stringify(facts)}`,
  can: canDie,
  act: ({ power }: World) => power.arm(effects, facts),
}));

const restart = death.map(({ downMs }) => ({
  text: `the broker is stopped and started again ${downMs} ms later`,
  can: canDie,
  act: ({ power }: World) => power.stop({ downMs, linksLive: true }),
}));

/** How often each is drawn. */
const deeds = fc.oneof(
  { weight: 16, arbitrary: connect },
  { weight: 14, arbitrary: subscribe },
  { weight: 3, arbitrary: unsubscribe },
  { weight: 36, arbitrary: publish },
  { weight: 3, arbitrary: disconnect },
  { weight: 6, arbitrary: cut },
  { weight: 3, arbitrary: hold },
  { weight: 6, arbitrary: take },
  { weight: 3, arbitrary: takeAll },
  { weight: 3, arbitrary: wait },
  { weight: 1, arbitrary: receiveMaximum },
  { weight: 1, arbitrary: crash },
  { weight: 2, arbitrary: crashAt },
  { weight: 1, arbitrary: restart },
  { weight: 1, arbitrary: all('everything settles', settle) },
);

const salt = fc.noShrink(fc.integer({ min: 0, max: 0x7fff_ffff }));

export const command: fc.Arbitrary<Step> = fc
  .tuple(deeds, salt, gapMs)
  .map(([deed, drawn, gap]) => new Command(deed, drawn, gap));
