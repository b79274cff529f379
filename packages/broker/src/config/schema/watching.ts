// What an operator sees: `$SYS` and the log.

import { z } from 'zod';
import { durationMs } from '../units.ts';
import { invalid, type Kind } from './values.ts';

const SYS_INTERVAL_MS_MIN = 1000;
const SYS_INTERVAL = '0 for none, or a duration of at least 1s';
const sysInterval = z
  .union([z.string(), z.number()], SYS_INTERVAL)
  .transform((value, context) => {
    const ms = durationMs(value);
    const fits = ms !== undefined && (ms === 0 || ms >= SYS_INTERVAL_MS_MIN);
    return fits ? ms : invalid(context, SYS_INTERVAL);
  })
  .meta({ kind: { is: 'duration' } satisfies Kind });

export const watchingKeys = {
  sysInterval: sysInterval
    .default(10_000)
    .describe('how often the figures under `$SYS` are brought up to date, at least `1s`; 0 has no `$SYS`'),
  log: z
    .strictObject({
      level: z
        .enum(['silent', 'error', 'warn', 'info', 'debug'], 'one of silent, error, warn, info, debug')
        .default('info')
        .describe('`silent`, `error`, `warn`, `info` or `debug`: one JSON object a line on standard error'),
    })
    .prefault({}),
};
