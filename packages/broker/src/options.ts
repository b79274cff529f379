// What somebody who embeds a broker may hand over beside the settings: functions.

import type { Authenticator, ExchangeFactory } from './access/access.ts';
import type { Note } from './hub/notes.ts';

export interface BrokerOptions {
  /** Decides who is let in, instead of the users in the settings. */
  readonly authenticate?: Authenticator;
  /** Enhanced authentication, by Authentication Method. [5:4.12] */
  readonly methods?: ReadonlyMap<string, ExchangeFactory>;
  /** Told what happens, one note at a time; never on the path of a packet. What it throws is passed over. */
  readonly note?: (note: Note) => void;
}
