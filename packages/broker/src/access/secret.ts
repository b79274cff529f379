// Secrets that the configuration needs: as a text, or where they are, so that none has to stand in it.

import { readFileSync } from 'node:fs';
import { MqttError } from '@anax/protocol';

/** A text; a variable of the environment; the first line of a file. */
export type SecretSource = string | { readonly env: string } | { readonly file: string };

/** @throws MqttError `invalid-configuration`, which does not hold it */
export function secretOf(source: SecretSource, what: string): string {
  const secret =
    typeof source === 'string'
      ? source
      : 'env' in source
        ? variable(source.env, what)
        : line(source.file, what);
  if (secret === '') throw wrong(`${what} is empty`);
  return secret;
}

function variable(name: string, what: string): string {
  const value = process.env[name];
  if (value === undefined) throw wrong(`${what}: there is no variable ${name} in the environment`);
  return value;
}

function line(file: string, what: string): string {
  const [first = ''] = textOfFile(file, what).split(/\r?\n/, 1);
  return first;
}

/** @throws MqttError `invalid-configuration` */
export function textOfFile(file: string, what: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file));
  } catch (cause) {
    const { code } = cause as { readonly code?: string };
    throw wrong(
      code === 'ENOENT' ? `${what}: there is no file ${file}` : `${what}: ${file} cannot be read (${code})`,
    );
  }
}

function wrong(sentence: string): MqttError {
  return new MqttError('invalid-configuration', sentence);
}
