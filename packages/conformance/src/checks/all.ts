// Every check and every watch there is, in the order of the standard.

import type { Check, Watch } from './check.ts';
import { CONNECT } from './connect.ts';
import { DATA } from './data.ts';
import { MALFORMED } from './malformed.ts';
import { PING } from './ping.ts';
import { TRAFFIC } from './traffic.ts';

export const CHECKS: readonly Check[] = [...DATA, ...CONNECT, ...PING, ...MALFORMED];

export const WATCHES: readonly Watch[] = [...TRAFFIC];
