// What somebody who embeds a broker hands over: functions, and every setting of the configuration, all of them optional.

import type { ExchangeFactory } from './access/access.ts';
import type { Authorizer } from './access/authorizer.ts';
import type { Link } from './access/chain/link.ts';
import type { ConfigInput } from './config/schema.ts';
import type { Note } from './hub/notes.ts';

/** Functions that the broker calls. */
export interface BrokerHooks extends Authorizer {
  /**
   * Decides who is let in: instead of the users in the settings, or, where they have `authentication`, as its link
   * `{ type: 'hook' }`, which may also pass on with `{ passed: WHY }`.
   */
  readonly authenticate?: NonNullable<Link['authenticate']>;
  /** Enhanced authentication, by Authentication Method. [5:4.12] */
  readonly methods?: ReadonlyMap<string, ExchangeFactory>;
  /** Told what a log is made of, at once; it must not call the broker. What it throws is passed over. */
  readonly note?: (note: Note) => void;
}

/** What `createBroker` takes: settings as in a configuration file, see `docs/configuration.md`, and hooks. */
export interface BrokerOptions extends ConfigInput, BrokerHooks {
  /** A YAML file with settings; what is given beside it wins. */
  readonly configFile?: string;
}
