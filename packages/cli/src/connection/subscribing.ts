// What `sub` and `record` say of the filters they ask for: which are none, and what the broker granted.

import type { FiltersResult, Subscription } from '@anax/client';
import {
  type Dialect,
  MqttError,
  type QoS,
  reasonTitle,
  sharedFilterProblem,
  topicFilterProblem,
} from '@anax/protocol';
import { type Edges, UsageError } from '../world/edges.ts';
import { complain } from '../world/verb.ts';
import { isConnectionFailure, saidOf } from './failures.ts';

/** @throws UsageError where there is none, or one of them is no filter. */
export function requireFilters(filters: readonly string[], dialect: Dialect): void {
  if (filters.length === 0) throw new UsageError('give --topic');
  for (const filter of filters) requireFilter(filter, dialect);
}

function requireFilter(text: string, dialect: Dialect): void {
  const problem = dialect.sharedSubscriptions ? sharedFilterProblem(text) : topicFilterProblem(text);
  if (problem === undefined) return;
  throw new UsageError(`--topic ${JSON.stringify(text)} ${problem.message} ${problem.clause}`);
}

/** Whether any filter was granted. What is refused, or granted with a lower QoS, is told in the name of the verb. */
export async function isGranted(
  { granted }: Pick<Subscription, 'granted'>,
  qos: QoS,
  verb: string,
  edges: Edges,
): Promise<boolean> {
  try {
    return tellGranted(await untilStopped(granted, edges.stopped()), qos, verb, edges);
  } catch (error) {
    // The client knows that this broker takes no such filter.
    if (!(error instanceof MqttError) || isConnectionFailure(error)) throw error;
    complain(verb, saidOf(error), edges);
    return false;
  }
}

/** A signal of the subscription would unsubscribe, also where the session is to be kept. */
function untilStopped<T>(result: Promise<T>, stopped: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(new MqttError('aborted', 'stopped while SUBACK came'));
    if (stopped.aborted) stop();
    stopped.addEventListener('abort', stop, { once: true });
    result.then(resolve, reject).finally(() => stopped.removeEventListener('abort', stop));
  });
}

function tellGranted({ filters, properties }: FiltersResult, qos: QoS, verb: string, edges: Edges): boolean {
  let any = false;
  for (const { topicFilter, reasonCode } of filters) {
    const filter = JSON.stringify(topicFilter);
    if (reasonCode >= 0x80) {
      const why = properties.reasonString === undefined ? '' : `: ${properties.reasonString}`;
      const code = `0x${reasonCode.toString(16)} ${reasonTitle(reasonCode, 'suback')}`;
      complain(verb, `the broker refused ${filter}: ${code}${why}`, edges);
      continue;
    }
    any = true;
    if (reasonCode < qos) complain(verb, `the broker granted QoS ${reasonCode} for ${filter}`, edges);
  }
  return any;
}
