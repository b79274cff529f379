// A reload: may these settings follow those, what changes by them, and who has to leave. Everything that can fail comes before
// `commit`, which cannot.

import { MqttError } from '@anax/protocol';
import type { AdmissionOptions } from '../access/admission.ts';
import { Policy } from '../access/policy.ts';
import { atNextStart, changedKeys, protectionGone } from '../config/origin.ts';
import type { Settings } from '../config/settings.ts';
import type { Context, SharedContext } from '../connection/context.ts';
import type { Note } from '../hub/notes.ts';
import type { BrokerHooks } from '../options.ts';
import { absentRights } from './absent.ts';
import { chainsOf, embeddedTerms } from './contexts.ts';
import type { Doors } from './doors.ts';
import type { Reception } from './reception.ts';
import { prepareDoors } from './renewal.ts';

/** What a reload did. */
export interface Reloaded {
  /** Keys that have another value now, and files that hold something else. */
  readonly changed: readonly string[];
  /** Those of them that hold from the next start on. */
  readonly atNextStart: readonly string[];
  readonly listenersOpened: number;
  readonly listenersClosed: number;
  /** Clients that are not let in any more. */
  readonly disconnected: number;
}

/** What runs. */
export interface Running {
  readonly doors: Doors;
  readonly reception: Reception;
  readonly shared: SharedContext;
  readonly embedded: Context;
}

export interface Renewal {
  readonly commit: (now: number) => Reloaded;
}

export function admissionOf({ admission, limits }: Settings): AdmissionOptions {
  return { ...admission, ...limits };
}

/** @throws MqttError; then everything is as before */
export async function prepare(
  before: Settings,
  after: Settings,
  hooks: BrokerHooks,
  { doors, reception, shared, embedded }: Running,
): Promise<Renewal> {
  refuseOpening(before, after);
  const chains = chainsOf(after, hooks, shared.hub.note);
  const changed = changedKeys(before.origin, after.origin);
  const terms = embeddedTerms(after, chains);
  const policy = new Policy(after.access);
  const absent = absentRights(after, hooks, shared.policy, chains);
  const prepared = await prepareDoors(doors, reception, shared, after, chains);
  return {
    commit: (now) => {
      const { opened, closed } = prepared.commit();
      Object.assign(embedded, terms);
      shared.policy.follow(policy);
      shared.admission.change(admissionOf(after));
      shared.guard.obey(after.abuse);
      const { disconnected } = reception.review(shared, absent, now);
      return {
        changed,
        atNextStart: atNextStart(changed),
        listenersOpened: opened,
        listenersClosed: closed,
        disconnected,
      };
    },
  };
}

function refuseOpening({ origin: before }: Settings, { origin: after }: Settings): void {
  const gone = protectionGone(before, after);
  if (gone.length === 0) return;
  const keys = gone.map((key) => `\`${key}\``).join(', ');
  const text = `${keys} was given and is not any more: a reload takes no protection away. Give it another value, or start anew`;
  throw new MqttError('would-open', text);
}

export function reloadedNote({ changed, atNextStart: later, disconnected, ...rest }: Reloaded): Note {
  const { listenersOpened, listenersClosed } = rest;
  const parts = [
    changed.length === 0 ? 'nothing has changed' : `changed: ${changed.join(', ')}`,
    ...(later.length === 0 ? [] : [`holds from the next start on: ${later.join(', ')}`]),
    ...(listenersOpened === 0 ? [] : [`listeners opened: ${listenersOpened}`]),
    ...(listenersClosed === 0 ? [] : [`listeners closed: ${listenersClosed}`]),
    ...(disconnected === 0 ? [] : [`clients not let in any more: ${disconnected}`]),
  ];
  return { event: 'reloaded', text: parts.join('; '), keys: changed };
}

/** What is wrong, in all its sentences; and that nothing has changed. */
export function failedNote(error: unknown): Note {
  const why = error instanceof Error ? error.message : String(error);
  return { event: 'reload-failed', text: `the settings stay as they were: ${why.replaceAll('\n', '; ')}` };
}
