// Files that the configuration names, as text.

import { readFileSync } from 'node:fs';
import { MqttError } from '@anax/protocol';

/** @throws MqttError `invalid-configuration` */
export function textOf(name: string): string {
  try {
    return readFileSync(name, 'utf8');
  } catch (cause) {
    const code = (cause as { readonly code?: string }).code;
    const why = code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${code})`;
    throw new MqttError('invalid-configuration', `${name}: ${why}`, {}, { cause });
  }
}
