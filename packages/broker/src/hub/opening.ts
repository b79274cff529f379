// How a client's session is asked for, what comes of it, and how its connection ends.

import type { Rights } from './rights.ts';
import type { PendingWill, Session } from './session.ts';

export interface Opening {
  readonly clientId: string;
  readonly owner: string | undefined;
  readonly rights: Rights;
  /** What they were made of, for whoever makes them anew; the hub does not look into it. */
  readonly login: object;
  readonly cleanStart: boolean;
  readonly expirySeconds: number;
  readonly will: PendingWill | undefined;
}

/** How a connection ended, for its will. [5:MQTT-3.1.2-8] [5:MQTT-3.1.2-10] */
export type Ending = 'normal' | 'abnormal';

export type Opened =
  | { readonly session: Session; readonly present: boolean }
  | 'belongs-to-another'
  | 'too-many-sessions';
