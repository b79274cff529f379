// What a rule on topics is, and whom it is for: plain values, wherever they were written. It decides nothing.

import type { QoS } from '@anax/protocol';
import type { CertificateFacts } from '../../peer.ts';

/**
 * What a rule speaks of: PUBLISH (and the will), SUBSCRIBE, or the delivery of a message. A rule that is written for
 * `subscribe` is for both of the last.
 */
export type AccessAction = 'publish' | 'subscribe' | 'receive';

/** Whom a rule is for: everything that is given must hold; of a list, one. Nothing given is everybody. */
export interface Who {
  readonly clientIds?: readonly string[];
  /** User names; the members of groups are among them. */
  readonly users?: readonly string[];
  /** Addresses or networks: `10.1.2.3`, `10.0.0.0/8`, `fd00::/8`. */
  readonly addresses?: readonly string[];
  /** Names of listeners. */
  readonly listeners?: readonly string[];
  readonly commonNames?: readonly string[];
  /** Of any kind. */
  readonly alternativeNames?: readonly string[];
  /** SHA-256, in hex. */
  readonly fingerprints?: readonly string[];
  readonly serialNumbers?: readonly string[];
  /** True for clients without a user name, false for those with one. */
  readonly anonymous?: boolean;
  /** True for clients whose identifier and user name hold no wildcard. */
  readonly plainNames?: true;
}

/** One rule. A deny that matches wins over every allow, wherever it stands. */
export interface AccessRule {
  readonly effect: 'allow' | 'deny';
  readonly actions: readonly AccessAction[];
  /** Topic filters; a level may be a variable: `${clientid}`, `${username}`, `${cert.commonName}`. */
  readonly topics: readonly string[];
  /** Topic filters that are meant to the letter in SUBSCRIBE: `#` is the filter `#` and no other that it covers. */
  readonly exact?: readonly string[];
  /** Left out: any. Of SUBSCRIBE the QoS that would be granted; at delivery it is not asked. */
  readonly qos?: readonly QoS[];
  /** Left out: whether RETAIN is set or not. For `publish` only. */
  readonly retain?: boolean;
  /** Whether a leading wildcard reaches topics that begin with `$`, which it does not in MQTT. Denials do, here. */
  readonly leadingWildcardReachesDollar?: boolean;
  /** Left out: everybody. */
  readonly who?: Who;
  /** Where it was written, for whoever asks why: `rules.yaml:12`. */
  readonly place: string;
}

/** Who somebody is, as far as rules ask. */
export interface Identity {
  readonly clientId: string;
  /** Undefined for an anonymous client. */
  readonly userName: string | undefined;
  /** What only a login tells; undefined for a client that is not there. */
  readonly login: LoginFacts | undefined;
}

export interface LoginFacts {
  readonly address: string;
  /** The name of the listener. */
  readonly listener: string;
  readonly certificate: CertificateFacts | undefined;
}
