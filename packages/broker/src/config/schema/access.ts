// What clients may do: the key `access`, and the files that it names.

import { readFileSync } from 'node:fs';
import { MqttError } from '@anax/protocol';
import { z } from 'zod';
import type { AccessSettings } from '../../access/policy.ts';
import { rulesFromMosquitto } from '../../access/rules/mosquitto.ts';
import { groupsKnown, type Rules, rulesFromYaml, rulesKeys, rulesOf } from '../../access/rules/read.ts';
import type { AccessRule } from '../../access/rules/rule.ts';
import { dotted } from '../../document/shape.ts';
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
    .optional(),
};

/** @throws MqttError `invalid-configuration` where a file cannot be read, holds no rules, or any that is wrong */
export function accessOf(access: z.output<(typeof accessKeys)['access']>): AccessSettings | undefined {
  if (access === undefined) return undefined;
  const { file, mosquittoFile } = access;
  return {
    otherwise: access.default,
    rules: [
      ...rulesOf(access, (at) => dotted(['access', ...at])),
      ...(file === undefined ? [] : rulesIn(file, rulesFromYaml)),
      ...(mosquittoFile === undefined ? [] : rulesIn(mosquittoFile, rulesFromMosquitto)),
    ],
  };
}

function rulesIn(file: string, read: (text: string, name: string) => Rules): readonly AccessRule[] {
  const result = read(textOf(file), file);
  if ('problem' in result) throw new MqttError('invalid-configuration', result.problem);
  return result.rules;
}
