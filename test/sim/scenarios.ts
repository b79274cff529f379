// Short scripts of what the broker promises, so short that it can be made to die after each single thing that it does.
// Nothing here is drawn: a script is played once to its end, to see how much there is, and once for each place to die.

import type { QoS } from '@anax/protocol';
import type { Actor, ConnectFacts } from './world/actor.ts';
import { finish } from './world/ending.ts';
import type { Death } from './world/power.ts';
import { type Sabotage, type Settings, World } from './world/world.ts';

/** One after the other; who cannot do it, as the broker is away, leaves it out. */
type Script = readonly ((world: World) => void)[];

export interface Scenario {
  readonly name: string;
  readonly script: Script;
}

const SETTINGS: Settings = {
  seed: 4,
  limits: {},
  weather: { delayMs: 1, jitterMs: 0, piecesMax: 1 },
  store: { commitMsMax: 4, failsPercent: 0 },
};
/** Between two steps, in ms: all that a step brings is over, or half of it. */
const GAPS_MS = [40, 3];
/** What is under way arrives, or is lost. */
const DEATHS: readonly Death[] = [
  { downMs: 20, linksLive: true },
  { downMs: 20, linksLive: false },
];

const STAYS: ConnectFacts = {
  cleanStart: false,
  expirySeconds: 3600,
  receiveMaximum: 0xffff,
  topicAliasMaximum: 0,
  keepAlive: 0,
  will: undefined,
};

type Who = 0 | 1 | 2 | 3;

function act(who: Who, can: (actor: Actor) => boolean, what: (actor: Actor) => void): Script[number] {
  return (world) => {
    const actor = world.actors[who] as Actor;
    if (can(actor) && world.power.isUp) what(actor);
  };
}

const isIdle = (actor: Actor): boolean => actor.isIdle;
const isConnected = (actor: Actor): boolean => actor.isConnected;

const connects = (who: Who, facts: Partial<ConnectFacts> = {}): Script[number] =>
  act(who, isIdle, (actor) => actor.connect({ ...STAYS, ...facts }));

const subscribes = (who: Who, filter: string, qos: QoS): Script[number] =>
  act(who, isConnected, (actor) =>
    actor.subscribe([
      { filter, qos, noLocal: false, retainAsPublished: false, retainHandling: 0, identifier: undefined },
    ]),
  );

const unsubscribes = (who: Who, filter: string): Script[number] =>
  act(who, isConnected, (actor) => actor.unsubscribe(filter));

const publishes = (who: Who, topic: string, qos: QoS, clears = false): Script[number] =>
  act(who, isConnected, (actor) => actor.publish({ topic, qos, retain: topic.startsWith('r/'), clears }, 0));

const leaves = (who: Who): Script[number] => act(who, isConnected, (actor) => actor.disconnect(0, undefined));

const isCutOff = (who: Who): Script[number] => act(who, isConnected, (actor) => actor.circuit?.cut(0, 0));

/** A second connection while the first is still there, as far as the broker knows. */
const isTakenOver =
  (who: Who, facts: Partial<ConnectFacts> = {}): Script[number] =>
  (world) => {
    const actor = world.actors[who] as Actor;
    if (!actor.isConnected || !world.power.isUp) return;
    actor.circuit?.cut(0, 500);
    world.pass(1);
    actor.connect({ ...STAYS, ...facts });
  };

const stops: Script[number] = ({ power }) => power.stop({ downMs: 20, linksLive: true });

const both = (who: Who, topic: string): Script => [publishes(who, topic, 1), publishes(who, topic, 2)];

