// Who a client is: the keys `anonymous`, `users` and `authentication`.

import { z } from 'zod';
import type { LinkSettings } from '../../access/chain/settings.ts';
import { milliseconds, path, text } from './values.ts';

const type = <T extends string>(name: T, means: string) => z.literal(name).describe(means);

const LINKS = [
  z.strictObject({
    type: type('passwordFile', 'names and passwords of a file that `anax passwd` makes'),
    file: path.describe('`passwordFile`: the file of the users'),
    rememberFor: milliseconds
      .default(3_600_000)
      .describe(
        '`passwordFile`: how long a password that was right is not hashed again; 0 hashes it each time',
      ),
  }),
  z.strictObject({ type: type('users', 'the names and passwords of `users`') }),
  z.strictObject({
    type: type('anonymous', 'clients that give neither user name nor password'),
    from: z
      .enum(['loopback', 'anywhere'], 'one of loopback, anywhere')
      .default('loopback')
      .describe(
        '`anonymous`: `loopback`, which is where only this machine can reach the listener, or `anywhere`',
      ),
  }),
  z.strictObject({ type: type('hook', 'the function `authenticate` of a program that embeds the broker') }),
] as const;

const TYPES = LINKS.map(({ shape }) => shape.type.value);

/** A chain: its links in the order in which they are asked. */
export const authenticationLinks = z
  .array(z.discriminatedUnion('type', LINKS, `a link with a \`type\`: one of ${TYPES.join(', ')}`))
  .min(1, 'at least one link');

type LinkConfig = z.output<typeof authenticationLinks>[number];

export function linksOf(links: readonly LinkConfig[] | undefined): readonly LinkSettings[] | undefined {
  return links?.map(linkOf);
}

function linkOf(link: LinkConfig): LinkSettings {
  if (link.type !== 'passwordFile') return link;
  const { rememberFor, ...rest } = link;
  return { ...rest, rememberMs: rememberFor };
}

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
