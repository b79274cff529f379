// What an operator sees: `$SYS` and the log.

import { z } from 'zod';
import { durationMs } from '../units.ts';
import { invalid } from './values.ts';

const SYS_INTERVAL_MS_MIN = 1000;
const SYS_INTERVAL = '0 for none, or a duration of at least 1s';
const sysInterval = z.union([z.string(), z.number()], SYS_INTERVAL).transform((value, context) => {
  const ms = durationMs(value);
  const fits = ms !== undefined && (ms === 0 || ms >= SYS_INTERVAL_MS_MIN);
  return fits ? ms : invalid(context, SYS_INTERVAL);
});

export const watchingKeys = {
  sysInterval: sysInterval.default(10_000),
  log: z
    .strictObject({
      level: z
        .enum(['silent', 'error', 'warn', 'info', 'debug'], 'one of silent, error, warn, info, debug')
        .default('info'),
    })
    .prefault({}),
};
