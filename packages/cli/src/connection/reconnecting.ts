// What is said of a connection that is lost and made again, once for each time, on standard error; and when it is not
// made again. Reconnects nothing itself.

import type { Client, ReconnectOptions } from '@anax/client';
import type { Edges } from '../world/edges.ts';
import { complain } from '../world/verb.ts';
import { saidOf } from './failures.ts';

/** Two programs that take one client identifier from each other would not end: here the first one does. */
export const RECONNECT: ReconnectOptions = { takeOversMax: 0 };

/** @param clear takes away what stands on the line of the terminal, as a progress bar */
export function tellReconnects(
  client: Client,
  verb: string,
  edges: Edges,
  clear: () => void = () => {},
): void {
  let lost = false;
  client.addEventListener('reconnecting', ({ detail: { attempt, error } }) => {
    if (lost && attempt > 1) return;
    lost = true;
    const why = error === undefined ? '' : `: ${saidOf(error)}`;
    clear();
    complain(verb, `the connection is lost${why}; trying again`, edges);
  });
  client.addEventListener('connected', () => {
    if (!lost) return;
    lost = false;
    clear();
    complain(verb, 'connected again', edges);
  });
}
