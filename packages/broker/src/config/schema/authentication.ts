// Who a client is: the keys `anonymous`, `users` and `authentication`.

import { z } from 'zod';
import { authenticationLinks } from './links.ts';
import { text } from './values.ts';

export const authenticationKeys = {
  authentication: authenticationLinks
    .optional()
    .describe('who is asked who a client is, in this order; without it `users` and `anonymous` say it all')
    .meta({ examples: [[{ type: 'passwordFile', file: 'users.txt' }, { type: 'anonymous' }]] }),
  anonymous: z
    .enum(['always', 'never', 'loopback'], 'one of always, never, loopback')
    .default('loopback')
    .describe(
      'whether clients without user name are let in: `always`, `never`, or `loopback`, which is where only this machine can reach the listener',
    ),
  users: z
    .array(z.strictObject({ name: text.describe('the user name'), password: text.describe('in plain text') }))
    .default([])
    .describe(
      'a list of `name` and `password`. Where there are none, whoever may come in anonymously may also give any name',
    )
    .meta({ examples: [[{ name: 'ann', password: 'secret' }]] }),
};
