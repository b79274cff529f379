// The configuration as a schema: the groups of keys put together, and the settings that they stand for. What each key takes
// and its default stand in `schema/`; `docs/configuration.md` says what each means.

import { z } from 'zod';
import type { Limits } from '../hub/limits.ts';
import { accessOf } from './access.ts';
import type { NamedFile } from './origin.ts';
import type { Tree } from './overrides.ts';
import { abuseKeys, abuseLimits } from './schema/abuse.ts';
import { accessKeys } from './schema/access.ts';
import { admissionKeys, admissionLimits } from './schema/admission.ts';
import { authenticationKeys } from './schema/authentication.ts';
import { connectionKeys, connectionLimits } from './schema/connections.ts';
import { featureKeys, featureLimits } from './schema/features.ts';
import { linksOf } from './schema/links.ts';
import { listenerKeys, listenersOf } from './schema/listeners.ts';
import { sessionKeys, sessionLimits } from './schema/sessions.ts';
import { storeKeys, storeOf } from './schema/store.ts';
import { watchingKeys } from './schema/watching.ts';
import type { Settings } from './settings.ts';

/** Strict: a key that is not listed here stops the start. */
export const configSchema = z.strictObject({
  ...listenerKeys,
  ...authenticationKeys,
  ...accessKeys,
  ...admissionKeys,
  ...abuseKeys,
  ...connectionKeys,
  ...sessionKeys,
  ...storeKeys,
  ...featureKeys,
  ...watchingKeys,
});

export type Config = z.output<typeof configSchema>;

/** As it is written: every key may be left out, durations and sizes may have units. */
export type ConfigInput = z.input<typeof configSchema>;

/** The settings that a configuration stands for. */
export function settingsOf(config: Config, given: Tree, files: readonly NamedFile[]): Settings {
  const limits: Limits = {
    ...admissionLimits(config),
    ...connectionLimits(config),
    ...sessionLimits(config),
    ...featureLimits(config),
  };
  const authentication = linksOf(config.authentication);
  return {
    listeners: listenersOf(config.listeners, { limits, authentication }),
    origin: { config, given, files },
    authentication,
    anonymous: config.anonymous,
    users: config.users,
    access: accessOf(config.access),
    admission: { banned: config.banned, denied: config.denied, redirect: config.redirect },
    abuse: abuseLimits(config),
    store: storeOf(config),
    logLevel: config.log.level,
    closeTimeoutMs: config.closeTimeout,
    sysIntervalMs: config.sysInterval,
    limits,
  };
}
