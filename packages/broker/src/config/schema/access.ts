// What clients may do: the key `access`.

import { z } from 'zod';
import { groupsKnown, rulesKeys } from '../../access/rules/read.ts';
import { path } from './values.ts';

export const accessKeys = {
  access: z
    .strictObject({
      file: path.optional().describe('a file of rules in YAML, with `groups` and `rules`'),
      mosquittoFile: path.optional().describe('an ACL file of mosquitto'),
      ...rulesKeys,
      default: z
        .enum(['deny', 'allow'], 'one of deny, allow')
        .default('deny')
        .describe('what holds where no rule has a word: `deny` or `allow`'),
    })
    .superRefine((written, context) => groupsKnown(written, context))
    .optional()
    .describe('what clients may do on which topics'),
};
