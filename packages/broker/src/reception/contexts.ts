// What the connections of each listener share, made of the settings in this one place.

import { DIALECTS } from '@anax/protocol';
import type { ListenerFacts } from '../access/access.ts';
import { userAuthenticator, userVouches } from '../access/users.ts';
import type { ListenerSettings, Settings } from '../config/settings.ts';
import type { Context, SharedContext } from '../connection/context.ts';
import { Guests } from '../connection/guests.ts';
import type { BrokerHooks } from '../options.ts';

/** For what a program hands over: no listener has settings of its own there. */
const HANDED_OVER: ListenerFacts = Object.freeze({ name: 'embedded', protocol: 'stream' });
const EVERY_DIALECT: Context['dialects'] = new Set(DIALECTS.map(({ name }) => name));

/** What a reload changes of a context; the rest stays as long as the listener. */
export type Terms = Pick<
  Context,
  'listener' | 'limits' | 'dialects' | 'authenticate' | 'vouches' | 'methods'
>;

/** Whatever can be wrong with the settings is found here, before anything is changed. */
export function termsOf(
  { options, limits, dialects }: ListenerSettings,
  settings: Settings,
  hooks: BrokerHooks,
): Terms {
  return {
    listener: Object.freeze({ name: options.name, protocol: options.protocol }),
    limits,
    dialects: new Set(dialects),
    ...identityOf(settings, hooks),
  };
}

export function embeddedTerms(settings: Settings, hooks: BrokerHooks): Terms {
  return {
    listener: HANDED_OVER,
    limits: settings.limits,
    dialects: EVERY_DIALECT,
    ...identityOf(settings, hooks),
  };
}

export function contextOf(
  shared: SharedContext,
  terms: Terms,
  guestsMax = Number.POSITIVE_INFINITY,
): Context {
  return { ...shared, ...terms, guests: new Guests(guestsMax) };
}

/** Who is let in: a function of an embedder, or the users in the settings. */
function identityOf(
  settings: Settings,
  hooks: BrokerHooks,
): Pick<Context, 'authenticate' | 'vouches' | 'methods'> {
  return {
    authenticate: hooks.authenticate ?? userAuthenticator(settings),
    // Whom a function of an embedder has let in, the settings have no say about.
    vouches: hooks.authenticate === undefined ? userVouches(settings) : () => true,
    methods: hooks.methods ?? new Map(),
  };
}
