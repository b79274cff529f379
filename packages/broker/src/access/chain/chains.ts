// Chains made of settings: for each listener its own, once for the same settings. A setting, file or key that is wrong makes
// none at all. What hashes passwords is shared by all chains of a broker.

import { MqttError } from '@anax/protocol';
import type { UserNameFrom } from '../../peer.ts';
import type { Authenticator, Credentials, ExchangeFactory, Vouches } from '../access.ts';
import { pskLink, x509Link } from '../certificates.ts';
import { httpLink } from '../http/link.ts';
import { jwtLink } from '../jwt/link.ts';
import { HASHING, passwordFileLink } from '../passwords/link.ts';
import { scramLink } from '../scram/link.ts';
import { anonymousLink, type UserOptions, userAuthenticator, usersLink, userVouches } from '../users.ts';
import { chained, chainVouches } from './chain.ts';
import type { Link, Verdict } from './link.ts';
import type { LinkSettings } from './settings.ts';
import { Turnstile } from './turnstile.ts';

/** Who is let in through a listener. */
export interface Identity {
  readonly authenticate: Authenticator;
  readonly vouches: Vouches;
  /** Enhanced authentication, by Authentication Method. */
  readonly methods: ReadonlyMap<string, ExchangeFactory>;
}

/** What a program that embeds the broker says to it. */
export interface IdentityHooks {
  /** Without a chain in the settings it stands alone; in a chain it is the link `hook`. */
  readonly authenticate?: (credentials: Credentials) => Verdict | Promise<Verdict>;
  readonly methods?: ReadonlyMap<string, ExchangeFactory>;
}

export class Chains {
  readonly #users: UserOptions;
  readonly #hooks: IdentityHooks;
  readonly #warn: (text: string) => void;
  readonly #turnstile = new Turnstile(HASHING);
  /** Of all chains. */
  readonly #links: Link[] = [];
  readonly #made = new Map<readonly LinkSettings[] | undefined, Identity>();

  constructor(users: UserOptions, hooks: IdentityHooks, warn: (text: string) => void) {
    this.#users = users;
    this.#hooks = hooks;
    this.#warn = warn;
  }

  /**
   * Without links: the function of the embedder, or else the users of the settings. Where a listener says which part of a
   * certificate is the user name, the certificate is asked before all others. @throws MqttError `invalid-configuration`
   */
  of(settings: readonly LinkSettings[] | undefined, userNameFrom?: UserNameFrom): Identity {
    if (userNameFrom !== undefined && !settings?.some(({ type }) => type === 'x509')) {
      return this.#make([{ type: 'x509', userNameFrom }, ...(settings ?? this.#implied())]);
    }
    const made = this.#made.get(settings) ?? this.#make(settings);
    this.#made.set(settings, made);
    return made;
  }

  /** What holds where no chain is set, as links. */
  #implied(): readonly LinkSettings[] {
    if (this.#hooks.authenticate !== undefined) return [{ type: 'hook' }];
    const { anonymous, users } = this.#users;
    const from = anonymous === 'always' ? 'anywhere' : 'loopback';
    return [
      ...(users.length > 0 ? [{ type: 'users' } as const] : []),
      ...(anonymous === 'never' ? [] : [{ type: 'anonymous', from } as const]),
    ];
  }

  #make(settings: readonly LinkSettings[] | undefined): Identity {
    const { authenticate, methods = new Map() } = this.#hooks;
    if (settings === undefined) {
      if (authenticate === undefined) {
        this.#links.push(usersLink(this.#users.users));
        return { authenticate: userAuthenticator(this.#users), vouches: userVouches(this.#users), methods };
      }
      // Alone it has nobody to pass on to: a pass is no answer there, and refuses. Whom it has let in, the settings have no
      // say about.
      return { authenticate: authenticate as Authenticator, vouches: () => true, methods };
    }
    if (authenticate !== undefined && !settings.some(({ type }) => type === 'hook')) {
      throw wrong('`authenticate` is asked only where a link of `authentication` has the type hook');
    }
    const links = settings.map((one) => this.#link(one));
    this.#links.push(...links);
    return {
      authenticate: chained(links),
      vouches: chainVouches(links),
      methods: methodsOf([...links, { name: 'hook', methods }]),
    };
  }

  /** Whether a user of this name is let in somewhere, whatever the password; false where that cannot be said. */
  knows(userName: string): boolean {
    return this.#links.some(({ knows }) => knows?.(userName) === true);
  }

  #link(settings: LinkSettings): Link {
    switch (settings.type) {
      case 'users':
        return usersLink(this.#users.users);
      case 'anonymous':
        return anonymousLink(settings.from);
      case 'passwordFile':
        return passwordFileLink(settings, this.#warn, this.#turnstile);
      case 'scram':
        return scramLink(settings, this.#warn);
      case 'jwt':
        return jwtLink(settings, this.#warn);
      case 'http':
        return httpLink(settings, this.#warn);
      case 'x509':
        return x509Link(settings.userNameFrom);
      case 'psk':
        return pskLink();
      case 'hook': {
        const { authenticate } = this.#hooks;
        if (authenticate === undefined)
          throw wrong(
            'the link `hook` of `authentication` needs a program that embeds the broker and gives `authenticate`',
          );
        return { name: 'hook', authenticate };
      }
    }
  }
}

function methodsOf(links: readonly Link[]): Identity['methods'] {
  const all = new Map<string, ExchangeFactory>();
  for (const { methods = [] } of links) {
    for (const [name, factory] of methods) {
      if (all.has(name))
        throw wrong(`two links of \`authentication\` bring the Authentication Method ${name}`);
      all.set(name, factory);
    }
  }
  return all;
}

function wrong(sentence: string): MqttError {
  return new MqttError('invalid-configuration', sentence);
}
