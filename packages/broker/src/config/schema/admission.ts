// Who is turned away before anybody asks for a password: bans, the way to another server, client identifiers.

import { z } from 'zod';
import { DEFAULT_LIMITS as D, type Limits } from '../../hub/limits.ts';
import { flag, text, whole } from './values.ts';

const rule = z.strictObject({
  clientId: text.optional(),
  userName: text.optional(),
  address: text.optional(),
});

export const admissionKeys = {
  banned: z.array(rule).default([]),
  denied: z.array(rule).default([]),
  redirect: z.strictObject({ serverReference: text, permanent: flag.default(false) }).optional(),
  clientId: z
    .strictObject({
      strict: flag.default(D.clientIdStrict),
      bytesMax: whole(23, 65_535).default(D.clientIdBytesMax),
    })
    .prefault({}),
};

const keys = z.strictObject(admissionKeys);

export function admissionLimits({ clientId }: z.output<typeof keys>) {
  return {
    clientIdBytesMax: clientId.bytesMax,
    clientIdStrict: clientId.strict,
  } satisfies Partial<Limits>;
}
