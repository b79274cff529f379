// The chapters on messages: PUBLISH, its acknowledgements, QoS, resending, order and flow control, in one list.

import { ACKNOWLEDGE, ACKNOWLEDGE_WATCHES } from './acknowledge.ts';
import { ALIAS } from './alias.ts';
import type { Check, Watch } from './check.ts';
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

export const MESSAGES: readonly Check[] = [
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
];

export const MESSAGE_WATCHES: readonly Watch[] = ACKNOWLEDGE_WATCHES;
