// What the connections of each listener share, made of the settings in this one place.

import { DIALECTS } from '@anax/protocol';
import type { ListenerFacts } from '../access/access.ts';
import { Chains, type IdentityHooks } from '../access/chain/chains.ts';
import type { ListenerSettings, Settings } from '../config/settings.ts';
import type { Context, SharedContext } from '../connection/context.ts';
import { Guests } from '../connection/guests.ts';
import type { Note } from '../hub/notes.ts';

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
  { options, limits, dialects, authentication, userNameFrom }: ListenerSettings,
  chains: Chains,
): Terms {
  return {
    listener: Object.freeze({ name: options.name, protocol: options.protocol }),
    limits,
    dialects: new Set(dialects),
    ...chains.of(authentication, userNameFrom),
  };
}

export function embeddedTerms(settings: Settings, chains: Chains): Terms {
  return {
    listener: HANDED_OVER,
    limits: settings.limits,
    dialects: EVERY_DIALECT,
    ...chains.of(settings.authentication),
  };
}

export function contextOf(
  shared: SharedContext,
  terms: Terms,
  guestsMax = Number.POSITIVE_INFINITY,
): Context {
  return { ...shared, ...terms, guests: new Guests(guestsMax) };
}

/** What is wrong with one of them is found here; what is doubtful is noted. @throws MqttError `invalid-configuration` */
export function chainsOf(settings: Settings, hooks: IdentityHooks, note: (note: Note) => void): Chains {
  const chains = new Chains(settings, hooks, (text) => note({ event: 'authentication-warning', text }));
  chains.of(settings.authentication);
  for (const { authentication, userNameFrom } of settings.listeners) chains.of(authentication, userNameFrom);
  return chains;
}
