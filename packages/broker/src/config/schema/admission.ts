// Who is turned away before anybody asks for a password: bans, the way to another server, client identifiers.

import { z } from 'zod';
import { DEFAULT_LIMITS as D, type Limits } from '../../hub/limits.ts';
import { flag, text, whole } from './values.ts';

const rule = z.strictObject({
  clientId: text.optional().describe('a client identifier'),
  userName: text.optional().describe('a user name'),
  address: text.optional().describe('an address of the network'),
});

export const admissionKeys = {
  banned: z
    .array(rule)
    .default([])
    .describe(
      'who is banned: a list of rules (`clientId`, `userName`, `address`: all that are given must match); answered with 0x8A, 5 in 3.x',
    ),
  denied: z
    .array(rule)
    .default([])
    .describe('who is not authorized: a list of rules as in `banned`; answered with 0x87, 5 in 3.x'),
  redirect: z
    .strictObject({
      serverReference: text
        .describe('told to every client with 0x9C, or 0x9D if permanent; 3 in 3.x')
        .meta({ examples: ['other.example:1883'] }),
      permanent: flag.default(false).describe('whether clients should use the other server from now on'),
    })
    .optional(),
  clientId: z
    .strictObject({
      strict: flag
        .default(D.clientIdStrict)
        .describe('takes only 1 to 23 letters and digits; others get 0x85, 2 in 3.x'),
      bytesMax: whole(23, 65_535)
        .default(D.clientIdBytesMax)
        .describe('longer identifiers get 0x85, 2 in 3.x'),
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
