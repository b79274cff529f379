/** Owns the list of what breaks the checks of messages. */

import { ACKNOWLEDGE, ACKNOWLEDGE_WATCHES } from './acknowledge.ts';
import { ALIAS } from './alias.ts';
import { EXPIRY } from './expiry.ts';
import { FLOW } from './flow.ts';
import { ORDER } from './order.ts';
import { OVERLAP } from './overlap.ts';
import { PROPERTIES } from './properties.ts';
import { PUBLISH } from './publish.ts';
import { QOS } from './qos.ts';
import { QOS2 } from './qos2.ts';
import { RESEND } from './resend.ts';
import { RETAIN } from './retain.ts';
import type { Saboteurs, WatchSaboteurs } from './saboteurs.ts';

export const MESSAGES: Saboteurs = {
  ...PUBLISH,
  ...RETAIN,
  ...PROPERTIES,
  ...EXPIRY,
  ...ALIAS,
  ...OVERLAP,
  ...ACKNOWLEDGE,
  ...QOS,
  ...QOS2,
  ...RESEND,
  ...ORDER,
  ...FLOW,
};

export const MESSAGE_WATCHES: WatchSaboteurs = ACKNOWLEDGE_WATCHES;
