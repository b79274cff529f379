// The guards that hold the classes of docs/security.md, and what each file is without one.

import { ABUSE } from './against/abuse.ts';
import { ACCESS } from './against/access.ts';
import { AUTHENTICATION } from './against/authentication.ts';
import { LISTENERS } from './against/listeners.ts';
import type { Guard } from './guard.ts';

export const GUARDS: readonly Guard[] = [...ACCESS, ...AUTHENTICATION, ...LISTENERS, ...ABUSE];
