// Who a client is: the keys `anonymous` and `users`.

import { z } from 'zod';
import { text } from './values.ts';

export const authenticationKeys = {
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
