// The rules of a configuration: its own, and those in the files that it names. One that is wrong, empty or cannot be read
// stops the start.

import { MqttError } from '@anax/protocol';
import type { AccessSettings } from '../access/policy.ts';
import { rulesFromMosquitto } from '../access/rules/mosquitto.ts';
import { type Rules, rulesFromYaml, rulesOf } from '../access/rules/read.ts';
import type { AccessRule } from '../access/rules/rule.ts';
import { dotted } from '../document/shape.ts';
import type { Config } from './schema.ts';
import { textOf } from './text.ts';

/** @throws MqttError `invalid-configuration` where a file cannot be read, holds no rules, or any that is wrong */
export function accessOf(access: Config['access']): AccessSettings | undefined {
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
