// What the connections of each listener share, made of the settings in this one place.

import { DIALECTS } from '@anax/protocol';
import type { ListenerFacts } from '../access/access.ts';
import { userAuthenticator } from '../access/users.ts';
import type { ListenerSettings, Settings } from '../config/settings.ts';
import type { Context, SharedContext } from '../connection/context.ts';
import { Guests } from '../connection/guests.ts';
import type { BrokerHooks } from '../options.ts';

/** For what a program hands over: no listener has settings of its own there. */
const HANDED_OVER: ListenerFacts = Object.freeze({ name: 'embedded', protocol: 'stream' });
const EVERY_DIALECT: Context['dialects'] = new Set(DIALECTS.map(({ name }) => name));

export function listenerContext(
  shared: SharedContext,
  { options, limits, dialects, guestsMax }: ListenerSettings,
  settings: Settings,
  hooks: BrokerHooks,
): Context {
  return {
    ...shared,
    listener: Object.freeze({ name: options.name, protocol: options.protocol }),
    limits,
    dialects: new Set(dialects),
    ...identityOf(settings, hooks),
    guests: new Guests(guestsMax),
  };
}

export function embeddedContext(shared: SharedContext, settings: Settings, hooks: BrokerHooks): Context {
  return {
    ...shared,
    listener: HANDED_OVER,
    limits: settings.limits,
    dialects: EVERY_DIALECT,
    ...identityOf(settings, hooks),
    guests: new Guests(Number.POSITIVE_INFINITY),
  };
}

/** Who is let in: a function of an embedder, or the users in the settings. */
function identityOf(settings: Settings, hooks: BrokerHooks): Pick<Context, 'authenticate' | 'methods'> {
  return {
    authenticate: hooks.authenticate ?? userAuthenticator(settings),
    methods: hooks.methods ?? new Map(),
  };
}
