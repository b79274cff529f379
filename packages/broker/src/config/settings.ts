// What a broker is set to, when all sources have been read: plain values.

import type { DialectName } from '@anax/protocol';
import type { AbuseLimits } from '../abuse/limits.ts';
import type { AdmissionOptions } from '../access/admission.ts';
import type { LinkSettings } from '../access/chain/settings.ts';
import type { AccessSettings } from '../access/policy.ts';
import type { UserOptions } from '../access/users.ts';
import type { Limits } from '../hub/limits.ts';
import type { ListenerOptions } from '../listeners/open.ts';
import type { UserNameFrom } from '../peer.ts';
import type { Origin } from './origin.ts';

export type LogLevel = 'silent' | 'error' | 'warn' | 'info' | 'debug';

/** How much an acknowledgement promises: see `docs/durability.md`. */
export type Durability = 'strict' | 'relaxed' | 'memory';

export interface StoreSettings {
  readonly directory: string;
  readonly durability: Exclude<Durability, 'memory'>;
  /** Where it is relaxed: what is written is on the disk itself after so many ms, at the latest. */
  readonly syncIntervalMs: number;
  /** What the store may hold before new messages are refused. */
  readonly bytesMax: number;
}

/** One listener: where it is, and what differs on it. */
export interface ListenerSettings {
  readonly options: ListenerOptions;
  /** Those of the broker, with what this listener says otherwise. */
  readonly limits: Limits;
  /** The versions that are spoken. */
  readonly dialects: readonly DialectName[];
  /** Clients connected through it at once; infinite where only the broker has a limit. */
  readonly guestsMax: number;
  /** Who is asked who a client is; undefined where `users` and `anonymous` say it all. */
  readonly authentication: readonly LinkSettings[] | undefined;
  /** Which part of the certificate of a client is its user name. */
  readonly userNameFrom: UserNameFrom | undefined;
}

export interface Settings extends UserOptions {
  readonly origin: Origin;
  readonly listeners: readonly ListenerSettings[];
  readonly limits: Limits;
  /** For what does not come through a listener. */
  readonly authentication: readonly LinkSettings[] | undefined;
  /** Undefined where there are no rules: everything but publishing to $SYS. */
  readonly access: AccessSettings | undefined;
  readonly admission: Pick<AdmissionOptions, 'banned' | 'denied' | 'redirect'>;
  readonly abuse: AbuseLimits;
  /** Undefined where everything ends with the process. */
  readonly store: StoreSettings | undefined;
  readonly logLevel: LogLevel;
  /** How long `close` waits for clients to take what they are owed, in ms. */
  readonly closeTimeoutMs: number;
  /** Between two updates of `$SYS`, in ms; 0 has no `$SYS`. */
  readonly sysIntervalMs: number;
}