export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'QoS 1 and 2 to somebody who is there',
    script: [connects(0), subscribes(0, 'a/x', 2), connects(1), ...both(1, 'a/x'), ...both(1, 'a/x')],
  },
  {
    name: 'QoS 1 and 2 to somebody who is not',
    script: [connects(0), subscribes(0, 'a/x', 2), leaves(0), connects(1), ...both(1, 'a/x'), connects(0)],
  },
  {
    name: 'QoS 1 and 2 to sessions of 3.1.1 and to one that takes one at a time',
    script: [
      connects(3),
      subscribes(3, 'a/x', 2),
      connects(2, { receiveMaximum: 1 }),
      subscribes(2, 'a/+', 1),
      connects(1),
      ...both(1, 'a/x'),
      isCutOff(3),
      ...both(1, 'a/x'),
      connects(3),
    ],
  },
  {
    name: 'retained messages, replaced and removed',
    script: [
      connects(0),
      publishes(0, 'r/1', 1),
      publishes(0, 'r/2', 2),
      publishes(0, 'r/1', 2),
      publishes(0, 'r/2', 1, true),
      connects(1),
      subscribes(1, 'r/+', 2),
    ],
  },
  {
    name: 'subscriptions, replaced and removed',
    script: [
      connects(0),
      subscribes(0, 'a/x', 1),
      subscribes(0, 'a/x', 2),
      connects(1),
      publishes(1, 'a/x', 2),
      unsubscribes(0, 'a/x'),
      publishes(1, 'a/x', 2),
      leaves(0),
      publishes(1, 'a/x', 1),
      connects(0),
    ],
  },
  {
    name: 'a session that is taken over, kept and discarded',
    script: [
      connects(0),
      subscribes(0, 'a/x', 2),
      connects(1),
      ...both(1, 'a/x'),
      isTakenOver(0),
      ...both(1, 'a/x'),
      isTakenOver(0, { cleanStart: true }),
      subscribes(0, 'a/x', 1),
      publishes(1, 'a/x', 2),
    ],
  },
  {
    name: 'wills, at once and late, of sessions kept or not',
    script: [
      connects(0),
      subscribes(0, 'w/#', 2),
      connects(1, { will: { topic: 'w/x', qos: 2, delaySeconds: 0 } }),
      connects(2, { expirySeconds: 0, will: { topic: 'w/y', qos: 1, delaySeconds: 0 } }),
      connects(3, { will: { topic: 'w/x', qos: 1, delaySeconds: 0 } }),
      isCutOff(1),
      connects(1, { will: { topic: 'w/y', qos: 1, delaySeconds: 1 } }),
      isCutOff(1),
      leaves(3),
    ],
  },
  {
    name: 'a shared subscription whose members come and go',
    script: [
      connects(0),
      subscribes(0, '$share/g/s/1', 1),
      connects(1),
      subscribes(1, '$share/g/s/1', 2),
      connects(3),
      ...both(3, 's/1'),
      isCutOff(0),
      ...both(3, 's/1'),
      unsubscribes(1, '$share/g/s/1'),
      publishes(3, 's/1', 1),
      connects(0),
    ],
  },
  {
    name: 'a broker that is stopped in order',
    script: [
      connects(0),
      subscribes(0, 'a/x', 2),
      connects(1, { will: { topic: 'w/x', qos: 1, delaySeconds: 0 } }),
      ...both(1, 'a/x'),
      stops,
      connects(1),
      ...both(1, 'a/x'),
    ],
  },
];

export interface Point {
  readonly scenario: string;
  readonly gapMs: number;
  readonly death: Death;
  /** It dies after so many effects. */
  readonly effects: number;
}

export interface Broken {
  readonly point: Point;
  readonly error: Error;
}

/** Lets the broker die once after each effect of each scenario. Returns the first that breaks a promise. */
export function everyPoint(sabotage?: Sabotage): {
  readonly points: number;
  readonly broken: Broken | undefined;
} {
  let points = 0;
  for (const { name, script } of SCENARIOS) {
    for (const gapMs of GAPS_MS) {
      const whole = playedTo(script, gapMs, sabotage, undefined, 0);
      if (whole instanceof Error)
        return {
          points,
          broken: { point: { scenario: name, gapMs, death: NEVER_DIES, effects: 0 }, error: whole },
        };
      for (const death of DEATHS) {
        for (let effects = 1; effects <= whole; effects++) {
          points += 1;
          const error = playedTo(script, gapMs, sabotage, death, effects);
          if (error instanceof Error)
            return { points, broken: { point: { scenario: name, gapMs, death, effects }, error } };
        }
      }
    }
  }
  return { points, broken: undefined };
}

const NEVER_DIES: Death = { downMs: 0, linksLive: true };

/** How many effects there were, or what was broken. */
function playedTo(
  script: Script,
  gapMs: number,
  sabotage: Sabotage | undefined,
  death: Death | undefined,
  effects: number,
  trace?: (line: string) => void,
): number | Error {
  const world = new World(SETTINGS, sabotage);
  world.trace = trace;
  if (death !== undefined) world.power.arm(effects, death);
  try {
    for (const [index, step] of script.entries()) {
      world.begin(index);
      step(world);
      world.pass(gapMs);
    }
    world.pass(40);
    const count = world.power.effects;
    finish(world);
    return count;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** Every packet of a point that broke a promise. */
export function traceOf({ scenario, gapMs, death, effects }: Point, sabotage?: Sabotage): string[] {
  const lines: string[] = [];
  const script = SCENARIOS.find(({ name }) => name === scenario)?.script ?? [];
  playedTo(script, gapMs, sabotage, effects === 0 ? undefined : death, effects, (line) => lines.push(line));
  return lines;
}
