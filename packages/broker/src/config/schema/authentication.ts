// Who a client is: the keys `anonymous` and `users`.

import { z } from 'zod';
import { text } from './values.ts';

export const authenticationKeys = {
  anonymous: z.enum(['always', 'never', 'loopback'], 'one of always, never, loopback').default('loopback'),
  users: z.array(z.strictObject({ name: text, password: text })).default([]),
};
