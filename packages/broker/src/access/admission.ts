// Whether a CONNECT is looked at at all: shutting down, bans, rules, redirect, load. Before any password is checked.

import { Reason } from '@anax/protocol';
import type { Credentials, Refusal } from './access.ts';

/** Who is meant: every field that is given must be the same. */
export interface Rule {
  readonly clientId?: string | undefined;
  readonly userName?: string | undefined;
  readonly address?: string | undefined;
}

export interface Redirect {
  /** As Server Reference says it: `other.example:1883`. [5:3.2.2.3.16] */
  readonly serverReference: string;
  /** Server moved (0x9D) for good, or use another server (0x9C) for now. */
  readonly permanent: boolean;
}

export interface AdmissionOptions {
  /** Answered with 0x8A. */
  readonly banned: readonly Rule[];
  /** Answered with 0x87. */
  readonly denied: readonly Rule[];
  readonly redirect: Redirect | undefined;
  readonly connectionsMax: number;
  readonly connectionsPerSecondMax: number;
}

export class Admission {
  #options: AdmissionOptions;
  #shuttingDown = false;
  #second = 0;
  #inSecond = 0;

  constructor(options: AdmissionOptions) {
    this.#options = options;
  }

  /** Others from now on; what was counted stays counted. */
  change(options: AdmissionOptions): void {
    this.#options = options;
  }

  shutDown(): void {
    this.#shuttingDown = true;
  }

  /** Why this client is not let in, or undefined. `connected` counts the clients that are in. */
  refusal(credentials: Credentials, connected: number, now: number): Refusal | undefined {
    const { banned, denied, redirect, connectionsMax } = this.#options;
    if (this.#shuttingDown)
      return { reasonCode: Reason.serverUnavailable, text: 'this server is shutting down' };
    if (banned.some((rule) => matches(rule, credentials))) {
      return { reasonCode: Reason.banned, text: 'this client is banned' };
    }
    if (denied.some((rule) => matches(rule, credentials))) {
      return { reasonCode: Reason.notAuthorized, text: 'a rule keeps this client out' };
    }
    if (redirect !== undefined) {
      const { permanent, serverReference } = redirect;
      const reasonCode = permanent ? Reason.serverMoved : Reason.useAnotherServer;
      return { reasonCode, text: `connect to ${serverReference}`, serverReference };
    }
    if (this.#rateExceeded(now)) {
      return { reasonCode: Reason.connectionRateExceeded, text: 'too many connections a second' };
    }
    if (connected >= connectionsMax)
      return { reasonCode: Reason.serverBusy, text: 'too many clients are connected' };
    return undefined;
  }

  #rateExceeded(now: number): boolean {
    const most = this.#options.connectionsPerSecondMax;
    if (most === 0) return false;
    const second = Math.floor(now / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#inSecond = 0;
    }
    this.#inSecond += 1;
    return this.#inSecond > most;
  }
}

function matches(rule: Rule, { clientId, userName, address }: Credentials): boolean {
  if (rule.clientId === undefined && rule.userName === undefined && rule.address === undefined) return false;
  return (
    (rule.clientId === undefined || rule.clientId === clientId) &&
    (rule.userName === undefined || rule.userName === userName) &&
    (rule.address === undefined || rule.address === address)
  );
}
