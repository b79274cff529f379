// Statements that bind a server and whose server half nothing shows from outside, with the reason. Those that the tables
// themselves call unobservable are not here.

import type { Statement } from './tables.ts';

const UNSEEN: Readonly<Record<string, string>> = {
  '3.1.1 MQTT-7.0.0-1':
    'it is about connections that the broker makes to other brokers; the audit makes connections and takes none',
};

/** Why nothing shows it; undefined where something does. */
export function whyUnseen({ dialect, id }: Pick<Statement, 'dialect' | 'id'>): string | undefined {
  return UNSEEN[`${dialect} ${id}`];
}
