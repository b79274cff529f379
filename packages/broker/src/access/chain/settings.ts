// What a chain is made of, as plain values: the links in their order, each of a type. Reading them is `config/`.

import type { UserNameFrom } from '../../peer.ts';
import type { HttpOptions } from '../http/link.ts';
import type { JwtOptions } from '../jwt/link.ts';
import type { PasswordFileOptions } from '../passwords/link.ts';
import type { ScramOptions } from '../scram/link.ts';

export type LinkSettings =
  /** The names and passwords of the configuration itself. */
  | { readonly type: 'users' }
  | AnonymousSettings
  | ({ readonly type: 'passwordFile' } & PasswordFileOptions)
  | ({ readonly type: 'scram' } & ScramOptions)
  | ({ readonly type: 'jwt' } & JwtOptions)
  | ({ readonly type: 'http' } & HttpOptions)
  | { readonly type: 'x509'; readonly userNameFrom: UserNameFrom }
  | { readonly type: 'psk' }
  /** The function of whoever embeds the broker. */
  | { readonly type: 'hook' };

/** Clients that give no user name and no password. */
export interface AnonymousSettings {
  readonly type: 'anonymous';
  readonly from: 'anywhere' | 'loopback';
}

export type LinkType = LinkSettings['type'];
