// The small values that keys take: numbers, durations, sizes, switches, names of files. What each says when it is wrong.

import { SESSION_EXPIRY_NEVER_SECONDS } from '@anax/protocol';
import { z } from 'zod';
import { durationMs, sizeBytes } from '../units.ts';

/** What a value is to editors and in a file, where what is taken is wider or the unit another one: `written.ts`. */
export type Kind =
  | { readonly is: 'whole'; readonly least: number; readonly most: number }
  | { readonly is: 'duration' | 'seconds' | 'size' | 'flag' };

/** A number, or its digits: flags and the environment have only text. */
export const whole = (least: number, most: number) => {
  const expected = `a whole number from ${least} to ${most}`;
  const kind: Kind = { is: 'whole', least, most };
  return z
    .union([z.number(), z.string().regex(/^\d+$/).transform(Number)], expected)
    .transform((value, context) => {
      const fits = Number.isInteger(value) && value >= least && value <= most;
      return fits ? value : invalid(context, expected);
    })
    .meta({ kind });
};

const COUNT_MAX = 4_294_967_295;
export const count = (least = 0) => whole(least, COUNT_MAX);

const DURATION = 'a duration such as 10s, 500ms, 5m, 1h, 7d, or a number of seconds';
export const milliseconds = z
  .union([z.string(), z.number()], DURATION)
  .transform((value, context) => durationMs(value) ?? invalid(context, DURATION))
  .meta({ kind: { is: 'duration' } satisfies Kind });

/** The same, in whole seconds as the wire has them. */
export const seconds = (most: number) =>
  milliseconds
    .transform((ms) => Math.min(most, Math.ceil(ms / 1000)))
    .meta({ kind: { is: 'seconds' } satisfies Kind });

/** `never` stands for the largest value, which the standard reads so. */
export const expirySeconds = z
  .union([z.string(), z.number()], `${DURATION}, or never`)
  .transform((value, context) => {
    if (value === 'never') return SESSION_EXPIRY_NEVER_SECONDS;
    const ms = durationMs(value);
    return ms === undefined
      ? invalid(context, `${DURATION}, or never`)
      : Math.min(Math.floor(ms / 1000), SESSION_EXPIRY_NEVER_SECONDS);
  })
  .meta({ kind: { is: 'seconds' } satisfies Kind });

const SIZE = 'a size such as 64 KiB, 16 MiB, or a number of bytes';
export const bytes = (least: number, most: number) =>
  z
    .union([z.string(), z.number()], SIZE)
    .transform((value, context) => {
      const size = sizeBytes(value);
      if (size === undefined) return invalid(context, SIZE);
      const fits = size >= least && size <= most;
      return fits ? size : invalid(context, `${SIZE}, from ${least} to ${most} bytes`);
    })
    .meta({ kind: { is: 'size' } satisfies Kind });

export const anyBytes = (least = 0) => bytes(least, Number.MAX_SAFE_INTEGER);

/** For a transform: says what was expected. */
export function invalid(context: z.RefinementCtx, expected: string): never {
  context.addIssue({ code: 'custom', message: expected });
  return z.NEVER;
}

const SWITCH = 'true or false';
export const flag = z
  .union([z.boolean(), z.enum(['true', 'false'])], SWITCH)
  .transform((value) => value === true || value === 'true')
  .meta({ kind: { is: 'flag' } satisfies Kind });

export const text = z.string('a text').min(1, 'a text that is not empty');

/** The name of a file; in a configuration file it is relative to the folder of that. It is read, watched and checked. */
export const path = z.string('the name of a file').min(1, 'the name of a file').meta({ isPath: true });

/** The name of what is made rather than read, relative to the same. */
export const socketPath = z
  .string('the name of a file')
  .min(1, 'the name of a file')
  .meta({ isPath: true, isMade: true });

/** The same of a folder. */
export const folder = z
  .string('the name of a folder')
  .min(1, 'the name of a folder')
  .meta({ isPath: true, isMade: true });
