// What is gathered of a mosquitto.conf while its lines are read: listeners, who may come in, and single settings. It holds;
// what becomes of it is said in `result.ts`.

import type { Line } from './file.ts';

/** Who may come in, and what they may do: for all listeners, or with `per_listener_settings` for each. */
export interface Security {
  allowAnonymous?: boolean;
  passwordFile?: string;
  aclFile?: string;
  aclLine?: Line;
  pskFile?: string;
}

export interface ListenerDraft {
  /** Undefined for the listener of the options before the first `listener`. */
  readonly line: Line | undefined;
  port: number | undefined;
  host: string | undefined;
  unixPath?: string;
  webSocket: boolean;
  domain?: 'ipv4' | 'ipv6';
  connectionsMax?: number;
  maximumQos?: number;
  topicAliasMaximum?: number;
  certFile?: string;
  keyFile?: string;
  caFile?: string;
  crlFile?: string;
  ciphers?: string;
  tlsVersion?: '1.2' | '1.3';
  pskHint?: string;
  requiresCertificate?: boolean;
  identityIsUserName?: boolean;
  /** Whether an option was for it. */
  isUsed: boolean;
  readonly security: Security;
}

/** What is told about a line. */
export interface Remark {
  readonly line: Line;
  /** `left-out`: it is not in the result. `differs`: it is, and means something else in a part. */
  readonly kind: 'left-out' | 'differs';
  readonly text: string;
}

export class Draft {
  /** The name of a file as it is found from everywhere. */
  readonly file: (value: string) => string;
  /** By dotted key. */
  readonly settings = new Map<string, unknown>();
  readonly listeners: ListenerDraft[] = [newListener(undefined)];
  readonly remarks: Remark[] = [];
  readonly general: Security = {};
  perListener = false;
  /** Log types that were named. */
  readonly logTypes = new Set<string>();

  constructor(file: (value: string) => string) {
    this.file = file;
  }

  /** The one that options are for. */
  get listener(): ListenerDraft {
    return this.listeners.at(-1) as ListenerDraft;
  }

  get security(): Security {
    return this.perListener ? this.listener.security : this.general;
  }

  begin(line: Line): ListenerDraft {
    const listener = newListener(line);
    this.listeners.push(listener);
    return listener;
  }
}

function newListener(line: Line | undefined): ListenerDraft {
  return {
    line,
    port: undefined,
    host: undefined,
    webSocket: false,
    isUsed: line !== undefined,
    security: {},
  };
}
