// New settings for a broker that runs: everything that can fail is done beforehand and can be taken back; then all of it
// holds at once. Owns no socket and no connection; who is ended is said here.

import { isDeepStrictEqual } from 'node:util';
import { Reason } from '@anax/protocol';
import type { Chains } from '../access/chain/chains.ts';
import type { ListenerSettings, Settings } from '../config/settings.ts';
import type { SharedContext } from '../connection/context.ts';
import { placeOf } from '../listeners/open.ts';
import { now } from './clock.ts';
import { contextOf, type Terms, termsOf } from './contexts.ts';
import type { Door, Doors } from './doors.ts';
import type { Reception } from './reception.ts';

/** A listener of the new settings, and the door that it goes on with, if there is one. */
interface Step {
  readonly settings: ListenerSettings;
  readonly terms: Terms;
  readonly door: Door | undefined;
}

/** New doors are open, nobody has come through yet. */
export interface Prepared {
  /** All of it holds from here on. Says how many listeners were opened and closed. */
  readonly commit: () => { readonly opened: number; readonly closed: number };
  /** As if nothing had been. */
  readonly takeBack: () => Promise<void>;
}

/**
 * Files of certificates and keys are read anew, whether their names have changed or not.
 * @throws MqttError `listen-failed`, `invalid-configuration` or what is wrong with the settings; then everything is as before
 */
export async function prepareDoors(
  doors: Doors,
  reception: Reception,
  shared: SharedContext,
  settings: Settings,
  chains: Chains,
): Promise<Prepared> {
  const before = doors.all;
  const unused = [...before];
  const steps = settings.listeners.map((listener): Step => {
    const terms = termsOf(listener, chains);
    const i = unused.findIndex((door) => isSamePlace(door.settings, listener));
    const [door] = i < 0 ? [] : unused.splice(i, 1);
    return { settings: listener, terms, door };
  });
  const inTheWay = before.filter((door) => mustCloseFirst(door, steps));
  // The port is free at once; what has come through stays.
  for (const { listener } of inTheWay) void listener.close();
  const opened: Door[] = [];
  const takeBack = async (): Promise<void> => {
    for (const { listener } of opened) void listener.close();
    const back = new Map<Door, Door>();
    for (const door of inTheWay) back.set(door, await doors.opened(door.settings, door.context));
    doors.set(before.map((door) => back.get(door) ?? door));
  };
  try {
    const next: Door[] = [];
    for (const step of steps) {
      const door = await doorFor(step, doors, shared);
      if (door !== step.door && !isRenamed(door, step)) opened.push(door);
      next.push(door);
    }
    const kept = next.filter((door) => !opened.includes(door)).map(({ listener }) => listener);
    const takeUp = doors.certificates.read(kept);
    const commit = () => {
      doors.set(next);
      takeUp();
      for (const [i, { terms, settings: listener }] of steps.entries()) {
        const { context } = next[i] as Door;
        Object.assign(context, terms);
        context.guests.limit(listener.guestsMax, reception.clientIdsOf(context));
      }
      for (const { listener, context } of unused) {
        if (!inTheWay.some((door) => door.listener === listener)) void listener.close();
        reception.end(Reason.administrativeAction, 'this listener is closed', now(), context);
        // Nobody keeps it up to date any more: what it says of sessions that are left is nothing.
        Object.assign(context, { vouches: () => undefined });
      }
      return { opened: opened.length, closed: unused.length };
    };
    return { commit, takeBack };
  } catch (error) {
    await takeBack();
    throw error;
  }
}

async function doorFor({ settings, terms, door }: Step, doors: Doors, shared: SharedContext): Promise<Door> {
  if (door === undefined) return doors.opened(settings, contextOf(shared, terms, settings.guestsMax));
  if (isSameServer(door.settings, settings)) return { ...door, settings };
  return doors.opened(settings, door.context);
}

/** The server is the one that it was. */
function isRenamed(door: Door, step: Step): boolean {
  return door.listener === step.door?.listener;
}

/** Reopened in its place, or closed where another one is to be opened on its port. */
function mustCloseFirst(door: Door, steps: readonly Step[]): boolean {
  const own = steps.find((step) => step.door === door);
  if (own !== undefined) return !isSameServer(door.settings, own.settings);
  return steps.some((step) => step.door === undefined && areInTheWay(step.settings, door.settings));
}

/** Two addresses may stand for one: a port is enough. */
function areInTheWay({ options: a }: ListenerSettings, { options: b }: ListenerSettings): boolean {
  if (a.protocol === 'unix' || b.protocol === 'unix') return placeOf(a) === placeOf(b);
  return a.port === b.port && a.port !== 0;
}

function isSamePlace({ options: a }: ListenerSettings, { options: b }: ListenerSettings): boolean {
  return a.protocol === b.protocol && placeOf(a) === placeOf(b);
}

/** What a server is made of: nothing of it can be changed while it listens. */
function isSameServer(a: ListenerSettings, b: ListenerSettings): boolean {
  return isDeepStrictEqual({ ...a.options, name: '' }, { ...b.options, name: '' });
}
